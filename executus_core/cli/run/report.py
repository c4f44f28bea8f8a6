"""A run's result as one JSON document."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, cast

from executus_core.tool.content import as_plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from executus_core.llm.attempt import ModelAttempt
    from executus_core.llm.json import JsonObject, JsonValue
    from executus_core.llm.usage import Usage
    from executus_core.record.result import Result
    from executus_core.record.run import Step


def report(result: Result, paths: Sequence[Path] = (), attempts: Sequence[ModelAttempt] = ()) -> JsonObject:
    """Write a result down; docs/reference/commands.md says what each field is.

    Args:
        result: The result.
        paths: Where its artifacts were written, as far as they were.
        attempts: The attempts at its model calls.
    """
    return {
        "run_id": result.run_id,
        "status": str(result.status),
        "output": result.output,
        "value": value_as_json(result),
        "steps": [_step(step) for step in result.steps],
        "attempts": [attempt.as_data() for attempt in attempts],
        "usage": _usage(result.usage),
        "notes": [
            {"port": note.port, "provider": note.provider, "message": note.message} for note in result.notes
        ],
        "error": _error(result.error),
        "artifacts": [
            {
                "name": artifact.name,
                "media_type": artifact.media_type,
                "size_bytes": len(artifact.data),
                "path": str(path) if path else None,
            }
            for artifact, path in zip_longest(result.artifacts, paths[: len(result.artifacts)])
        ],
        "started_at": result.started_at.isoformat(),
        "duration_s": result.duration,
    }


def value_as_json(result: Result) -> JsonValue:
    """Give the value of a typed agent's answer as plain data; None where there is none."""
    value: object = result.value
    if value is None:
        return None
    from pydantic_core import to_jsonable_python  # noqa: PLC0415 - only whoever needs it pays for it

    return cast("JsonValue", to_jsonable_python(value, inf_nan_mode="strings", fallback=as_plain))


def report_failure(error: BaseException) -> JsonObject:
    """Write down why no run began, with the same fields."""
    return {
        "run_id": None,
        "status": "error",
        "output": "",
        "value": None,
        "steps": [],
        "attempts": [],
        "usage": None,
        "notes": [],
        "error": _error(error),
        "artifacts": [],
        "started_at": None,
        "duration_s": 0.0,
    }


def _step(step: Step) -> JsonObject:
    return {
        "index": step.index,
        "tool": step.tool_call.name,
        "arguments": step.tool_call.arguments,
        "result": step.result.text,
        "is_error": step.is_error,
        "duration_s": step.duration,
    }


def _usage(usage: Usage) -> JsonObject:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "thinking_tokens": usage.thinking_tokens,
        "cached_tokens": usage.cached_tokens,
        "cost_usd": usage.cost_usd,
        "requests": usage.requests,
    }


def _error(error: BaseException | None) -> JsonObject | None:
    return None if error is None else {"type": type(error).__name__, "message": str(error)}
