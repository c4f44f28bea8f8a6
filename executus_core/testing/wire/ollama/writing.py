"""How Ollama writes an answer down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from executus_core.testing.wire.dialect import as_object, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from executus_core.llm.json import JsonObject, JsonValue
    from executus_core.llm.message import ToolCall
    from executus_core.testing.wire.dialect import Answer

__all__ = ["answer_whole", "end_without_message", "line", "lines"]

_STOPS = {"tool_calls": "stop", "content_filter": "stop"}


def answer_whole(answer: Answer) -> JsonObject:
    """Write a whole answer."""
    message: dict[str, JsonValue] = {"role": "assistant", "content": answer.text}
    if answer.thinking:
        message["thinking"] = answer.thinking
    if answer.calls:
        message["tool_calls"] = [_call(call) for call in answer.calls]
    return {**_head(answer), "message": message, **_end(answer)}


def lines(answer: Answer) -> list[bytes]:
    """Write an answer piece by piece."""
    end: JsonObject = {**_head(answer), "message": {"role": "assistant", "content": ""}, **_end(answer)}
    written = [{**_head(answer), "message": message, "done": False} for message in _messages(answer)]
    return [line(part) for part in (*written, end)]


def line(data: JsonObject) -> bytes:
    """Write a line of JSON."""
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"


def end_without_message(answer: Answer) -> JsonObject:
    """Write how an answer ends, and nothing of what it says."""
    return {**_head(answer), **_end(answer)}


def _messages(answer: Answer) -> Iterator[JsonObject]:
    for piece in pieces(answer.thinking):
        yield {"role": "assistant", "content": "", "thinking": piece}
    for piece in pieces(answer.text):
        yield {"role": "assistant", "content": piece}
    for call in answer.calls:
        yield {"role": "assistant", "content": "", "tool_calls": [_call(call)]}


def _call(call: ToolCall) -> JsonObject:
    return {"function": {"name": call.name, "arguments": as_object(call.arguments)}}


def _head(answer: Answer) -> JsonObject:
    return {"model": answer.model, "created_at": "2025-10-01T12:00:00.000000Z"}


def _end(answer: Answer) -> JsonObject:
    return {
        "done_reason": _STOPS.get(answer.stop_reason, answer.stop_reason),
        "done": True,
        "total_duration": 5_000_000,
        "load_duration": 1_000_000,
        "prompt_eval_count": answer.usage.input_tokens,
        "prompt_eval_duration": 1_000_000,
        "eval_count": answer.usage.output_tokens,
        "eval_duration": 3_000_000,
    }
