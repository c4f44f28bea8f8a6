"""``executus plugins lock``: writes the lock, or compares it with what is installed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import click

from executus_core.cli import exit_codes
from executus_core.errors import ConfigError, PluginError
from executus_core.plugin.drift import find_changes, find_differences, lock_command
from executus_core.plugin.installed import EDITABLE, UNRECORDED
from executus_core.plugin.lock import Lock
from executus_core.plugin.scan import CORE, scan
from executus_core.plugin.selection import select

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from executus_core.config.load import Configuration
    from executus_core.plugin.lock import LockedDistribution
    from executus_core.plugin.selection import Selection

_REINSTALL: Final = "install anew what was changed, and lock then"
_UNHASHED: Final = (EDITABLE, UNRECORDED)


def write_lock(configuration: Configuration) -> int:
    """Lock what takes part now, and show what that changes.

    Raises:
        PluginError: An installed file was changed since it was installed: nobody can know what would be locked.
    """
    path = configuration.lock_path
    selection = select(scan(), {}, configuration)
    if changes := find_changes(selection):
        raise PluginError("; ".join([*map(str, changes), _REINSTALL]))
    lock = Lock.take(selection.picked, path.parent)
    differences = _compare_with_old(path, selection)
    _write(path, lock.render())
    click.echo(f"{click.style(f'Locked {lock}', bold=True)} in {path}:\n")
    _show_locked(lock)
    if differences:
        click.echo("\nWhat differed from the lock before it:")
        _show_list(differences)
    _show_unlocked(lock, selection)
    if not configuration.plugins.locked:
        click.echo(
            f"\nTo refuse a start that is not as it says: [plugins] locked = true in {configuration.file}"
        )
    return exit_codes.OK


def check_lock(configuration: Configuration) -> int:
    """Compare the lock with what is installed, file by file.

    Raises:
        ConfigError: There is no lock, or it can't be read.
    """
    path = configuration.lock_path
    selection = select(scan(), {}, configuration)
    lock = _read(path, configuration)
    differences, changes = find_differences(lock, selection, path.parent), find_changes(selection)
    if differences or changes:
        click.secho(f"What is installed is not what {path} says:", fg="red", bold=True)
        _show_list(map(str, [*differences, *changes]))
        remedy = f"if that is meant: {lock_command(configuration)}" if not changes else _REINSTALL
        _show_list([remedy])
        return exit_codes.PLUGIN
    click.secho(f"{path} agrees: {lock}, and no file was changed since it was installed.", fg="green")
    _show_unlocked(lock, selection)
    return exit_codes.OK


def _read(path: Path, configuration: Configuration) -> Lock:
    try:
        return Lock.read(path)
    except ConfigError as error:
        raise ConfigError(f"{error}; write it: {lock_command(configuration)}") from error


def _compare_with_old(path: Path, selection: Selection) -> list[str]:
    """List what the lock that is there says otherwise."""
    if not path.exists():
        return []
    try:
        return [str(one) for one in find_differences(Lock.read(path), selection, path.parent)]
    except ConfigError as error:
        return [*error.problems]


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise ConfigError(f"{path}: can't be written: {error.strerror or error}") from error


def _show_locked(lock: Lock) -> None:
    rows = [(CORE, lock.core), *lock.plugin.items()]
    names = max(len(name) for name, _ in rows)
    versions = max(len(str(locked)) for _, locked in rows)
    for name, locked in rows:
        files = click.style(locked.short_files, fg="yellow" if _is_unhashed(locked) else "bright_black")
        click.echo(f"  {name:<{names}}  {locked!s:<{versions}}  {files}")


def _show_unlocked(lock: Lock, selection: Selection) -> None:
    """Say what the lock does not cover."""
    rows = [(CORE, lock.core), *lock.plugin.items()]
    if loose := [name for name, locked in rows if _is_unhashed(locked)]:
        click.secho(
            f"\nFiles that no hash covers: {', '.join(loose)}. Install from a wheel to lock them too.",
            fg="yellow",
        )
    for info in selection.others.values():
        if info.is_broken:
            click.secho(f"\nNot locked: plugin '{info.name}' ({info.state}): {info.reason}", fg="yellow")


def _show_list(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(f"  - {line}")


def _is_unhashed(locked: LockedDistribution) -> bool:
    return locked.files.startswith(_UNHASHED)
