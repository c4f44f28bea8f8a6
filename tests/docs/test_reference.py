"""The reference leaves nothing out."""

import re
from pathlib import Path

import click
import pytest

from executus_core import errors
from executus_core.cli import exit_codes
from executus_core.cli.plugins import plugins
from executus_core.cli.run import run

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
ROOMS = (ROOT / "docs" / "explanation" / "the-rooms.md").read_text(encoding="utf-8")
ERRORS = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", [run, plugins], ids=lambda command: command.name)
def test_every_option_is_documented(command: click.Command) -> None:
    """Under its command, by its long name and its short one."""
    section = COMMANDS.split(f"## `executus {command.name}")[1].split("\n## ")[0]
    options = [name for parameter in command.params for name in parameter.opts if name.startswith("-")]

    assert not [option for option in options if f"`{option}" not in section]


def test_every_exit_code_is_documented_and_no_other() -> None:
    """In one table."""
    table = COMMANDS.split("## Exit codes")[1]
    codes = {value for name, value in vars(exit_codes).items() if name.isupper() and isinstance(value, int)}

    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == codes


def test_every_error_is_documented_and_no_other() -> None:
    """In the tree and in the table."""
    names = {name for name in errors.__all__ if name.endswith("Error")} - {"ExecutusError"}

    assert set(re.findall(r"^\| `(\w+)` \|", ERRORS, re.MULTILINE)) == names
    assert set(re.findall(r"\w+Error\b", ERRORS.split("```")[1])) == {*names, "ExecutusError"}


def test_every_room_is_documented_and_no_other() -> None:
    """On its floor."""
    house = ROOT / "executus_core"
    rooms = {path.stem for path in house.iterdir() if not path.name.startswith(("_", "py.typed"))}

    assert set(re.findall(r"^\| \d+ \| `(\w+)` \|", ROOMS, re.MULTILINE)) == rooms
