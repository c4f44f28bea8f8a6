"""Exact replacements in a text: each finds its one place, or says what stands there instead."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Final, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from executus_core import ToolError

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_COMPARED: Final = 5000
_SHOWN_CHARS: Final = 120
_SHOWN_PLACES: Final = 5


class Edit(TypedDict):
    """One replacement."""

    old: Annotated[
        str, Field(min_length=1, description="The text to replace, exactly as it stands in the file.")
    ]
    new: Annotated[str, Field(description="What to put in its place; empty to delete it.")]
    everywhere: NotRequired[
        Annotated[bool, Field(description="Replace it wherever it stands; else it must stand in one place.")]
    ]


def apply_edits(text: str, edits: Sequence[Edit]) -> tuple[str, int]:
    """Make all of the edits, one after the other, or none.

    Line ends of the edits become those of the text, where it has only one kind of them.

    Returns:
        The new text, and how many places were replaced.

    Raises:
        ToolError: Saying which edit has no place or too many, and where to look.
    """
    has_carriage = "\r\n" in text and text.count("\n") == text.count("\r\n")
    edited = text.replace("\r\n", "\n") if has_carriage else text
    replaced = 0
    for number, edit in enumerate(edits, 1):
        old, new = (_plain(edit["old"]), _plain(edit["new"])) if has_carriage else (edit["old"], edit["new"])
        where = f"edit {number} of {len(edits)}: " if len(edits) > 1 else ""
        count = _count_places(edited, old, where, is_everywhere=edit.get("everywhere", False))
        edited = edited.replace(old, new)
        replaced += count
    edited = edited.replace("\n", "\r\n") if has_carriage else edited
    if edited == text:
        raise ToolError("the new text is the one that stands there already; nothing was changed")
    return edited, replaced


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _count_places(text: str, old: str, where: str, *, is_everywhere: bool) -> int:
    count = text.count(old)
    if count == 0:
        raise ToolError(
            f"{where}the old text does not stand in the file{_find_near(text, old)}; nothing was changed"
        )
    if count > 1 and not is_everywhere:
        raise ToolError(
            f"{where}the old text stands in {count} places, {_list_lines(text, old, count)}; take more of the text "
            "around the one that is meant, or set everywhere; nothing was changed"
        )
    return count


def _list_lines(text: str, old: str, count: int) -> str:
    lines: list[str] = []
    at = -1
    for _ in range(min(count, _SHOWN_PLACES)):
        at = text.index(old, at + 1)
        lines.append(str(text.count("\n", 0, at) + 1))
    several = dict.fromkeys(lines)
    others = " and others" if count > _SHOWN_PLACES else ""
    return f"on the line{'s' if len(several) > 1 else ''} {', '.join(several)}{others}"


def _find_near(text: str, old: str) -> str:
    """Say where something like it stands: its first line that is not blank, with other spaces or a few other letters."""
    wanted = next((line for line in old.split("\n") if line.strip()), "").strip()[:_SHOWN_CHARS]
    lines = text.split("\n")[:MAX_COMPARED]
    plain = [line.strip()[:_SHOWN_CHARS] for line in lines]
    near = get_close_matches(wanted, plain, n=1, cutoff=0.6) if wanted else []
    if not near:
        return "; read it again"
    at = plain.index(near[0])
    same = "begins alike" if near[0] == wanted else "is the nearest"
    return f"; line {at + 1} {same}: {lines[at].strip(chr(13))[:_SHOWN_CHARS]!r}"
