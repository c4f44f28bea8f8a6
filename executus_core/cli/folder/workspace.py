"""A folder that the tools read and may not leave."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Final

from attrs import define, frozen

from executus_core.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_FILES: Final = 20_000
MAX_FILE_BYTES: Final = 4_000_000
NOT_LOOKED_INTO: Final = "hidden files and folders, caches, virtual environments and links"
"""What ``Workspace.find`` leaves out, for people."""

_SKIPPED = {"__pycache__", "node_modules"}


@frozen
class Entry:
    """A file of the folder.

    Attributes:
        path: Relative to the folder, with forward slashes.
        size_bytes: Its size when it was listed.
    """

    path: str
    size_bytes: int


@frozen
class Listing:
    """The files that were found.

    Attributes:
        entries: The files.
        is_complete: Whether all of the folder was looked at; False when it has more than ``MAX_FILES`` files.
    """

    entries: list[Entry]
    is_complete: bool


@define
class Workspace:
    """One folder and what is in it, read-only.

    Attributes:
        root: The folder.
    """

    root: Path

    def find(self, pattern: str = "**") -> Listing:
        """Find the files whose path matches a glob, folder by folder."""
        matches = _compile(pattern)
        entries: list[Entry] = []
        seen = 0
        for folder, names, files in os.walk(self.root):
            names[:] = sorted(name for name in names if self._is_looked_into(Path(folder, name)))
            for name in sorted(files):
                seen += 1
                if seen > MAX_FILES:
                    return Listing(entries, is_complete=False)
                entry = None if name.startswith(".") else self._entry(Path(folder, name))
                if entry is not None and matches(entry.path):
                    entries.append(entry)
        return Listing(entries, is_complete=True)

    def read_text(self, path: str) -> str:
        """Read a text file.

        Raises:
            ToolError: It is not a text file of this folder, or is too large.
        """
        with self._open(path) as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise ToolError(
                f"'{path}' is larger than {MAX_FILE_BYTES} bytes; search it instead of reading it"
            )
        if b"\0" in data[:8192]:
            raise ToolError(f"'{path}' is not a text file")
        return data.decode("utf-8", "replace")

    def _open(self, path: str) -> BinaryIO:
        """Open a file, following no link on the way: each step starts from the folder that was really opened."""
        parts = PurePosixPath(path.replace(os.sep, "/")).parts
        if not parts or ".." in parts or parts[0] == "/" or Path(path).is_absolute() or "\0" in path:
            raise ToolError(f"'{path}' is not a path inside this folder; give one as list_files shows it")
        if any(part.startswith(".") or part in _SKIPPED for part in parts):
            raise ToolError(f"'{path}' is not looked into: {NOT_LOOKED_INTO} are left out")
        try:
            return self._open_parts(parts)
        except OSError as error:
            raise ToolError(f"can't read '{path}': {error.strerror or error}") from error

    def _open_parts(self, parts: tuple[str, ...]) -> BinaryIO:
        if os.open not in os.supports_dir_fd:  # Windows: look first; links need a privilege there
            target = self.root.joinpath(*parts)
            if target.resolve() != self.root.resolve().joinpath(*parts):
                raise OSError(0, "it is a link, or behind one")
            return target.open("rb")
        folder = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for part in parts[:-1]:
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                os.close(folder)
                folder = inner
            # not blocking: opening a pipe that nobody writes to would wait for ever
            file = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        finally:
            os.close(folder)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise OSError(0, "it is not a regular file")
        return os.fdopen(file, "rb")

    def _is_looked_into(self, folder: Path) -> bool:
        return not (
            folder.name.startswith(".")
            or folder.name in _SKIPPED
            or folder.is_symlink()
            or (folder / "pyvenv.cfg").exists()
        )

    def _entry(self, file: Path) -> Entry | None:
        try:
            path = file.relative_to(self.root).as_posix()
            path.encode()  # a name that is no text has no place in an answer
            found = file.lstat()
        except (OSError, UnicodeEncodeError):
            return None
        return Entry(path, found.st_size) if stat.S_ISREG(found.st_mode) else None


def _compile(pattern: str) -> Callable[[str], object]:
    """Make a predicate over paths of a glob: ``*`` stays within a folder, ``**`` goes through all of them."""
    translated = ""
    for piece in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern.removeprefix("./")):
        translated += _WILDCARDS.get(piece) or re.escape(piece)
    return re.compile(translated).fullmatch


_WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
