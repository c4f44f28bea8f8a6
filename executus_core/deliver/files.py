"""Files put into a folder: whole or not at all, beside what is there, and through no link."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from errno import ENOTDIR
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from attrs import frozen

from executus_core.deliver.names import numbered, safe_name

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable
    from pathlib import Path

    from executus_core.record.artifact import Artifact

HAS_DESCRIPTORS: Final = {os.open, os.mkdir, os.link, os.rename, os.unlink} <= os.supports_dir_fd
_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | getattr(os, "O_BINARY", 0)


def write_artifacts(folder: Path, artifacts: Iterable[Artifact]) -> list[Path]:
    """Write a run's artifacts into a folder, which is made where it is missing.

    A name is made safe; where it is taken, a number is put behind it. Nothing that is there is written over.

    Args:
        folder: Where to; may be a link itself.
        artifacts: The files.

    Returns:
        Where each of them is, in order.

    Raises:
        OSError: One can't be written; those before it are there.
    """
    with opened_folder(folder) as place:
        return [place.write(safe_name(artifact.name), artifact.data) for artifact in artifacts]


@frozen
class OpenFolder:
    """A folder that stays the one it was, whatever is put in its place meanwhile.

    Attributes:
        path: Where it was.
        descriptor: The folder itself; None where the system has no such thing.
    """

    path: Path
    descriptor: int | None

    def write(self, name: str, data: bytes, avoided: Collection[str] = ()) -> Path:
        """Write a file under the first free name.

        Args:
            name: The name to begin with; a safe one.
            data: Its bytes.
            avoided: Names that are kept free for others.
        """
        draft = f".{uuid4().hex}.part"
        try:
            with os.fdopen(self._open(draft, _NEW), "wb") as file:
                file.write(data)
            for candidate in numbered(name):
                if candidate.lower() not in avoided and self._publish(draft, candidate):
                    return self.path / candidate
        finally:
            with suppress(FileNotFoundError):
                os.unlink(self._at(draft), dir_fd=self.descriptor)
        raise AssertionError  # there is always another number

    def _publish(self, draft: str, name: str) -> bool:
        """Give a finished file its name, if that is free; tells whether it was."""
        fd = self.descriptor
        try:
            os.link(self._at(draft), self._at(name), src_dir_fd=fd, dst_dir_fd=fd, follow_symlinks=False)
        except FileExistsError:
            return False
        except (OSError, NotImplementedError):  # a file system without hard links
            return self._claim(draft, name)
        return True

    def _claim(self, draft: str, name: str) -> bool:
        """Take a name with an empty file of one's own, which the finished one replaces."""
        try:
            os.close(self._open(name, _NEW))
        except FileExistsError:
            return False
        os.replace(self._at(draft), self._at(name), src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
        return True

    def _open(self, name: str, flags: int) -> int:
        return os.open(self._at(name), flags, 0o666, dir_fd=self.descriptor)

    def _at(self, name: str) -> str:
        return name if self.descriptor is not None else str(self.path / name)


@contextmanager
def opened_folder(root: Path, parts: Iterable[str] = ()) -> Generator[OpenFolder]:
    """Open a folder, and folders in it, each made where it is missing; no link is followed below the first.

    Raises:
        OSError: One of them is no folder, is a link, or can't be made.
    """
    root.mkdir(parents=True, exist_ok=True)
    place = OpenFolder(root, os.open(root, _FOLDER) if HAS_DESCRIPTORS else None)
    try:
        for part in parts:
            inner = _enter(place, part)
            _close(place)
            place = inner
        yield place
    finally:
        _close(place)


def _enter(place: OpenFolder, part: str) -> OpenFolder:
    path = place.path / part
    with suppress(FileExistsError):
        os.mkdir(part if place.descriptor is not None else path, dir_fd=place.descriptor)
    if place.descriptor is not None:
        return OpenFolder(path, os.open(part, _FOLDER | _NO_LINK, dir_fd=place.descriptor))
    if not stat.S_ISDIR(path.lstat().st_mode):
        raise OSError(ENOTDIR, os.strerror(ENOTDIR), str(path))
    return OpenFolder(path, None)


def _close(place: OpenFolder) -> None:
    if place.descriptor is not None:
        os.close(place.descriptor)
