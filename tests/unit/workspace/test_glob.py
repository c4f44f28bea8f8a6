"""Globs mean what they mean to a shell, and no pattern takes long."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core.workspace.glob import Glob

PATHS = ["README.md", "package/main.py", "package/deep/er/main.py", ".ci/run.yml"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", ["README.md"]),
        ("**", PATHS),
        ("**/*.py", ["package/main.py", "package/deep/er/main.py"]),
        ("**.py", ["package/main.py", "package/deep/er/main.py"]),
        ("package/*", ["package/main.py"]),
        ("package/**", ["package/main.py", "package/deep/er/main.py"]),
        ("package/**/main.py", ["package/main.py", "package/deep/er/main.py"]),
        ("**/er/**", ["package/deep/er/main.py"]),
        ("./*.md", ["README.md"]),
        ("READ??.md", ["README.md"]),
        ("R*D*.md", ["README.md"]),
        ("*.py", []),
        ("[", []),
        ("", PATHS),
        (".", PATHS),
        ("package", ["package/main.py", "package/deep/er/main.py"]),
        ("package/deep/", ["package/deep/er/main.py"]),
        ("README.md", ["README.md"]),
        ("pack", []),
        (".ci/*", [".ci/run.yml"]),
    ],
)
def test_a_star_stays_in_its_folder_and_two_go_through_all(pattern: str, expected: list[str]) -> None:
    assert [path for path in PATHS if Glob.parse(pattern).matches(path)] == expected


def test_only_a_glob_that_names_something_hidden_shows_it() -> None:
    assert [Glob.parse(pattern).shows_hidden for pattern in ("**", ".ci/*", "**/.ci/*", "./a")] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("pattern", ["**/" * 500 + "x", "*a" * 500 + "x", "**/*a*b" * 100, "?*" * 500 + "x"])
def test_no_pattern_takes_for_ever(pattern: str) -> None:
    """What a naive translation to an expression would look at in more ways than there are atoms."""
    assert not Glob.parse(pattern).matches("/".join(["a" * 200] * 15))


@given(
    pattern=st.text("ab*?", max_size=8).filter(lambda word: "**" not in word and word),
    name=st.text("ab", min_size=1, max_size=8),
)
def test_within_a_name_it_says_what_the_naive_expression_says(pattern: str, name: str) -> None:
    naive = pattern.replace("*", ".*").replace("?", ".")

    assert Glob.parse(pattern).matches(name) == bool(re.fullmatch(naive, name))


@given(
    pattern=st.lists(st.sampled_from(["**", "a", "b", "*"]), min_size=1, max_size=6),
    path=st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=6),
)
def test_across_folders_it_says_what_trying_everything_says(pattern: list[str], path: list[str]) -> None:
    if not {"*", "**"} & set(pattern):
        pattern = [*pattern, "**"]

    def tries(at: int, here: int) -> bool:
        if at == len(pattern):
            return here == len(path)
        if pattern[at] == "**":
            return any(tries(at + 1, further) for further in range(here, len(path) + 1))
        return here < len(path) and pattern[at] in ("*", path[here]) and tries(at + 1, here + 1)

    assert Glob.parse("/".join(pattern)).matches("/".join(path)) == tries(0, 0)
