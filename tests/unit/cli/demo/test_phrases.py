"""What the rules make of a prompt, and of what files say."""

import pytest

from executus_core.cli.demo.phrases import (
    asks_for_survey,
    asks_to_count,
    asks_to_search,
    find_command,
    find_file,
    find_patterns,
    find_term,
)
from executus_core.cli.demo.words import paragraph, says_of_itself, sentence, size, table, title


@pytest.mark.parametrize(
    ("prompt", "term"),
    [
        ("Where is Executor defined?", "Executor"),
        ("where is `did_you_mean` defined", "did_you_mean"),
        ("who uses did_you_mean?", "did_you_mean"),
        ('find "the one while"', "the one while"),
        ("Where is 'main()' called?", "main"),
        ("find runTask in here", "runTask"),
        ("are there any todos?", "TODO"),
        ("search for the word budget", "budget"),
        ("where is it", ""),
    ],
)
def test_the_term_to_search(prompt: str, term: str) -> None:
    """What is quoted, else a name as programs have them, else a word."""
    assert asks_to_search(prompt)
    assert find_term(prompt) == term


@pytest.mark.parametrize(
    ("prompt", "patterns"),
    [
        ("How many files are there?", [("files", "**")]),
        ("How many Python files?", [("Python files", "**/*.py")]),
        ("How many *.rst files?", [(".rst files", "**/*.rst")]),
        ("How many .py files?", [("Python files", "**/*.py")]),
        ("Count TOML and YAML in plugins/audit", [
            ("TOML files in plugins/audit", "plugins/audit/**/*.toml"),
            ("YAML files in plugins/audit", "plugins/audit/**/*.yaml"),
        ]),
        ("How many files are in executus_core?", [("files in executus_core", "executus_core/**")]),
    ],
)  # fmt: skip
def test_the_kinds_of_files(prompt: str, patterns: list[tuple[str, str]]) -> None:
    """By word, by suffix, and below a folder."""
    assert asks_to_count(prompt)
    assert find_patterns(prompt) == patterns


@pytest.mark.parametrize(
    ("prompt", "file"),
    [
        ("What does README.md say?", "README.md"),
        ("Read docs/how-to/run.md, please", "docs/how-to/run.md"),
        ("Explain largest.py.", "largest.py"),
        ("What is this?", ""),
        ("call main.run()", ""),
        ("How many *.py files?", ""),
    ],
)
def test_the_file_that_is_named(prompt: str, file: str) -> None:
    """A path with a suffix, and not a glob, a call or the end of a sentence."""
    assert find_file(prompt) == file


@pytest.mark.parametrize(
    "prompt",
    ["What is this repository?", "Describe the project", "what's in here?", "where would I start to read?"],
)
def test_a_question_about_all_of_it(prompt: str) -> None:
    """In the words that people use."""
    assert asks_for_survey(prompt)
    assert not asks_to_count(prompt)


@pytest.mark.parametrize(
    ("prompt", "command"),
    [
        ("add a=2 b=3", ("add", {"a": 2, "b": 3})),
        ('add a="two words" b=x=y c=[1]', ("add", {"a": "two words", "b": "x=y", "c": [1]})),
        ("add", ("add", {})),
        ("add two numbers", None),
        ("adder a=1", None),
        ("add a='", None),
        ("", None),
    ],
)
def test_a_tools_name_and_its_arguments(prompt: str, command: object) -> None:
    """Values are JSON where they can be."""
    assert find_command(prompt, ["add", "sub"]) == command


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("a.py", '#!/usr/bin/env python\n"""Does it. And more."""\n', "Does it."),
        ("a.py", "x = 1\n", ""),
        ("a.sh", "#!/bin/sh\n# Builds it.\n# Twice.\necho\n", "Builds it."),
        ("a.toml", "[table]\n", ""),
        ("a.md", "# Title\n\n- list\n\n![badge](x)\n\nIt is a\nthing. Yes.\n", "It is a thing."),
        ("a.md", "# Title\n", ""),
    ],
)
def test_what_a_file_says_of_itself(path: str, text: str, said: str) -> None:
    """Its docstring, its first comment or its first paragraph."""
    assert says_of_itself(path, text) == said


def test_a_markdown_page_has_a_title_and_prose_or_not() -> None:
    """Neither is made up."""
    assert (title("no heading"), paragraph("# only\n\n---\n")) == ("", "")


def test_a_long_sentence_is_cut_at_a_word() -> None:
    """With a sign that it goes on."""
    assert sentence("one two three four", 12) == "one two …"


def test_sizes_and_tables_fit_a_screen() -> None:
    """Units that people read, and rows that end where a line ends."""
    assert [size(number) for number in (1, 999, 1500, 2_000_000)] == [
        "1 byte",
        "999 bytes",
        "1.5 kB",
        "2.0 MB",
    ]
    assert table([]) == ""
    assert table([(1200, "a"), (3, "b")]) == "  1,200  a\n      3  b"
    assert len(table([("x" * 200,)])) == 100
