"""The walk through the folders of a workspace."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen

from executus_core.workspace.names import MAX_DEPTH, is_cache, is_closed, is_hidden, is_name

if TYPE_CHECKING:
    import os

    from executus_core.workspace.folder import Folder
    from executus_core.workspace.glob import Glob

MAX_FILES: Final = 20_000
_ENVIRONMENT: Final = "pyvenv.cfg"


@frozen
class Entry:
    """A file of a workspace.

    Attributes:
        path: Relative to the workspace, with forward slashes.
        size_bytes: Its size when it was listed.
    """

    path: str
    size_bytes: int


@frozen
class Listing:
    """The files that were found.

    Attributes:
        entries: The files: those of a folder before those of the folders in it, each in order of name.
        is_complete: Whether all of the folder was looked at.
    """

    entries: list[Entry]
    is_complete: bool


@define
class Walk:
    """Goes through a folder and all that are in it, each opened from the one that holds it.

    Attributes:
        glob: What is looked for.
        entries: What was found so far.
        is_complete: Whether nothing was left out for being too much, too deep or not readable.
    """

    glob: Glob
    entries: list[Entry] = field(factory=list[Entry])
    is_complete: bool = True
    _seen: int = 0

    def look_into(self, folder: Folder, prefix: str = "", depth: int = 1) -> None:
        """Look into a folder.

        Args:
            folder: Open.
            prefix: Its path, with a slash at its end; "" for the first one.
            depth: How many names a path in it has.
        """
        names = list(islice(folder.scan(), MAX_FILES - self._seen + 1))
        self._seen += len(names)
        if self._seen > MAX_FILES:
            self.is_complete = False
            return
        found = sorted((one for one in names if self._is_shown(one.name)), key=lambda one: one.name)
        if prefix and any(one.name == _ENVIRONMENT for one in found):
            return
        self.entries += [entry for one in found if (entry := self._entry(one, prefix)) is not None]
        for one in found:
            if _is_folder(one) and not is_cache(one.name):
                self._go_down(folder, one.name, prefix, depth)

    def _go_down(self, folder: Folder, name: str, prefix: str, depth: int) -> None:
        if depth >= MAX_DEPTH:
            self.is_complete = False
            return
        try:
            inner = folder.inner(name)
        except OSError:  # it has gone, or nobody may look
            self.is_complete = False
            return
        try:
            self.look_into(inner, f"{prefix}{name}/", depth + 1)
        finally:
            inner.close()

    def _is_shown(self, name: str) -> bool:
        if not is_name(name) or is_closed(name):
            return False
        return self.glob.shows_hidden or not is_hidden(name)

    def _entry(self, one: os.DirEntry[str], prefix: str) -> Entry | None:
        path = prefix + one.name
        try:
            if not one.is_file(follow_symlinks=False) or not self.glob.matches(path):
                return None
            return Entry(path, one.stat(follow_symlinks=False).st_size)
        except OSError:  # it has gone
            return None


def _is_folder(one: os.DirEntry[str]) -> bool:
    try:
        return one.is_dir(follow_symlinks=False)
    except OSError:
        return False
