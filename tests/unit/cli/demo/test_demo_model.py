"""The scripted model's answers come from what the tools really said."""

import json
import re
from pathlib import Path

import pytest

from executus_core import Agent, Executor, Invocation, Result, tool
from executus_core.cli.demo.model import DemoModel
from executus_core.cli.demo.plugin import DemoModels
from executus_core.cli.folder.tools import folder_tools

FILES = {
    "README.md": "# Small\n\nA small tree for tests. It has two sentences.\n",
    "pyproject.toml": '[project]\nname = "small"\nversion = "1.0"\n\n[project.scripts]\nsmall = "small:main"\n',
    "small/__init__.py": '"""Small things."""\n',
    "small/largest.py": '"""The largest of all."""\n\n\nclass Thing:\n    pass\n\n\ndef main() -> None:\n    Thing()\n',
    "tests/test_thing.py": "from small.largest import Thing\n",
    "notes.txt": "nothing here\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


async def ask(tree: Path, prompt: str, **agent) -> Result:
    executor = Executor(models=DemoModel())
    invocation = Invocation(extra_tools=folder_tools(tree))
    return await executor.run(Agent(name="demo", **agent), prompt, invocation)


def called(result: Result) -> list[str]:
    return [step.tool_call.name for step in result.steps]


async def test_it_counts_and_looks_into_the_largest(tree: Path) -> None:
    """The numbers are the folder's, and the second call follows from the first one's result."""
    result = await ask(tree, "How many Python files are there, and which is the largest?")

    assert "There are 3 Python files, with 11 lines in all." in result.output
    assert "The largest is small/largest.py: 9 lines" in result.output
    assert "“The largest of all.”" in result.output
    assert called(result) == ["count", "read_file"]
    assert json.loads(result.steps[1].tool_call.arguments)["path"] == "small/largest.py"


async def test_it_counts_each_kind_that_the_prompt_names(tree: Path) -> None:
    """One call for each kind, side by side."""
    result = await ask(tree, "How many Markdown and .toml and Rust files are there?")

    assert "There is 1 Markdown file, with 3 lines in all." in result.output
    assert "There is 1 TOML file" in result.output
    assert "There are no Rust files." in result.output


async def test_it_counts_within_a_folder(tree: Path) -> None:
    """A folder in the prompt narrows the count."""
    result = await ask(tree, "How many python files are in small/?")

    assert "There are 2 Python files in small" in result.output


async def test_it_finds_where_a_name_is_defined(tree: Path) -> None:
    """The answer cites file and line, and shows what stands there."""
    result = await ask(tree, "Where is Thing defined?")

    assert "Thing is defined in one place, and stands on 3 lines of 2 files." in result.output
    assert "small/largest.py:4  class Thing:" in result.output
    assert "  5      pass" in result.output


async def test_it_finds_a_setting_that_no_keyword_defines(tree: Path) -> None:
    """A second round of searches follows when the first finds a name and no definition."""
    result = await ask(tree, "Where is `version` defined?")

    assert 'pyproject.toml:3  version = "1.0"' in result.output


async def test_it_searches_a_text_and_says_when_there_is_none(tree: Path) -> None:
    """Found lines are cited; nothing found is said."""
    found = await ask(tree, 'Find "nothing here"')
    missing = await ask(tree, "Find `Zebra`")

    assert "notes.txt:1  nothing here" in found.output
    assert missing.output == "“Zebra” stands in none of the 6 text files here."


async def test_it_reads_the_file_that_is_named_also_where_the_folder_is_left_out(tree: Path) -> None:
    """A file that is not where the prompt says is looked for."""
    result = await ask(tree, "What does largest.py say?")
    missing = await ask(tree, "What does nowhere.py say?")

    assert called(result) == ["read_file", "list_files", "read_file"]
    assert result.output.startswith("small/largest.py has 9 lines.")
    assert missing.output.startswith("There is no file named nowhere.py here.")


async def test_it_looks_around(tree: Path) -> None:
    """What the folder says of itself, what it is made of and where to begin, each from a file."""
    result = await ask(tree, "What is this repository?")

    assert "README.md introduces “Small”: A small tree for tests." in result.output
    assert "pyproject.toml calls it small 1.0" in result.output
    assert "it brings the command small." in result.output
    assert "6 files, 21 lines: 3 Python" in result.output
    assert re.search(r"10  small/ +Small things\.", result.output)
    assert "1. README.md, 3 lines" in result.output


async def test_beyond_its_rules_it_says_what_it_can_do_and_still_looks_around(tree: Path) -> None:
    """No answer is made up."""
    result = await ask(tree, "Write me a poem")

    assert result.output.startswith("No rule of mine fits this prompt")
    assert "I am a script, not a language model" in result.output
    assert "6 files" in result.output


async def test_an_empty_folder_gives_an_answer_too(tmp_path: Path) -> None:
    """There may be nothing to say."""
    result = await ask(tmp_path, "What is in this folder?")

    assert result.ok
    assert "There is no file here that I look into." in result.output


async def test_a_prompt_that_is_a_tools_name_and_arguments_calls_it() -> None:
    """The author of a tool tries it in a whole run, without a model."""

    @tool
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    executor = Executor(models=DemoModel(), registry=[add])
    agent = Agent(name="demo", tools=["add"])
    told = await executor.run(agent, "add a=2 b=3")
    wrong = await executor.run(agent, "add a=2 b=three")
    other = await executor.run(agent, "What can you do?")

    assert told.output == "add gave:\n5"
    assert wrong.output.startswith("add failed: ")
    assert "  add a=... b=...\n      Add two numbers." in other.output


async def test_without_any_tool_it_says_so() -> None:
    """A script without tools knows nothing."""
    result = await Executor(models=DemoModel()).run(Agent(name="demo"), "What is in this repository?")

    assert "I was given no tools" in result.output


async def test_a_streamed_answer_is_the_same(tree: Path) -> None:
    """Pieces add up to the answer."""
    executor = Executor(models=DemoModel())
    invocation = Invocation(extra_tools=folder_tools(tree))
    prompt = "How many Python files are there?"
    async with executor.stream(Agent(name="demo"), prompt, invocation) as run:
        pieces = [event.text async for event in run if type(event).__name__ == "TextDelta"]
        streamed = await run

    assert "".join(pieces) == streamed.output == (await ask(tree, prompt)).output


async def test_it_costs_nothing_and_says_so(tree: Path) -> None:
    """No tokens were used, and the price is known to be 0."""
    result = await ask(tree, "What is this?")

    assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.cost_usd) == (0, 0, 0.0)


async def test_it_serves_its_own_name_only() -> None:
    """Other tiers are somebody else's."""
    assert await DemoModels().resolve("fast") is None
    assert (await DemoModels().resolve("scripted")).name == "scripted"


async def test_every_tool_only_reads_and_says_what_its_arguments_are(tree: Path) -> None:
    """A tool without descriptions is one that a model misuses."""
    for one in folder_tools(tree):
        assert one.effect == "pure"
        assert one.visibility == "private"
        assert all(argument.get("description") for argument in one.parameters["properties"].values())


async def test_the_longest_answers_stay_whole(tmp_path: Path) -> None:
    """A tool's answer is never so long that a run would cut it in its middle, and JSON stays JSON."""
    for number in range(500):
        (tmp_path / f"{'long' * 20}{number:03}.txt").write_text("\n".join(["x" * 500] * 400))
    executor = Executor(models=DemoModel())
    invocation = Invocation(extra_tools=folder_tools(tmp_path))
    first = f"{'long' * 20}000.txt"
    for prompt in (
        "list_files limit=400",
        f"read_file path={first} max_lines=400",
        "search_files text=x limit=100",
    ):
        result = await executor.run(Agent(name="demo"), prompt, invocation)

        assert not result.steps[0].is_error
        json.loads(result.steps[0].result.text)


async def test_what_can_not_be_counted_or_read_is_said(tree: Path) -> None:
    """A tool that fails is no reason to make something up."""
    (tree / "deep").mkdir()
    (tree / "deep" / "data.py").write_bytes(b"\0" * 9)
    executor = Executor(models=DemoModel())
    tools = folder_tools(tree)

    @tool
    def count(pattern: str) -> str:
        """Fail."""
        raise OSError(pattern)

    invocation = Invocation(extra_tools=[count, *(one for one in tools if one.name != "count")])
    counted = await executor.run(Agent(name="demo"), "How many files are there?", invocation)
    surveyed = await executor.run(Agent(name="demo"), "What is this repository?", invocation)
    read = await ask(tree, "What does data.py say?")

    assert counted.output.startswith("I could not count the files: error: the tool 'count' failed (OSError)")
    assert "I could not count the files" in surveyed.output
    assert (
        read.output
        == "deep/data.py can't be read. error: 'deep/data.py' is not a text file: binary data of 9 bytes"
    )


async def test_a_huge_prompt_is_answered_at_once(tree: Path) -> None:
    """What is piped behind a question is not searched for more of them."""
    result = await ask(tree, "What is this repository?\n\n" + "what is this " * 100_000)

    assert "README.md introduces" in result.output
    assert result.duration < 10


async def test_it_answers_the_last_question_of_a_conversation(tree: Path) -> None:
    """Earlier questions were answered; their calls share no id with its own."""
    executor = Executor(models=DemoModel())
    tools = folder_tools(tree)
    first = await executor.run(
        Agent(name="demo"), "How many Python files are there?", Invocation(extra_tools=tools)
    )

    second = await executor.run(
        Agent(name="demo", system_prompt="Be brief."),
        "What does README.md say?",
        Invocation(extra_tools=tools, history=first.history),
    )

    assert "A small tree for tests." in second.output
    assert called(second) == ["read_file"]
    assert not {step.tool_call.id for step in first.steps} & {step.tool_call.id for step in second.steps}
