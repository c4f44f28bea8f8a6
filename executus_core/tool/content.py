"""From what a tool returned to what a model reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from executus_core.llm.message import ImagePart, Part, TextPart

if TYPE_CHECKING:
    from collections.abc import Sequence

EMPTY = "(no result)"


def to_parts(value: object) -> tuple[Part, ...]:
    """Show a tool's return value to a model: text as it is, pictures as pictures, anything else as JSON.

    Raises:
        ValueError: For a value that has no JSON form.
    """
    if isinstance(value, str):
        return (TextPart(value),)
    if value is None:
        return (TextPart(EMPTY),)
    if isinstance(value, (TextPart, ImagePart)):
        return (value,)
    if isinstance(value, (list, tuple)) and value:
        items = cast("Sequence[object]", value)
        if any(isinstance(item, ImagePart) for item in items):
            return tuple(part for item in items for part in to_parts(item))
    from pydantic_core import to_json  # noqa: PLC0415 - only whoever needs it pays for it

    return (TextPart(to_json(value).decode("utf-8")),)


def cut_text(text: str, max_chars: int, how_to_go_on: str = "") -> str:
    """Cut a text longer than ``max_chars`` in its middle, saying how much went, and what to do about it."""
    gone = len(text) - max_chars
    if gone <= 0:
        return text
    head = max_chars // 2
    tail = max_chars - head
    note = f"\n[... {gone} of {len(text)} characters left out{how_to_go_on} ...]\n"
    return text[:head] + note + (text[-tail:] if tail else "")


def shown(text: object, max_chars: int = 80) -> str:
    """Show what a model wrote within a message: cut short, and without what no provider would take back."""
    return str(text)[:max_chars].encode("utf-8", "replace").decode()
