"""How long messages are, before a provider has counted them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from executus_core.llm.message import TextPart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.llm.message import Message

BYTES_PER_TOKEN: Final = 4
MESSAGE_TOKENS: Final = 4
"""What a message takes beside its content."""
PART_TOKENS: Final = 1_500
"""What a picture or a file takes: providers count its pixels or its pages, not its bytes."""


def estimate_tokens(messages: Iterable[Message]) -> int:
    """Estimate the size of messages; looks once at each part, and copies no text that is plain ASCII."""
    total_bytes = total_tokens = 0
    for message in messages:
        total_tokens += MESSAGE_TOKENS
        for part in message.parts:
            if isinstance(part, TextPart):
                total_bytes += count_bytes(part.text)
            else:
                total_tokens += PART_TOKENS
        for call in message.tool_calls:
            total_tokens += MESSAGE_TOKENS
            total_bytes += count_bytes(call.name) + count_bytes(call.arguments)
    return total_tokens + total_bytes // BYTES_PER_TOKEN


def count_bytes(text: object) -> int:
    """Count the bytes of a text; 0 for what is none."""
    if not isinstance(text, str):  # a model may write anything there
        return 0
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
