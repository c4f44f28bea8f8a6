"""What differs from the lock: found before any plugin is imported, since what drifted must not run to be found out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from executus_core.config.load import find_file
from executus_core.errors import ConfigError, PluginError
from executus_core.plugin.info import PluginInfo, PluginState
from executus_core.plugin.installed import find_changed_files
from executus_core.plugin.lock import Lock
from executus_core.plugin.scan import CORE, Distribution, find_core_version, scan
from executus_core.plugin.selection import select

if TYPE_CHECKING:
    from executus_core.config.load import Configuration
    from executus_core.plugin.lock import LockedDistribution
    from executus_core.plugin.scan import Candidate
    from executus_core.plugin.selection import Selection


@frozen
class Difference:
    """Something that is not as the lock says.

    Attributes:
        plugin: The plugin, or "" for core itself.
        shipped_by: Its distribution and version: as installed, or as locked when it is not.
        what: What differs.
    """

    plugin: str
    shipped_by: str
    what: str

    def __str__(self) -> str:
        """Show it as one line."""
        return f"{f'plugin {self.plugin!r}' if self.plugin else 'core'} ({self.shipped_by}): {self.what}"


@frozen
class Drift:
    """Why a start is refused for the lock's sake.

    Attributes:
        path: Where the lock stands.
        source: Who says that the lock counts.
        problems: What differs, or why the lock can't be read.
        remedy: The line that locks what is installed now.
    """

    path: Path
    source: str
    problems: tuple[str, ...]
    remedy: str

    def refuse(self) -> PluginError:
        """Make the error that says all of it."""
        return PluginError(
            f"[plugins] locked = true in {self.source} refuses a start that is not as {self.path} says: "
            f"{'; '.join([*self.problems, self.remedy])}"
        )


def find_differences(lock: Lock, selection: Selection, folder: Path) -> list[Difference]:
    """List everything in which a selection is not as a lock says; nothing is imported for it."""
    found = Lock.take(selection.picked, folder)
    differences: list[Difference] = []
    if lock.core != found.core:
        differences.append(Difference("", str(found.core), _compare(lock.core, found.core)))
    for name in sorted({*lock.plugin, *found.plugin}):
        locked, present = lock.plugin.get(name), found.plugin.get(name)
        if present is None:
            differences.append(Difference(name, str(locked), f"locked, and {_why_not(name, selection)}"))
        elif locked is None:
            differences.append(Difference(name, str(present), "not in the lock"))
        elif locked != present:
            differences.append(Difference(name, str(present), _compare(locked, present)))
    return differences


def hold_to_lock(selection: Selection, configuration: Configuration) -> tuple[Selection, Drift | None]:
    """Take what is not as the lock says out of a selection, so that it is not imported.

    Without a lock that can be read nothing is left.
    """
    path = configuration.lock_path
    source = configuration.source("plugins", "locked")
    try:
        differences = find_differences(Lock.read(path), selection, path.parent)
    except ConfigError as error:
        reasons = dict.fromkeys(selection.picked, f"can't be compared with {path}")
        drift: Drift | None = Drift(path, source, error.problems, f"write it: {lock_command(configuration)}")
    else:
        reasons = {one.plugin: one.what for one in differences if one.plugin in selection.picked}
        remedy = f"if that is meant: {lock_command(configuration)}"
        drift = Drift(path, source, tuple(map(str, differences)), remedy) if differences else None
    held_back = {name: _held_back(selection.picked[name], reason) for name, reason in reasons.items()}
    picked = {name: candidate for name, candidate in selection.picked.items() if name not in held_back}
    return evolve(selection, picked=picked, others={**selection.others, **held_back}), drift


def find_changes(selection: Selection) -> list[Difference]:
    """List every installed file that is no longer what its installer wrote down; all of them are read."""
    shipped = {name: candidate.distribution for name, candidate in selection.picked.items()}
    checked = [("", Distribution(CORE, find_core_version() or "")), *sorted(shipped.items())]
    return [
        Difference(name, str(distribution), f"{change} since it was installed")
        for name, distribution in checked
        if distribution
        for change in find_changed_files(distribution)
    ]


@frozen
class LockState:
    """How a host stands to its lock.

    Attributes:
        path: Where the lock stands.
        is_enforced: Whether a start that drifted is refused.
        problems: What differs, or why the lock can't be read.
    """

    path: Path
    is_enforced: bool
    problems: tuple[str, ...]


def inspect_lock(configuration: Configuration, drift: Drift | None) -> LockState:
    """Say how a host stands to the lock that it has, or should have.

    Args:
        configuration: The host's.
        drift: What the host found when it was made, where the lock is enforced.
    """
    path = configuration.lock_path
    if configuration.plugins.locked:
        return LockState(path, is_enforced=True, problems=drift.problems if drift else ())
    selection = select(scan(), {}, configuration)
    try:
        differences = find_differences(Lock.read(path), selection, path.parent)
    except ConfigError as error:
        return LockState(path, is_enforced=False, problems=error.problems)
    return LockState(path, is_enforced=False, problems=tuple(map(str, differences)))


def lock_command(configuration: Configuration) -> str:
    """Give the command line that writes a host's lock."""
    path = configuration.path
    is_found = path is None or path == find_file(Path.cwd())
    return "executus plugins lock" if is_found else f"executus plugins lock --config {path}"


def _why_not(name: str, selection: Selection) -> str:
    if name in selection.objects:
        return "replaced by an object that the host handed in"
    info = selection.others.get(name)
    if info is None:
        return "not installed"
    return f"{info.state}: {info.reason}" if info.is_broken else info.reason


def _compare(locked: LockedDistribution, present: LockedDistribution) -> str:
    if str(locked) != str(present):
        return f"{locked} in the lock"
    return f"its files are {present.short_files}, and {locked.short_files} in the lock"


def _held_back(candidate: Candidate, reason: str) -> PluginInfo:
    shipped = candidate.distribution or Distribution("")
    return PluginInfo(
        candidate.name,
        PluginState.DRIFTED,
        reason=reason,
        problems=(reason,),
        distribution=shipped.name,
        version=shipped.version,
        target=candidate.target,
        path=shipped.path,
    )
