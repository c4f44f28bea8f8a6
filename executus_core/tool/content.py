"""From what a tool returned to what a model reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs

from executus_core.llm.message import FilePart, ImagePart, Part, TextPart
from executus_core.record.artifact import Artifact

if TYPE_CHECKING:
    from collections.abc import Sequence

EMPTY = "(no result)"


def to_parts(value: object) -> tuple[Part, ...]:
    """Show a tool's return value to a model: text as it is, pictures and files as such, anything else as JSON.

    An artifact is named, since its bytes go to the run; a list that holds a part or a file is shown item by item.

    Raises:
        ValueError: For a value that has no JSON form.
    """
    if isinstance(value, str):
        return (TextPart(value),)
    if value is None:
        return (TextPart(EMPTY),)
    if isinstance(value, (TextPart, ImagePart, FilePart)):
        return (value,)
    if isinstance(value, Artifact):
        return (TextPart(f"[attached {value.name}: {value.media_type}, {len(value.data)} bytes]"),)
    if isinstance(value, (list, tuple)):
        items = cast("Sequence[object]", value)
        if any(isinstance(item, (TextPart, ImagePart, FilePart, Artifact)) for item in items):
            return tuple(part for item in items for part in to_parts(item))
    from pydantic_core import to_json  # noqa: PLC0415 - only whoever needs it pays for it

    return (TextPart(to_json(value, inf_nan_mode="strings", fallback=as_plain).decode("utf-8")),)


def find_artifacts(value: object) -> tuple[Artifact, ...]:
    """Find the files in a tool's return value: itself, or items of a list."""
    if isinstance(value, Artifact):
        return (value,)
    if isinstance(value, (list, tuple)):
        items = cast("Sequence[object]", value)
        return tuple(artifact for item in items for artifact in find_artifacts(item))
    return ()


def as_plain(value: object) -> dict[str, object]:
    """Give an attrs object as data; pydantic knows the other kinds by itself."""
    kind = type(value)
    if not attrs.has(kind):
        message = f"{kind} has no JSON form"
        raise ValueError(message)
    return {one.alias or one.name: getattr(value, one.name) for one in attrs.fields(kind)}


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
