"""Which plugins are installed: a walk over the entry points of all distributions, which imports none of them.

The standard library's ``entry_points()`` makes an object of every distribution and every entry point there is. Among
hundreds of distributions a handful have plugins, so this reads one small file of each, and metadata of those few only.
"""

from __future__ import annotations

import os
import re
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import Distribution as MetadataDistribution
    from importlib.metadata import EntryPoint

CORE: Final = "executus-core"
_GROUP: Final = re.compile(r"executus\.v(\d+)")
_ENDINGS: Final = (".dist-info", ".egg-info")
_MARK: Final = b"executus.v"
_CHUNK_BYTES: Final = 16_384


@frozen
class Distribution:
    """A distribution that ships plugins.

    Attributes:
        name: As its author writes it.
        version: Its version.
        requires: Its requirements, as they are written.
        path: The folder of its metadata, or "".
    """

    name: str
    version: str = ""
    requires: tuple[str, ...] = ()
    path: str = ""

    def __str__(self) -> str:
        """Show name and version."""
        return f"{self.name} {self.version}".rstrip()


@frozen
class Candidate:
    """A plugin that an entry point names.

    Attributes:
        name: The plugin's name.
        api: Major of the plugin API, from the group.
        target: What to import: ``module`` or ``module:attribute``.
        distribution: Who ships it, or None when nobody says.
    """

    name: str
    api: int
    target: str
    distribution: Distribution | None = None

    @property
    def shipped_by(self) -> str:
        """Who ships it, for messages."""
        return str(self.distribution) if self.distribution else f"'{self.target}'"


def scan(path: Iterable[str] | None = None) -> list[Candidate]:
    """Find all installed plugins.

    Args:
        path: Where to look; ``sys.path`` and what other finders know when None.
    """
    found = list(_scan_folders(sys.path if path is None else path))
    if path is None:
        found += _ask_other_finders(
            {candidate.distribution.name for candidate in found if candidate.distribution}
        )
    return sorted(found, key=lambda candidate: (candidate.name, candidate.shipped_by))


def as_candidate(entry_point: EntryPoint | Candidate) -> Candidate:
    """Take an entry point of the standard library, or what was scanned."""
    if isinstance(entry_point, Candidate):
        return entry_point
    match = _GROUP.fullmatch(entry_point.group)
    if match is None:
        raise ValueError(
            f"entry point '{entry_point.name}' is of the group '{entry_point.group}', not of executus.v1"
        )
    known = entry_point.dist
    distribution = _from_metadata(known) if known is not None else None
    return Candidate(entry_point.name, int(match[1]), entry_point.value, distribution)


def find_core_version() -> str | None:
    """Find the version of executus-core that is installed; None when it runs from a folder."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - few environments need it

    try:
        return version(CORE)
    except PackageNotFoundError:
        return None


def canonical_name(name: str) -> str:
    """Bring a distribution's name into the one form in which names compare."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _scan_folders(path: Iterable[str]) -> Iterator[Candidate]:
    seen: set[str] = set()
    for folder in dict.fromkeys(path):
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - on the way of every start
        except NotADirectoryError:
            yield from _read_archive(folder, seen)
            continue
        except OSError:
            continue
        prefix = f"{folder or '.'}/"
        # sorted: what is found must not depend on the file system
        for name in sorted(name for name in names if name.endswith(_ENDINGS)):
            own_name = name.rpartition(".")[0].partition("-")[0]
            key = own_name.replace("_", "-").replace(".", "-").lower()
            if key in seen or key.startswith("~"):  # a leftover of an installer
                continue
            seen.add(key)  # the first on the path is the one that would be imported
            path = f"{prefix}{name}/entry_points.txt"
            # asking first is cheaper than failing to open: most distributions have none
            if os.access(path, os.R_OK) and _MARK in (text := _read(path)):
                yield from _candidates(
                    text.decode(errors="replace"), _read_distribution(prefix + name, own_name)
                )


def _read_archive(path: str, seen: set[str]) -> Iterator[Candidate]:
    from importlib.metadata import DistributionFinder, MetadataPathFinder  # noqa: PLC0415 - few environments need it

    if os.path.isfile(path):  # noqa: PTH113 - on the way of every start
        context = DistributionFinder.Context(path=[path])
        yield from _from_distributions(MetadataPathFinder.find_distributions(context), seen)


def _ask_other_finders(known: set[str]) -> list[Candidate]:
    """Ask whoever else finds distributions, as a frozen application's importer does."""
    seen = {canonical_name(name) for name in known}
    found: list[Candidate] = []
    for finder in sys.meta_path:
        find = getattr(finder, "find_distributions", None)
        # the standard finder, and the one that importlib-metadata puts in its place, walk the folders again
        if find is None or finder is PathFinder or type(finder).__name__ == "MetadataPathFinder":
            continue
        from importlib.metadata import DistributionFinder  # noqa: PLC0415 - few environments need it

        found += _from_distributions(find(DistributionFinder.Context()), seen)
    return found


def _from_distributions(distributions: Iterable[MetadataDistribution], seen: set[str]) -> Iterator[Candidate]:
    for distribution in distributions:
        key = canonical_name(distribution.metadata["Name"] or "")
        text = distribution.read_text("entry_points.txt")
        if key not in seen and text and "executus.v" in text:
            seen.add(key)
            yield from _candidates(text, _from_metadata(distribution))


def _from_metadata(distribution: MetadataDistribution) -> Distribution:
    return Distribution(
        distribution.metadata["Name"], distribution.version, tuple(distribution.requires or ())
    )


def _candidates(text: str, distribution: Distribution) -> Iterator[Candidate]:
    group = None
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = _GROUP.fullmatch(line[1:].rstrip("] "))
        elif group and "=" in line and not line.startswith(("#", ";")):
            name, _, target = line.partition("=")
            target = target.partition("[")[0].replace(" ", "")  # extras after the target are history
            yield Candidate(name.strip(), int(group[1]), target, distribution)


def _read_distribution(folder: str, name: str) -> Distribution:
    text = (_read(f"{folder}/METADATA") or _read(f"{folder}/PKG-INFO")).decode(errors="replace")
    headers = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
    fields = re.findall(r"^(Name|Version|Requires-Dist):[ \t]*(.*?)[ \t\r]*$", headers, re.MULTILINE)
    single = {key: value for key, value in fields if key != "Requires-Dist"}
    requires = [value for key, value in fields if key == "Requires-Dist"]
    legacy = _read(f"{folder}/requires.txt").decode(errors="replace")  # of an egg: sections are extras
    requires += [line for line in legacy.split("[")[0].splitlines() if line.strip()]
    return Distribution(single.get("Name", name), single.get("Version", ""), tuple(requires), folder)


def _read(path: str) -> bytes:
    """Read a small file without the layers of ``open``, which cost more than the file; nothing where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return b""
    try:
        data = chunk = os.read(descriptor, _CHUNK_BYTES)
        while len(chunk) == _CHUNK_BYTES:
            data += (chunk := os.read(descriptor, _CHUNK_BYTES))
    except OSError:  # a folder of that name
        return b""
    finally:
        os.close(descriptor)
    return data
