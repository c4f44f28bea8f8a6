"""``read_result``: how a model reads on in a result that was too long to be shown whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from attrs import evolve
from pydantic import Field

from executus_core.errors import ToolError
from executus_core.tool.function import tool

if TYPE_CHECKING:
    from executus_core.record.tool import Tool
    from executus_core.tool.kept import KeptResult, KeptResults

NAME: Final = "read_result"
ORIGIN: Final = "executus"
PAGE_CHARS: Final = 10_000
MAX_PLACES: Final = 20
AROUND_CHARS: Final = 80
TIMEOUT_S: Final = 20.0


def build_read_result(kept: KeptResults, limit_chars: int) -> Tool:
    """Make the tool over the results of one run.

    Args:
        kept: The results.
        limit_chars: At most so many characters of a result in one answer.
    """

    @tool(name=NAME, visibility="public", effect="pure", timeout_s=TIMEOUT_S)
    def read_result(
        name: str,
        offset: Annotated[int, Field(ge=0)] = 0,
        max_chars: Annotated[int, Field(ge=1)] = PAGE_CHARS,
        find: Annotated[str, Field(max_length=1000)] = "",
    ) -> str:
        """Read on in a tool result of this run that was too long to be shown whole, or find a text in it.

        Args:
            name: The result, as the note in its middle names it.
            offset: The character to begin at, counted from 0.
            max_chars: At most so many characters.
            find: A text to find instead of reading, upper and lower case told apart: gives the offsets of the places.
        """
        result = kept.get(name)
        if offset >= result.chars:
            raise ToolError(f"'{name}' is {result.chars} characters long; give an offset below that")
        chars = min(max_chars, limit_chars)
        if find:
            places, total = kept.find(result, find, offset, MAX_PLACES)
            if not places:
                return f"[{name}: not found from offset {offset} to the end at {result.chars}]"
            lines = _show_places(kept, result, places, len(find), chars)
            more = f"; find on with offset={places[len(lines) - 1] + len(find)}" if len(lines) < total else ""
            return "\n".join(
                [f"[{name}: {len(lines)} of {total} places from offset {offset} on{more}]", *lines]
            )
        text = kept.read(result, offset, chars)
        end = offset + len(text)
        rest = "this is its end" if end >= result.chars else f"read on with offset={end}"
        return f"[{name}, characters {offset} to {end} of {result.chars}; {rest}]\n{text}"

    return evolve(read_result, origin=ORIGIN)


def _show_places(kept: KeptResults, result: KeptResult, places: list[int], size: int, room: int) -> list[str]:
    """Show places with what stands around them: the first, and as many others as there is room for."""
    lines: list[str] = []
    for place in places:
        start = max(0, place - AROUND_CHARS)
        around = kept.read(result, start, place - start + size + AROUND_CHARS)
        line = f"offset {place}: {' '.join(around.split())}"
        if lines and len(line) > room:
            break
        lines.append(line[:room])
        room -= len(line)
    return lines
