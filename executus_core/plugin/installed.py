"""What is installed of a distribution: its files, as its installer wrote them down, and whether they still are."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from base64 import urlsafe_b64encode
from importlib.metadata import Distribution as Metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.plugin.scan import Distribution

UNRECORDED: Final = "not recorded"
"""Stands where a hash would: no installer left a RECORD, or none that can be read."""
EDITABLE: Final = "editable in "
"""Begins what stands where a hash would: the files are those of a folder, and change with it."""
_OF_THE_WHEEL: Final = ("METADATA", "entry_points.txt")
"""What counts of the metadata; the rest is about the installer, or for people."""


@frozen
class _Installed:
    """What an installer wrote down.

    Attributes:
        metadata: Where it stands.
        source: The folder of an editable install, or None.
        hashes: The hash of each file that came with the wheel.
    """

    metadata: Metadata
    source: Path | None
    hashes: Mapping[str, str]


def describe_files(distribution: Distribution, folder: Path) -> str:
    """Give the hash over a distribution's RECORD, or say why there is none.

    Only what came with the wheel counts, so that every installer and every machine gives the same hash.

    Args:
        distribution: The distribution.
        folder: What the folder of an editable install is told from.
    """
    installed = _examine(distribution)
    if installed is None:
        return UNRECORDED
    if installed.source:
        return EDITABLE + _tell_from(folder, installed.source)
    if not installed.hashes:
        return UNRECORDED
    lines = "".join(f"{file},{digest}\n" for file, digest in sorted(installed.hashes.items()))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def find_changed_files(distribution: Distribution) -> list[str]:
    """List what was done to a distribution's files since it was installed; nothing where no hash is known."""
    installed = _examine(distribution)
    if installed is None or installed.source:
        return []
    changes: list[str] = []
    for file, recorded in sorted(installed.hashes.items()):
        algorithm, _, digest = recorded.partition("=")
        try:
            content = Path(str(installed.metadata.locate_file(file))).read_bytes()
            found = hashlib.new(algorithm, content).digest()
        except OSError as error:
            changes.append(f"{file} can't be read: {error.strerror or error}")
        except ValueError:
            changes.append(f"{file} can't be compared: there is no hash '{algorithm}'")
        else:
            if urlsafe_b64encode(found).decode().rstrip("=") != digest:
                changes.append(f"{file} was changed")
    return changes


def _examine(distribution: Distribution) -> _Installed | None:
    """Read what an installer wrote down; None where there is nothing, or nothing that can be read."""
    try:
        path = distribution.path
        metadata = Metadata.at(path) if path else Metadata.from_name(distribution.name)
        return _Installed(metadata, _find_editable_source(metadata), _read_record(metadata))
    except Exception:  # noqa: BLE001 - somebody else's files may be wrong in any way
        return None


def _find_editable_source(metadata: Metadata) -> Path | None:
    written = json.loads(metadata.read_text("direct_url.json") or "{}")
    if not written.get("dir_info", {}).get("editable"):
        return None
    url: str = written["url"]
    return Path(url2pathname(urlsplit(url).path))


def _tell_from(folder: Path, source: Path) -> str:
    """Name a folder as seen from another one where they lie together, so that a checkout may be moved."""
    near = folder.resolve().parent
    return Path(os.path.relpath(source, folder)).as_posix() if near in source.parents else source.as_posix()


def _read_record(metadata: Metadata) -> dict[str, str]:
    """Read the hashes of what came with the wheel, by file.

    Launchers and compiled files are made where a wheel is installed, and lie outside of it or have no hash.
    """
    found: dict[str, str] = {}
    for row in csv.reader((metadata.read_text("RECORD") or "").splitlines()):
        name, digest = [*row, "", ""][:2]
        file = PurePosixPath(name.replace("\\", "/"))
        is_outside = file.is_absolute() or ".." in file.parts
        is_about_installing = file.parent.suffix == ".dist-info" and file.name not in _OF_THE_WHEEL
        if digest and not is_outside and not is_about_installing:
            found[str(file)] = digest
    return found
