"""``executus plugins new``: a package that builds, installs, and passes its own tests."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import click

from executus_core.cli.plugins.skeleton.kinds import choose_kind
from executus_core.cli.plugins.skeleton.names import Names
from executus_core.cli.plugins.skeleton.package import fill_in, write_package

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from executus_core.cli.plugins.skeleton.kinds import Kind


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
        click.echo(json.dumps(_as_data(names, chosen, folder, files), indent=2, ensure_ascii=False))
    else:
        _show(names, chosen, folder, files)


def next_commands(folder: Path) -> list[str]:
    """List what to type next."""
    return [
        f"cd {shlex.quote(str(folder))}",
        'python -m pip install -e ".[test]"',
        "python -m pytest",
        "executus plugins",
    ]


def _show(names: Names, kind: Kind, folder: Path, files: Iterable[str]) -> None:
    made = click.style(f"Made the plugin '{names.plugin}'", fg="green", bold=True)
    click.echo(f"{made} in {folder}: {kind.summary[0].lower()}{kind.summary[1:]}.\n")
    for file in files:
        click.echo(f"  {file}")
    click.echo("\nNext:\n")
    for command in next_commands(folder):
        click.secho(f"  {command}", fg="cyan")


def _as_data(names: Names, kind: Kind, folder: Path, files: Iterable[str]) -> dict[str, object]:
    return {
        "plugin": names.plugin,
        "distribution": names.distribution,
        "module": names.module,
        "port": kind.port,
        "folder": str(folder.resolve()),
        "files": list(files),
        "next": next_commands(folder),
    }
