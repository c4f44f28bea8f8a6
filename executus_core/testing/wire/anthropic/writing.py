"""How Anthropic writes an answer down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from executus_core.testing.wire.dialect import as_object, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from executus_core.llm.json import JsonObject
    from executus_core.llm.message import ToolCall
    from executus_core.llm.usage import Usage
    from executus_core.testing.wire.dialect import Answer

__all__ = ["event", "events", "message", "start"]

_STOPS = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens", "content_filter": "refusal"}
_SIGNATURE = "RXhlY3V0dXM="


def message(answer: Answer) -> JsonObject:
    """Write a whole answer."""
    content: list[JsonObject] = []
    if answer.thinking:
        content.append({"type": "thinking", "thinking": answer.thinking, "signature": _SIGNATURE})
    if answer.text:
        content.append({"type": "text", "text": answer.text})
    content += [_call(call, as_object(call.arguments)) for call in answer.calls]
    return {**_head(answer), "content": content, "stop_reason": _stop(answer), "usage": _usage(answer.usage)}


def events(answer: Answer) -> list[bytes]:
    """Write an answer piece by piece."""
    chunks: list[bytes] = []
    before = start(answer)
    for index, (block, deltas) in enumerate(_blocks(answer)):
        before += event({"type": "content_block_start", "index": index, "content_block": block})
        for delta in deltas:
            chunks.append(before + event({"type": "content_block_delta", "index": index, "delta": delta}))
            before = b""
        before += event({"type": "content_block_stop", "index": index})
    last: JsonObject = {"stop_reason": _stop(answer), "stop_sequence": None}
    end = event({"type": "message_delta", "delta": last, "usage": _usage(answer.usage)})
    return [*chunks, before + end + event({"type": "message_stop"})]


def start(answer: Answer) -> bytes:
    """Write what an answer begins with."""
    usage: JsonObject = {**_usage(answer.usage), "output_tokens": 1}
    opening: JsonObject = {**_head(answer), "content": [], "stop_reason": None, "usage": usage}
    return event({"type": "message_start", "message": opening}) + event({"type": "ping"})


def event(data: JsonObject) -> bytes:
    """Write a server-sent event under its name."""
    return f"event: {data['type']}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def _head(answer: Answer) -> JsonObject:
    return {
        "id": f"msg_{answer.number:024d}",
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "stop_sequence": None,
    }


def _blocks(answer: Answer) -> Iterator[tuple[JsonObject, list[JsonObject]]]:
    """Give each block as it begins, with its deltas."""
    if answer.thinking:
        thoughts: list[JsonObject] = [
            {"type": "thinking_delta", "thinking": piece} for piece in pieces(answer.thinking)
        ]
        signature: JsonObject = {"type": "signature_delta", "signature": _SIGNATURE}
        yield {"type": "thinking", "thinking": "", "signature": ""}, [*thoughts, signature]
    if answer.text:
        yield (
            {"type": "text", "text": ""},
            [{"type": "text_delta", "text": piece} for piece in pieces(answer.text)],
        )
    for call in answer.calls:
        written = ["", *pieces(call.arguments)]
        yield (
            _call(call, {}),
            [{"type": "input_json_delta", "partial_json": piece} for piece in written],
        )


def _call(call: ToolCall, arguments: JsonObject) -> JsonObject:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": arguments}


def _stop(answer: Answer) -> str:
    return _STOPS.get(answer.stop_reason, answer.stop_reason)


def _usage(usage: Usage) -> JsonObject:
    return {
        "input_tokens": usage.input_tokens - usage.cached_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"thinking_tokens": usage.thinking_tokens},
        "service_tier": "standard",
    }
