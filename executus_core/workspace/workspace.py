"""One folder and what is in it: nothing that its methods are told leads out of it."""

from __future__ import annotations

import errno
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from executus_core.errors import ToolError
from executus_core.workspace.find import Entry, Listing, Walk
from executus_core.workspace.folder import Folder, NotAFileError, check_file, opened
from executus_core.workspace.glob import Glob
from executus_core.workspace.names import is_cache, is_closed, read_path, shown
from executus_core.workspace.text import Text, find_text, kind_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator

__all__ = ["MAX_FILE_BYTES", "Entry", "Listing", "Workspace", "Written"]

MAX_FILE_BYTES: Final = 8_000_000
"""Larger files are neither read nor written."""
WRITE_TIMEOUT_S: Final = 10.0
CLOSED: Final = "version control, secrets and caches"
"""What is neither read nor written, for people."""

_PERMISSIONS: Final = 0o777
_WRITABLE: Final = 0o222
_LINKS: Final = (errno.ELOOP, errno.ENOTDIR)
_writing: Final = threading.Lock()
"""One writer at a time: of two edits of one file, the second sees what the first did."""


@frozen
class Written:
    """What became of a write.

    Attributes:
        path: The file.
        is_new: Whether there was none before.
        size_bytes: How large it is now.
    """

    path: str
    is_new: bool
    size_bytes: int


@frozen
class Workspace:
    """One folder, held to by directory descriptors: no ``..``, absolute path, link, pipe or device leads out of it.

    Threads may share one. Every method raises ``ToolError`` with a sentence for a model.

    Attributes:
        root: The folder; when it is missing it is empty, and the first write makes it.
        within: Folders below it that are the real root; no link among them is followed.
        max_file_bytes: Larger files are neither read nor written.
    """

    root: Path = field(converter=Path)
    within: tuple[str, ...] = ()
    max_file_bytes: int = MAX_FILE_BYTES

    def find(self, pattern: str = "**") -> Listing:
        """Find the files whose path matches a glob.

        Hidden files are found by a glob that names something hidden, as in ``.github/**``; links, caches, virtual
        environments and what is closed never are.
        """
        walk = Walk(Glob.parse(pattern))
        try:
            with opened(self.root, self.within) as folder:
                walk.look_into(folder)
        except FileNotFoundError:
            return Listing([], is_complete=True)
        except OSError as error:
            raise ToolError(f"can't list the folder: {_explain(error)}") from error
        return Listing(walk.entries, walk.is_complete)

    def read_bytes(self, path: str) -> bytes:
        """Read a file."""
        with self._at(path, "read") as (folder, name):
            data, _ = folder.read(name, self.max_file_bytes + 1)
        self._check_size(path, data)
        return data

    def read_text(self, path: str) -> Text:
        """Read a text file: UTF-8, what carries a mark of its encoding, or old Western text, which is a guess."""
        return as_text(path, self.read_bytes(path))

    def write_bytes(self, path: str, data: bytes) -> Written:
        """Give a file new content; it and the folders on its way are made where they are missing.

        All of the content is there, or nothing has changed.
        """
        self._check_size(path, data)
        with _alone(), self._at(path, "write", make=True) as (folder, name):
            try:
                found = folder.look(name)
            except FileNotFoundError:
                found = None
            _replace(folder, name, data, found)
        return Written(_plain(path), is_new=found is None, size_bytes=len(data))

    def edit_text(self, path: str, change: Callable[[str], str]) -> Written:
        """Change the text of a file, which keeps its encoding and permissions.

        Args:
            path: The file.
            change: Gives the new text for the one that stands there; nothing is written when it raises.
        """
        with _alone(), self._at(path, "edit") as (folder, name):
            data, found = folder.read(name, self.max_file_bytes + 1)
            self._check_size(path, data)
            text = as_text(path, data)
            data = _encode(path, text, change(text.text))
            self._check_size(path, data)
            now = folder.look(name)
            if (now.st_ino, now.st_mtime_ns, now.st_size) != (found.st_ino, found.st_mtime_ns, found.st_size):
                raise ToolError(f"{shown(path)} was changed by somebody else meanwhile; read it again")
            _replace(folder, name, data, found)
        return Written(_plain(path), is_new=False, size_bytes=len(data))

    @contextmanager
    def _at(self, path: str, what: str, *, make: bool = False) -> Generator[tuple[Folder, str]]:
        """Hold open the folder that a file is in, and give the file's name in it."""
        *folders, name = parts = read_path(path)
        if any(is_closed(part) or is_cache(part) for part in parts):
            raise ToolError(f"{shown(path)} is closed: {CLOSED} are neither read nor written")
        try:
            if make:
                self.root.mkdir(parents=True, exist_ok=True)
            with opened(self.root, (*self.within, *folders), make=make) as folder:
                yield folder, name
        except OSError as error:
            raise ToolError(f"can't {what} {shown(path)}: {_explain(error)}") from error

    def _check_size(self, path: str, data: bytes) -> None:
        if len(data) > self.max_file_bytes:
            raise ToolError(
                f"{shown(path)} is larger than {self.max_file_bytes:,} bytes, the most that a file may have here"
            )


@contextmanager
def _alone() -> Generator[None]:
    """Write alone in this process."""
    if not _writing.acquire(timeout=WRITE_TIMEOUT_S):
        raise ToolError("another write takes too long; try again")
    try:
        yield
    finally:
        _writing.release()


def _replace(folder: Folder, name: str, data: bytes, found: os.stat_result | None) -> None:
    if found is None:
        folder.replace(name, data, None)
        return
    check_file(found)
    if not found.st_mode & _WRITABLE:
        raise PermissionError(errno.EACCES, "it is marked read-only")
    folder.replace(name, data, found.st_mode & _PERMISSIONS)


def _plain(path: str) -> str:
    return "/".join(read_path(path))


def as_text(path: str, data: bytes) -> Text:
    """Read the bytes of a file as text.

    Raises:
        ToolError: They are none; saying what they are.
    """
    text = find_text(data)
    if text is None:
        raise ToolError(f"{shown(path)} is not a text file: {kind_of(data)} of {len(data):,} bytes")
    return text


def _encode(path: str, text: Text, new: str) -> bytes:
    try:
        return text.encode(new)
    except UnicodeEncodeError as error:
        character = error.object[error.start]
        raise ToolError(
            f"{shown(path)} is written in {text.encoding}, which has no {character!a}; do without it, or write "
            "the whole file anew, which makes it UTF-8"
        ) from error


def _explain(error: OSError) -> str:
    if isinstance(error, NotAFileError) or error.errno not in _LINKS:
        return error.strerror or type(error).__name__
    return "a link or a file stands in its way, and links are not followed"
