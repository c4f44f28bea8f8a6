"""What the screens of all commands have in common: tables, and plain text in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO, Final, cast

from rich.console import Console
from rich.table import Table

FAINT: Final = "bright_black"
"""The style of what is beside the point."""
_PIPE_WIDTH: Final = 240
"""Columns where there is no terminal: wide enough that a line stays one line for whoever searches it."""


def build_console(console: Console | None = None) -> Console:
    """Build what prints tables: as wide as the terminal, and wide where there is none.

    Args:
        console: Take this one, and only see to its width.
    """
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
        console.file = cast("IO[str]", _Trimmed(console.file))
    return console


class _Trimmed:
    """A stream whose lines end where their text does: tables fill each cell up with blanks."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(re.sub(r" +(?=\n)", "", text))
        return len(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def build_table(*columns: str, narrow: tuple[str, ...] = ()) -> Table:
    """Build a table without lines.

    Args:
        columns: Their headings.
        narrow: Those of them that are never wrapped.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, expand=False, header_style=FAINT)
    for column in columns:
        table.add_column(column, no_wrap=column in narrow)
    return table


def plain(text: str) -> str:
    """Show foreign text without what would move the cursor or change colours."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def near(file: str) -> str:
    """Name a file as seen from the working folder when it lies below it, as an author's own does."""
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here)) if here in path.parents else file
