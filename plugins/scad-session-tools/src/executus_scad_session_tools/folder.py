"""The folder of one run: what the model wrote, which OpenSCAD may only read, and what OpenSCAD made of it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import Final

from executus_core import ToolError

SOURCE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


class RunFolder:
    """A temporary folder that is removed with its run.

    Attributes:
        root: The folder.
        sources: The part that the run's sources are in.
    """

    def __init__(self) -> None:
        """Make it, readable by its owner only."""
        # without links, because the containment names real paths
        self.root: Path = Path(tempfile.mkdtemp(prefix="executus-scad-")).resolve()
        self.sources: Path = self.root / "sources"
        self.sources.mkdir()
        self._numbers = count(1)

    async def write(self, name: str, data: bytes) -> None:
        """Write a file among the sources; whatever has its name is replaced, and a link is not followed."""
        await asyncio.to_thread(self._write, name, data)

    def _write(self, name: str, data: bytes) -> None:
        new = self.root / "new"
        new.write_bytes(data)
        os.replace(new, self.sources / name)  # noqa: PTH105 - the word that says it

    def new_output(self) -> Path:
        """Make a folder that one start of OpenSCAD may write to."""
        out = self.root / f"out-{next(self._numbers)}"
        out.mkdir()
        return out

    async def drop_output(self, out: Path) -> None:
        """Remove what one start of OpenSCAD wrote."""
        await asyncio.to_thread(shutil.rmtree, out, ignore_errors=True)

    async def remove(self) -> None:
        """Remove all of it."""
        await asyncio.to_thread(shutil.rmtree, self.root, ignore_errors=True)


def source_name(name: str) -> str:
    """Give the file name of a source.

    Raises:
        ToolError: The name could be more than a name.
    """
    stem = name.removesuffix(".scad")
    if not SOURCE_NAME.fullmatch(stem):
        raise ToolError(
            f"'{name:.64}' can't be the name of a source; use 1 to 63 letters, digits, '_' and '-', as in 'bracket'"
        )
    return f"{stem}.scad"


def input_name(name: str) -> str:
    """Make a name that a source can import of whatever a sender called a file; "" when nothing is left of it."""
    return _UNSAFE.sub("_", name.replace("\\", "/").rpartition("/")[2]).lstrip("._-")[-80:]
