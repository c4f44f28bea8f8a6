"""``executus plugins new``: a package that builds, installs, and passes its own tests."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from executus_core.cli.plugins.skeleton.kinds import choose_kind
from executus_core.cli.plugins.skeleton.names import Names
from executus_core.cli.plugins.skeleton.package import fill_in, write_package
from executus_core.cli.screen.words import print_data

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.cli.plugins.skeleton.kinds import Kind
    from executus_core.llm.json import JsonValue


def make_plugin(name: str, kind: str | None, port: str | None, directory: Path, *, as_json: bool) -> None:
    """Make a package, and say what to do next.

    Raises:
        ConfigError: The name can't be used, there is no such kind, or the folder can't be made.
    """
    chosen = choose_kind(kind, port)
    names = Names.parse(name)
    folder = directory / names.distribution
    files = fill_in(names, chosen)
    write_package(folder, files)
    if as_json:
        print_data(_as_data(names, chosen, folder, files))
    else:
        _show(names, chosen, folder, files)


def next_commands(folder: Path) -> list[str]:
    """List what to type next, so that it reaches the environment in which this runs."""
    python, executus = _find_program("python", sys.executable), _find_program("executus", sys.argv[0])
    return [
        f"cd {shlex.quote(str(folder))}",
        f'{_find_installer(python)} -e ".[test]"',
        f"{python} -m pytest",
        f"{executus} plugins",
    ]


def _find_program(name: str, path: str) -> str:
    """Give what a person can type for a program: its path under `uv run`, whose environment is not on for the shell."""
    found = shutil.which(name)
    is_at_hand = (
        "UV" not in os.environ and found is not None and Path(found).parent == Path(sys.executable).parent
    )
    return name if is_at_hand else shlex.quote(str(Path(path).absolute()))


def _find_installer(python: str) -> str:
    """Give pip, or uv where the environment has no pip: it is one that uv made."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if find_spec("pip") is not None or uv is None:
        return f"{python} -m pip install"
    return f"{shlex.quote(uv)} pip install --python {python}"


def _show(names: Names, kind: Kind, folder: Path, files: Iterable[str]) -> None:
    made = click.style(f"Made the plugin '{names.plugin}'", fg="green", bold=True)
    click.echo(f"{made} in {folder}: {kind.summary[0].lower()}{kind.summary[1:]}.\n")
    for file in files:
        click.echo(f"  {file}")
    click.echo("\nNext:\n")
    for command in next_commands(folder):
        click.secho(f"  {command}", fg="cyan")


def _as_data(names: Names, kind: Kind, folder: Path, files: Iterable[str]) -> dict[str, JsonValue]:
    return {
        "plugin": names.plugin,
        "distribution": names.distribution,
        "module": names.module,
        "port": kind.port,
        "folder": str(folder.resolve()),
        "files": list(files),
        "next": next_commands(folder),
    }
