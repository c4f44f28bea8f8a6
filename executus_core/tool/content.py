"""From what a tool returned to what a model reads."""

from __future__ import annotations

from executus_core.llm.message import ImagePart, Part, TextPart

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
    if isinstance(value, (list, tuple)) and value and any(isinstance(item, ImagePart) for item in value):
        return tuple(part for item in value for part in to_parts(item))
    from pydantic_core import to_json  # noqa: PLC0415 - tools that return text don't need it

    return (TextPart(to_json(value).decode("utf-8")),)


def cut_middle(parts: tuple[Part, ...], max_chars: int) -> tuple[Part, ...]:
    """Cut texts longer than ``max_chars`` in their middle, saying how much went."""
    if all(not isinstance(part, TextPart) or len(part.text) <= max_chars for part in parts):
        return parts
    return tuple(TextPart(_cut(part.text, max_chars)) if isinstance(part, TextPart) else part for part in parts)


def _cut(text: str, max_chars: int) -> str:
    gone = len(text) - max_chars
    if gone <= 0:
        return text
    head = max_chars // 2
    tail = max_chars - head
    note = f"\n[... {gone} of {len(text)} characters left out ...]\n"
    return text[:head] + note + (text[-tail:] if tail else "")
