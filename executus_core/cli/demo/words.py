"""Putting what tools said into words."""

from __future__ import annotations

import re
import sys
import textwrap
from typing import TYPE_CHECKING, Any  # noqa: TID251 - JSON of tools that say what is in it

from executus_core.cli.screen.words import WIDTH, terminal_width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DOCSTRING = re.compile(r'\A(?:#[^\n]*\n|\s)*[rR]?(?:"""|\'\'\')\s*(.+?)(?:"""|\'\'\'|\Z)', re.DOTALL)
_COMMENT = re.compile(r"\A(?:#!.*\n|\s)*((?:(?:#|//|;|--)[^\n]*\n?)+)")
_HEADING = re.compile(r"^#+\s+(.+)$", re.MULTILINE)
_NOT_PROSE = re.compile(r"^\s*([#<\[!|>`*=~-]|\d+\.|:::|---)")


def _width() -> int:
    """Give the columns of the terminal that the answer goes to: its lines are made here, and nobody breaks them anew."""
    return terminal_width() if sys.stdout.isatty() else WIDTH


def amount(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(size_bytes: int) -> str:
    """Write a number of bytes for people."""
    if size_bytes < 1000:
        return amount(size_bytes, "byte")
    return f"{size_bytes / 1000:,.1f} kB" if size_bytes < 1_000_000 else f"{size_bytes / 1_000_000:,.1f} MB"


def prose(text: str) -> str:
    """Break a sentence into lines for a terminal."""
    return textwrap.fill(
        text, _width(), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def table(rows: Sequence[Sequence[object]]) -> str:
    """Set rows in columns, numbers to the right, with an indent; a row that is too long for a line is cut."""
    if not rows:
        return ""
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    width = _width()
    lines: list[str] = []
    for row, shown in zip(rows, cells, strict=True):
        padded = [
            text.rjust(width) if isinstance(cell, int) else text.ljust(width)
            for cell, text, width in zip(row, shown, widths, strict=True)
        ]
        line = f"  {'  '.join(padded)}".rstrip()
        lines.append(line if len(line) <= width else f"{line[: width - 2].rstrip()} …")
    return "\n".join(lines)


def says_of_itself(path: str, text: str) -> str:
    """Find the sentence in which a file says what it is, or give ""."""
    if path.endswith((".md", ".rst", ".txt")):
        return sentence(paragraph(text))
    if path.endswith(".py"):
        found = _DOCSTRING.match(text)
        return sentence(found[1]) if found else ""
    found = _COMMENT.match(text)
    return sentence(re.sub(r"(?m)^\s*(#|//|;|--)+\s?", "", found[1])) if found else ""


def title(text: str) -> str:
    """Find the first heading of a Markdown text, or give ""."""
    found = _HEADING.search(text)
    return found[1].strip() if found else ""


def paragraph(text: str) -> str:
    """Find the first paragraph of prose in a Markdown text, or give ""."""
    for block in re.split(r"\n\s*\n", text):
        if block.strip() and not _NOT_PROSE.match(block):
            return " ".join(block.split())
    return ""


def sentence(text: str, limit: int = 160) -> str:
    """Take the first sentence of a text, cut where it is too long."""
    first = re.split(r"(?<=[.!?])\s|\n\s*\n", " ".join(text.strip().split("\n\n", 1)[0].split()), maxsplit=1)[
        0
    ]
    return first if len(first) <= limit else first[: limit - 1].rsplit(" ", 1)[0] + " …"


def setting(text: str, key: str) -> str:
    """Find a text value in a TOML or JSON document by its key, or give ""."""
    found = re.search(rf'^\s*"?{re.escape(key)}"?\s*[=:]\s*"([^"\n]*)"', text, re.MULTILINE)
    return found[1] if found else ""


def scripts_of(text: str) -> list[str]:
    """List the commands that a ``pyproject.toml`` installs."""
    found = re.search(r"^\[project\.scripts\]\n((?:[^\[\n].*\n|\n)*)", f"{text}\n", re.MULTILINE)
    return re.findall(r'^"?([\w.-]+)"?\s*=', found[1], re.MULTILINE) if found else []


def left_out(counted: Mapping[str, Any], what: str) -> str:
    """Say what was not looked at."""
    if counted.get("is_complete", True):
        return f"Not counted: {what}."
    return f"This folder has so many files that I looked at the first of them only; and not at {what}."
