"""Turns what happened in a run into JSON, in the shapes that ``stored.py`` reads back. Runs on the writer's thread.

What is empty, or as expected, is left out: a run that waits for its record waits for these bytes to reach the disk.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from pydantic_core import PydanticSerializationError, to_json

from executus_core.llm import FilePart, TextPart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from executus_core.llm import Message, Part, Response, Usage
    from executus_core.ports import RunInfo, RunStats, RunTally
    from executus_core.record.run import Step

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_MAX_DEPTH: Final = 200

Event: TypeAlias = "tuple[Callable[..., dict[str, object]], float, *tuple[object, ...]]"
"""Something that happened and is not encoded yet: how to do it, when it was, and what it was.

A bare tuple, because thousands of runs have several each, and the garbage collector walks every object that holds another.
"""


def start_event(at: float) -> dict[str, object]:
    """Encode that a run begins, or is taken up again."""
    return {"kind": "start", "at": at}


def end_event(at: float, stats: RunStats) -> dict[str, object]:
    """Encode that a run ended; the rest stands with the run."""
    return {"kind": "end", "at": at, "status": stats.status.value}


def step_event(at: float, index: int, response: Response) -> dict[str, object]:
    """Encode a model response."""
    event: dict[str, object] = {"kind": "step", "at": at, "index": index, "usage": usage_json(response.usage)}
    if response.model:
        event["model"] = response.model
    if response.stop_reason:
        event["stop_reason"] = response.stop_reason
    _add_message(event, response.message, role="assistant", tool_call_id="")
    return event


def tool_event(at: float, step: Step) -> dict[str, object]:
    """Encode a finished tool call; its result stands beside it."""
    call = step.tool_call
    event: dict[str, object] = {
        "kind": "tool",
        "at": at,
        "index": step.index,
        "id": call.id,
        "name": call.name,
        "arguments": call.arguments,
        "duration_s": step.duration,
    }
    _add_message(event, step.result, role="tool", tool_call_id=call.id)
    return event


def logged_event(at: float, name: str, payload: Mapping[str, object]) -> dict[str, object]:
    """Encode an event that is neither of these."""
    return {"kind": "event", "at": at, "type": name, "payload": payload}


def error_event(at: float, message: str) -> dict[str, object]:
    """Encode what failed."""
    return {"kind": "error", "at": at, "message": message}


def _add_message(event: dict[str, object], message: Message, *, role: str, tool_call_id: str) -> None:
    """Add what a message says and what is not expected of it; one text, which is the rule, goes without a list."""
    parts = message.parts
    if len(parts) == 1 and isinstance(part := parts[0], TextPart):
        event["text"] = part.text
    elif parts:
        event["parts"] = [_part_json(part) for part in parts]
    if message.tool_calls:
        event["tool_calls"] = [
            {"id": call.id, "name": call.name, "arguments": call.arguments} for call in message.tool_calls
        ]
    if message.is_error:
        event["is_error"] = True
    if message.role != role:
        event["role"] = message.role
    if message.tool_call_id != tool_call_id:
        event["tool_call_id"] = message.tool_call_id


def _part_json(part: Part) -> dict[str, object]:
    """Encode a part; of a picture or a file only what tells it from others."""
    if isinstance(part, TextPart):
        return {"text": part.text}
    digest = hashlib.sha256(part.data).hexdigest()
    named = {"name": part.name} if isinstance(part, FilePart) else {}
    return {**named, "media_type": part.media_type, "size_bytes": len(part.data), "sha256": digest}


def usage_json(usage: Usage) -> dict[str, object]:
    """Encode what model calls consumed."""
    encoded: dict[str, object] = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": usage.cost_usd,
        "requests": usage.requests,
    }
    if usage.thinking_tokens:
        encoded["thinking_tokens"] = usage.thinking_tokens
    if usage.cached_tokens:
        encoded["cached_tokens"] = usage.cached_tokens
    return encoded


def info_json(info: RunInfo) -> dict[str, object]:
    """Encode what was known of a run when it started and has no column of its own."""
    return {
        "subject_id": info.subject_id,
        "channel_id": info.channel_id,
        "guild_id": info.guild_id,
        "model_tier": info.model_tier,
        "inputs": info.inputs,
        "max_steps": info.max_steps,
        "max_runtime_s": info.max_runtime_s,
        "durable": info.durable,
        "plugins": [
            {"name": plugin.name, "distribution": plugin.distribution, "version": plugin.version}
            for plugin in info.plugins
        ],
    }


def info_text(info: RunInfo) -> str:
    """Encode it, if need be without inputs that can't be encoded: a run with strange inputs takes no other with it."""
    encoded = info_json(info)
    try:
        return json_text(encoded)
    except Exception as error:  # noqa: BLE001 - inputs come from anywhere
        return json_text(encoded | {"inputs": {"not recorded": f"{type(error).__name__}: {error}"}})


def stats_json(stats: RunStats) -> dict[str, object]:
    """Encode how a run ended."""
    return {
        "steps": stats.steps,
        "tool_calls": stats.tool_calls,
        "usage": usage_json(stats.usage),
        "runtime_seconds": stats.runtime_seconds,
        "output": stats.output,
        "error": stats.error,
    }


def tally_json(tally: RunTally) -> dict[str, object]:
    """Encode the counts of a run that goes on."""
    return {"steps": tally.steps, "tool_calls": tally.tool_calls, "usage": usage_json(tally.usage)}


def events_text(events: Sequence[Event]) -> str:
    """Encode a batch; an event that can't be encoded is replaced by an error that says so, and takes no other with it."""
    try:
        return json_text([encode(at, *what) for encode, at, *what in events])
    except Exception:  # noqa: BLE001 - a payload may hold anything; find out which
        return f"[{','.join(map(_event_text, events))}]"


def _event_text(event: Event) -> str:
    encode, at, *what = event
    try:
        return json_text(encode(at, *what))
    except Exception as error:  # noqa: BLE001 - see above
        return json_text(error_event(at, f"an event could not be recorded: {type(error).__name__}: {error}"))


def json_text(value: object) -> str:
    """Encode a value made of what JSON knows; a number that it does not know becomes text ("NaN").

    Raises:
        ValueError: It holds itself, or nests too deep.
    """
    try:
        return _to_json(value)
    except PydanticSerializationError:
        return _to_json(_cleaned(value))


def _to_json(value: object) -> str:
    return to_json(value, inf_nan_mode="strings", bytes_mode="base64").decode()


def _cleaned(value: object, depth: int = 0) -> object:
    """Replace what can't be encoded: half a surrogate pair, which models do send, is no UTF-8 and is written out."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"it nests deeper than {_MAX_DEPTH}, or holds itself")
    if isinstance(value, str):
        return _SURROGATES.sub(lambda half: f"\\u{ord(half[0]):04x}", value)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        return {str(_cleaned(str(key))): _cleaned(inner, depth + 1) for key, inner in pairs.items()}
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        return [_cleaned(inner, depth + 1) for inner in items]
    return value if value is None or isinstance(value, int | float | bytes | datetime) else str(value)
