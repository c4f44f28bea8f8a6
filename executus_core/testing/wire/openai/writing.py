"""How OpenAI writes an answer down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from executus_core.testing.wire.dialect import pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from executus_core.llm.json import JsonObject, JsonValue
    from executus_core.llm.message import ToolCall
    from executus_core.llm.usage import Usage
    from executus_core.testing.wire.dialect import Answer

__all__ = ["DONE", "chunk_head", "chunks", "completion", "event"]

DONE = b"data: [DONE]\n\n"
_CREATED = 1_700_000_000


def completion(answer: Answer) -> JsonObject:
    """Write a whole answer."""
    message: dict[str, JsonValue] = {"role": "assistant", "content": answer.text or None, "refusal": None}
    if answer.thinking:
        message["reasoning_content"] = answer.thinking
    if answer.calls:
        message["tool_calls"] = [_call(call, call.arguments) for call in answer.calls]
    else:
        message["content"] = answer.text
    choice: JsonObject = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": answer.stop_reason,
    }
    return {**_head(answer, "chat.completion"), "choices": [choice], "usage": _usage(answer.usage)}


def chunks(answer: Answer) -> list[bytes]:
    """Write an answer piece by piece."""
    head = chunk_head(answer)
    written = [_chunk(head, delta) for delta in _deltas(answer)]
    role = _chunk(head, {"role": "assistant", "content": None if answer.calls else "", "refusal": None})
    end = _chunk(head, {}, answer.stop_reason)
    if answer.counts:
        end += event({**head, "choices": [], "usage": _usage(answer.usage)})
    first, *others = [*written, end + DONE]
    return [role + first, *others]


def chunk_head(answer: Answer) -> JsonObject:
    """Write what all chunks of an answer begin with."""
    head = _head(answer, "chat.completion.chunk")
    return {**head, "usage": None} if answer.counts else head


def event(data: JsonObject) -> bytes:
    """Write a server-sent event."""
    return f"data: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def _head(answer: Answer, kind: str) -> JsonObject:
    return {
        "id": f"chatcmpl-{answer.number:029d}",
        "object": kind,
        "created": _CREATED,
        "model": answer.model,
        "service_tier": "default",
        "system_fingerprint": "fp_executus",
    }


def _chunk(head: JsonObject, delta: JsonObject, finish_reason: str | None = None) -> bytes:
    choice: JsonObject = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return event({**head, "choices": [choice]})


def _deltas(answer: Answer) -> Iterator[JsonObject]:
    for piece in pieces(answer.thinking):
        yield {"reasoning_content": piece}
    for piece in pieces(answer.text):
        yield {"content": piece}
    for index, call in enumerate(answer.calls):
        yield {"tool_calls": [{"index": index, **_call(call, "")}]}
        for piece in pieces(call.arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _call(call: ToolCall, arguments: str) -> JsonObject:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _usage(usage: Usage) -> JsonObject:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.thinking_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
