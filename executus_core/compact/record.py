"""A stretch of a transcript as a text that a model can summarise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from executus_core.compact.size import BYTES_PER_TOKEN, count_bytes
from executus_core.llm.message import TextPart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.message import Message

OPENING: Final = "<record>"
CLOSING: Final = "</record>"
CAPS_CHARS: Final = (20_000, 4_000, 1_000, 250)
"""How much of one text is shown, from the most to the least."""


def write_record(messages: Sequence[Message], room_tokens: int) -> str:
    """Write messages down, each text as long as all of them fit; the oldest are left out when none is short enough.

    Args:
        messages: The stretch.
        room_tokens: How long the text may be; 0 when nobody knows.
    """
    room_bytes = room_tokens * BYTES_PER_TOKEN or float("inf")
    lines: list[str] = []
    for cap in CAPS_CHARS:
        lines = [line for message in messages for line in _lines_of(message, cap)]
        if sum(map(count_bytes, lines)) <= room_bytes:
            break
    first = len(lines)
    while first and (room_bytes := room_bytes - count_bytes(lines[first - 1])) >= 0:
        first -= 1
    # what it says of itself can't end it
    body = "\n".join(lines[first:]).replace(CLOSING, "< /record>")
    return "\n".join((OPENING, *(("[...]",) if first else ()), body, CLOSING))


def _lines_of(message: Message, cap: int) -> list[str]:
    said = message.text.strip()
    lines = [f"{message.role}: {_cut(said, cap)}"] if said else []
    beside = sum(not isinstance(part, TextPart) for part in message.parts)
    if beside:
        lines.append(f"{message.role}: [{beside} pictures or files]")
    lines += [f"{message.role} calls {call.name}: {_cut(call.arguments, cap)}" for call in message.tool_calls]
    return lines


def _cut(text: str, cap: int) -> str:
    return text if len(text) <= cap else f"{text[: cap // 2]} [...] {text[-cap // 2 :]}"
