"""What is installed of a distribution: its files, as its installer wrote them down, and whether they still are."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from base64 import urlsafe_b64encode
from importlib.metadata import Distribution as Metadata
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

if TYPE_CHECKING:
    from executus_core.plugin.scan import Distribution

UNRECORDED: Final = "not recorded"
"""Stands where a hash would: the installer, or none, left no RECORD."""
EDITABLE: Final = "editable in "
"""Begins what stands where a hash would: the files are those of a folder, and change with it."""
_OF_THE_WHEEL: Final = ("METADATA", "entry_points.txt")
"""What counts of the metadata; the rest is about the installer, or for people."""


def describe_files(distribution: Distribution, folder: Path) -> str:
    """Give the hash over a distribution's RECORD, or say why there is none.

    Only what came with the wheel counts, so that every installer and every machine gives the same hash.

    Args:
        distribution: The distribution.
        folder: What the folder of an editable install is told from.
    """
    metadata = _find_metadata(distribution)
    if metadata is None:
        return UNRECORDED
    if source := _find_editable_source(metadata):
        return EDITABLE + _tell_from(folder, source)
    recorded = _read_record(metadata)
    if not recorded:
        return UNRECORDED
    lines = "".join(f"{file},{digest}\n" for file, digest in sorted(recorded.items()))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def find_changed_files(distribution: Distribution) -> list[str]:
    """List what was done to a distribution's files since it was installed; nothing where no hash is known."""
    metadata = _find_metadata(distribution)
    if metadata is None or _find_editable_source(metadata):
        return []
    changes: list[str] = []
    for file, recorded in sorted(_read_record(metadata).items()):
        algorithm, _, digest = recorded.partition("=")
        try:
            found = hashlib.new(algorithm, Path(str(metadata.locate_file(file))).read_bytes()).digest()
        except OSError as error:
            changes.append(f"{file} can't be read: {error.strerror or error}")
            continue
        if urlsafe_b64encode(found).decode().rstrip("=") != digest:
            changes.append(f"{file} was changed")
    return changes


def _find_metadata(distribution: Distribution) -> Metadata | None:
    if distribution.path:
        return Metadata.at(distribution.path)
    try:
        return Metadata.from_name(distribution.name) if distribution.name else None
    except PackageNotFoundError:
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
        file, digest = [*row, "", ""][:2]
        folder, _, name = file.replace("\\", "/").rpartition("/")
        is_about_installing = folder.endswith(".dist-info") and name not in _OF_THE_WHEEL
        if digest and not is_about_installing and not file.startswith("..") and not os.path.isabs(file):  # noqa: PTH117 - a text
            found[file] = digest
    return found
