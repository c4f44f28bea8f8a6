"""How Ollama reads a request: what it refuses, and what the rest means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.llm.exchange import ToolSpec
from executus_core.llm.message import Message, TextPart, ToolCall
from executus_core.testing.wire.dialect import RefusedError, as_image, as_raw
from executus_core.testing.wire.ollama.shape import ChatRequest
from executus_core.testing.wire.parsing import Problem, parse
from executus_core.testing.wire.request import Reading
from executus_core.testing.wire.schemas import check_ollama_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from executus_core.llm.json import JsonObject, JsonValue
    from executus_core.llm.message import Part
    from executus_core.testing.wire.ollama.shape import Written

__all__ = ["read"]

_OPTIONS = {
    "temperature": "temperature",
    "num_predict": "max_tokens",
    "top_p": "top_p",
    "seed": "seed",
    "stop": "stop",
}


def read(body: JsonObject) -> Reading:
    """Read a request.

    Raises:
        RefusedError: Ollama would not accept it.
    """
    if not body.get("model"):
        raise RefusedError(400, "model is required")
    asked = parse(ChatRequest, body, _word)
    _check_results(asked.messages)
    for tool in asked.tools or ():
        check_ollama_schema(tool.function.parameters)
    given: JsonObject = asked.options or {}
    options: dict[str, JsonValue] = {
        common: given[name] for name, common in _OPTIONS.items() if given.get(name) is not None
    }
    return Reading(
        asked.model,
        tuple(_message(message) for message in asked.messages),
        tuple(
            ToolSpec(tool.function.name, tool.function.description, tool.function.parameters)
            for tool in asked.tools or ()
        ),
        asked.format if isinstance(asked.format, dict) else None,
        options,
        asked.stream is not False,
    )


def _word(problem: Problem) -> RefusedError:
    place = ".".join(str(step) for step in problem.path if not isinstance(step, int))
    if problem.is_missing:
        return RefusedError(400, f"{place} is required")
    return RefusedError(
        400, f"json: cannot unmarshal into Go struct field ChatRequest.{place}: {problem.says}"
    )


def _check_results(messages: Sequence[Written]) -> None:
    """Check that no result comes without a call; Ollama's templates have no place for one."""
    calls = 0
    for index, message in enumerate(messages):
        if message.role != "tool":
            calls = len(message.tool_calls or ())
            continue
        calls -= 1
        if calls < 0:
            raise RefusedError(400, f"messages[{index}]: a tool message must follow the call that it answers")


def _message(message: Written) -> Message:
    calls = tuple(
        ToolCall("", call.function.name, as_raw(call.function.arguments)) for call in message.tool_calls or ()
    )
    return Message(message.role, tuple(_parts(message)), calls, message.tool_call_id or "")


def _parts(message: Written) -> Iterator[Part]:
    if message.content:
        yield TextPart(message.content)
    for encoded in message.images or ():
        try:
            yield as_image(encoded)
        except ValueError:
            raise RefusedError(400, "illegal base64 data at input byte 0") from None
