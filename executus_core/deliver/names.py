"""Names of files that somebody else chose, made safe for any file system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NAME_BYTES: Final = 200
MAX_SUFFIX_CHARS: Final = 20
FALLBACK: Final = "file"

_UNWELCOME: Final = frozenset('<>:"|?*')
"""What some file system gives a meaning to."""
_DEVICES: Final = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))]
)
"""Names that are no files on Windows, whatever suffix they have."""


def safe_name(name: str) -> str:
    """Make a name that stays in its folder, can be shown, hides nothing, and is a file everywhere.

    A good name stays as it is. A name that begins with a dot gets another beginning: in somebody's own folder it might be
    one that a shell or a tool reads.
    """
    base = name.replace("\\", "/").rpartition("/")[2]
    safe = "".join("_" if char in _UNWELCOME or not char.isprintable() else char for char in base)
    safe = safe.strip(" ").rstrip(" .")
    if safe.startswith(".") or safe.partition(".")[0].lower() in _DEVICES:
        safe = f"_{safe}"
    stem, suffix = split_name(safe)
    while len(f"{stem}{suffix}".encode()) > MAX_NAME_BYTES:
        stem = stem[:-1]
    return f"{stem}{suffix}" or FALLBACK


def split_name(name: str) -> tuple[str, str]:
    """Split a name before its last dot; what is too long to be a suffix is none."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, f".{suffix}") if dot and stem and len(suffix) < MAX_SUFFIX_CHARS else (name, "")


def numbered(name: str) -> Iterator[str]:
    """Give a name, and then the same with numbers: what to try where something is there already."""
    stem, suffix = split_name(name)
    yield name
    number = 1
    while True:
        number += 1
        yield f"{stem}-{number}{suffix}"
