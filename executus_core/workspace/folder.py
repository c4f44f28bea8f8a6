"""A folder that is held open. Every step starts from what was really opened: no path is looked up a second time.

So a link that is put in the way, before or between two steps, is an error and never a way out. Where a system has no
directory descriptors (Windows), each name is looked at right before it is used; there, making a link needs a privilege.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, Self

from attrs import define

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

HAS_DESCRIPTORS: Final = {os.open, os.mkdir, os.rename, os.stat, os.unlink} <= os.supports_dir_fd
TEMPORARY: Final = ".executus-{}.tmp"
"""What is being written, until it gets its name."""

_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)
_BINARY: Final = getattr(os, "O_BINARY", 0)
_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
# not blocking: opening a pipe that nobody writes to would wait for ever
_READ: Final = os.O_RDONLY | _NO_LINK | _BINARY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | _BINARY


class NotAFileError(OSError):
    """What has the name is a link, a folder, a pipe or a device."""


@define(eq=False)
class Folder:
    """A folder that is held open until ``close``.

    Attributes:
        path: Where it was found; followed only on systems without descriptors.
        descriptor: What is held open, or None on those.
    """

    path: Path
    descriptor: int | None

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a folder that the host named; a link there is the host's own."""
        if HAS_DESCRIPTORS:
            return cls(path, os.open(path, _FOLDER))
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "Not a directory")
        return cls(path, None)

    def close(self) -> None:
        """Let go of it."""
        if self.descriptor is not None:
            os.close(self.descriptor)

    def inner(self, name: str) -> Folder:
        """Open a folder in it."""
        found = self.look(name)
        if not stat.S_ISDIR(found.st_mode):
            raise NotAFileError(errno.ENOTDIR, _describe(found))
        path = self.path / name
        if self.descriptor is None:
            return Folder(path, None)
        return Folder(path, os.open(name, _FOLDER | _NO_LINK, dir_fd=self.descriptor))

    def look(self, name: str) -> os.stat_result:
        """Look at what has a name, without following a link."""
        return os.stat(self._name(name), dir_fd=self.descriptor, follow_symlinks=False)

    def make(self, name: str) -> None:
        """Make a folder in it, unless something has that name."""
        with suppress(FileExistsError):
            os.mkdir(self._name(name), dir_fd=self.descriptor)

    def scan(self) -> Iterator[os.DirEntry[str]]:
        """Go through what is in it, in no order; each entry can be asked as long as the folder is open."""
        with os.scandir(self.path if self.descriptor is None else self.descriptor) as entries:
            yield from entries

    def read(self, name: str, max_bytes: int) -> tuple[bytes, os.stat_result]:
        """Read a regular file.

        Args:
            name: The file.
            max_bytes: At most so many bytes, from its beginning.

        Returns:
            Its bytes, and what it was when it was opened.
        """
        check_file(self.look(name))
        descriptor = os.open(self._name(name), _READ, dir_fd=self.descriptor)
        try:
            found = os.fstat(descriptor)
            check_file(found)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read(max_bytes), found
        finally:
            os.close(descriptor)

    def replace(self, name: str, data: bytes, permissions: int | None) -> None:
        """Give a name to new content: all of it is there, or nothing has changed, also for a process that is killed.

        Another name of the file that had it (a hard link) keeps what it was, so nothing outside is ever written to.

        Args:
            name: The file.
            data: Its content.
            permissions: Those of the file that it replaces; None for those of a new one.
        """
        temporary = TEMPORARY.format(secrets.token_hex(8))
        mode = 0o666 if permissions is None else permissions
        descriptor = os.open(self._name(temporary), _CREATE, mode, dir_fd=self.descriptor)
        try:
            with os.fdopen(descriptor, "wb") as file:
                if permissions is not None and hasattr(os, "fchmod"):
                    os.fchmod(descriptor, permissions)
                file.write(data)
            os.replace(
                self._name(temporary),
                self._name(name),
                src_dir_fd=self.descriptor,
                dst_dir_fd=self.descriptor,
            )
        except BaseException:
            with suppress(OSError):
                os.unlink(self._name(temporary), dir_fd=self.descriptor)
            raise

    def _name(self, name: str) -> str:
        return name if self.descriptor is not None else os.fspath(self.path / name)


@contextmanager
def opened(root: Path, names: tuple[str, ...], *, make: bool = False) -> Generator[Folder]:
    """Walk down from a root, and hold the last folder open for a block.

    Args:
        root: The folder that the host named.
        names: The folders on the way, none of which may be a link.
        make: Whether those that are missing are made.
    """
    folder = Folder.open(root)
    try:
        for name in names:
            if make:
                folder.make(name)
            inner = folder.inner(name)
            folder.close()
            folder = inner
        yield folder
    finally:
        folder.close()


def check_file(found: os.stat_result) -> None:
    """Refuse what is no regular file."""
    if not stat.S_ISREG(found.st_mode):
        raise NotAFileError(errno.EINVAL, _describe(found))


def _describe(found: os.stat_result) -> str:
    kinds = {
        stat.S_IFLNK: "it is a link, and links are not followed",
        stat.S_IFDIR: "it is a folder",
        stat.S_IFREG: "it is a file, not a folder",
    }
    return kinds.get(stat.S_IFMT(found.st_mode), "it is not a regular file")
