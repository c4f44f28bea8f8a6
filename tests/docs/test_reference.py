"""The reference leaves nothing out."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from executus_core import errors
from executus_core.cli import exit_codes, root
from executus_core.record.result import Result
from executus_core.run.outcome import status_of

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
ROOMS = (ROOT / "docs" / "explanation" / "the-rooms.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ERRORS = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")


def commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group as it is typed, those of the installed plugins included."""
    context = click.Context(group)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        assert command is not None
        yield f"{name} {word}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {word}")


def section_of(command: str) -> str:
    """What stands under the heading of a command, which may go on with its arguments, or ""."""
    heading = re.search(rf"^(#+) `{command}(?: [A-Z\[-][^`]*)?`.*$", COMMANDS, re.MULTILINE)
    if heading is None:
        return ""
    behind = COMMANDS[heading.end() :]
    return re.split(rf"^#+ `executus |^#{{1,{len(heading[1])}}} ", behind, maxsplit=1, flags=re.MULTILINE)[0]


def test_every_command_is_documented_with_every_option() -> None:
    """Under a heading of its own, by the option's long name and its short one."""
    known = dict(commands(root, "executus"))
    options = {
        (name, option)
        for name, command in known.items()
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("-")
    }

    assert {"executus run", "executus plugins"} <= set(known)
    assert not [name for name in known if not section_of(name)]
    assert not sorted((name, option) for name, option in options if f"`{option}" not in section_of(name))


@pytest.mark.batteries
def test_no_command_is_documented_that_is_not_there() -> None:
    """Every heading that is a command can be typed."""
    headings = re.findall(r"^#+ `(executus [a-z -]*[a-z])", COMMANDS, re.MULTILINE)

    assert headings
    assert not set(headings) - dict(commands(root, "executus")).keys()


def test_every_exit_code_is_documented_and_no_other() -> None:
    """In one table."""
    table = COMMANDS.split("## Exit codes")[1]
    codes = {value for name, value in vars(exit_codes).items() if name.isupper() and isinstance(value, int)}

    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == codes


def drawn_in(text: str) -> list[str]:
    """The lines of the tree of errors as it is drawn, without what stands behind the names."""
    return re.findall(r"^ *([│├└─ ]*\w+Error)\b", text, re.MULTILINE)


def test_the_tree_of_errors_is_the_one_of_the_module() -> None:
    """With every error in it."""
    page, module = drawn_in(ERRORS.split("```")[1]), drawn_in(errors.__doc__ or "")

    assert page == module
    assert {line.split()[-1] for line in page} == {name for name in errors.__all__ if name.endswith("Error")}


def test_every_error_is_explained_and_no_other() -> None:
    """In one row each."""
    names = {name for name in errors.__all__ if name.endswith("Error")} - {"ExecutusError"}

    assert set(re.findall(r"^\| `(\w+Error)` \|", ERRORS, re.MULTILINE)) == names


@pytest.mark.parametrize(
    "row", re.findall(r"^\| `(\w+Error)` \|.*\| (\w+) \|$", ERRORS, re.MULTILINE), ids="".join
)
def test_an_error_ends_the_command_with_the_code_of_its_row(row: tuple[str, str]) -> None:
    """Raised by the command itself, or on the result of its run."""
    name, said = row
    kind = getattr(errors, name)
    error = kind(3) if name in {"MaxStepsError", "RunTimeoutError"} else kind("told")
    result = Result("r", status_of(error), "", None, error, [], [], [], 0.0, 0.0)

    if issubclass(kind, errors.ToolError):
        assert said == "none"
    else:
        assert int(said) == exit_codes.code_of_result(result)


def test_every_room_is_documented_and_no_other() -> None:
    """On its floor."""
    house = ROOT / "executus_core"
    rooms = {path.stem for path in house.iterdir() if not path.name.startswith(("_", "py.typed"))}

    assert set(re.findall(r"^\| \d+ \| `(\w+)` \|", ROOMS, re.MULTILINE)) == rooms


def test_the_glossary_has_each_word_once_in_order() -> None:
    """So that a word is found, and means one thing."""
    words = re.findall(r"^\| ([a-z][\w ,]*) \|", GLOSSARY, re.MULTILINE)[1:]

    assert words == sorted(set(words))
    assert {"run", "step", "port", "provider", "battery", "host", "limit", "budget", "tier", "usage"} <= set(
        words
    )


@pytest.mark.batteries
def test_every_provider_whose_key_is_looked_for_is_documented() -> None:
    """With its variables and its model, in the order in which a key is preferred."""
    from executus_model_litellm.providers import KEYED

    page = (ROOT / "docs" / "how-to" / "use-a-model.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w ]+) \| (`.+`) \| `(.+)` \|$", page, re.MULTILINE)

    assert [(title, re.findall(r"`(\w+)`", variables), spec) for title, variables, spec in rows] == [
        (provider.title, list(provider.key_variables), f"{provider.name}/{provider.model}")
        for provider in KEYED
    ]
