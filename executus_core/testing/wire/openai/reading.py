"""How OpenAI reads a request: what it refuses, and what the rest means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from executus_core.llm.exchange import ToolSpec
from executus_core.llm.message import Message, TextPart, ToolCall
from executus_core.testing.wire.dialect import RefusedError, as_image
from executus_core.testing.wire.request import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.json import JsonObject
    from executus_core.llm.message import ImagePart, Part

__all__ = ["read"]

_OPTIONS = ("temperature", "top_p", "seed", "stop", "max_tokens")
_PAIRING = "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
_UNANSWERED = (
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
    "The following tool_call_ids did not have response messages: "
)


_BRANCHES = ("system", "developer", "user", "assistant", "tool", "text", "image_url")


class _Read(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Text(_Read):
    type: Literal["text"]
    text: str


class _Url(_Read):
    url: str


class _Image(_Read):
    type: Literal["image_url"]
    image_url: _Url


class _Function(_Read):
    name: str = Field(min_length=1)
    arguments: str


class _Call(_Read):
    id: str = Field(min_length=1)
    type: Literal["function"]
    function: _Function


class _System(_Read):
    role: Literal["system", "developer"]
    content: str | list[_Text]


class _User(_Read):
    role: Literal["user"]
    content: str | list[Annotated[_Text | _Image, Field(discriminator="type")]]


class _Assistant(_Read):
    role: Literal["assistant"]
    content: str | list[_Text] | None = None
    tool_calls: list[_Call] = Field(default=[], min_length=1)


class _Tool(_Read):
    role: Literal["tool"]
    content: str | list[_Text]
    tool_call_id: str


class _Offer(_Read):
    name: str = Field(pattern="^[a-zA-Z0-9_-]{1,64}$")
    description: str = ""
    parameters: dict[str, JsonValue] = {}


class _OfferedTool(_Read):
    type: Literal["function"]
    function: _Offer


class _Schema(_Read):
    name: str = Field(pattern="^[a-zA-Z0-9_-]{1,64}$")
    schema_: dict[str, JsonValue] = Field(alias="schema")


class _Format(_Read):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: _Schema | None = None


class _StreamOptions(_Read):
    include_usage: bool = False


class _Request(_Read):
    model: str = Field(min_length=1)
    messages: list[Annotated[_System | _User | _Assistant | _Tool, Field(discriminator="role")]] = Field(
        min_length=1
    )
    tools: list[_OfferedTool] | None = Field(default=None, min_length=1)
    response_format: _Format | None = None
    stream: bool | None = False
    stream_options: _StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)


def read(body: JsonObject) -> Reading:
    """Read a request.

    Raises:
        RefusedError: OpenAI would not accept it.
    """
    if not body.get("model"):
        raise RefusedError(400, "you must provide a model parameter")
    asked = _parse(body)
    _check_pairs(asked.messages)
    schema = asked.response_format.json_schema if asked.response_format else None
    return Reading(
        asked.model,
        tuple(_message(message, index) for index, message in enumerate(asked.messages)),
        tuple(_tool(tool.function, index) for index, tool in enumerate(asked.tools or ())),
        schema.schema_ if schema else None,
        _options(body),
        bool(asked.stream),
        counts_stream=asked.stream_options is not None and asked.stream_options.include_usage,
    )


def _parse(body: JsonObject) -> _Request:
    try:
        return _Request.model_validate(body)
    except ValidationError as error:
        # of a union's branches, the one that got furthest is the one that was meant
        problem = max(error.errors(), key=lambda found: len(found["loc"]))
        place = _place(problem["loc"])
        if problem["type"] == "missing":
            raise RefusedError(400, f"Missing required parameter: '{place}'.", about=place) from None
        raise RefusedError(400, f"Invalid value for '{place}': {problem['msg']}.", about=place) from None


def _place(location: Sequence[int | str]) -> str:
    """Write a place as OpenAI does: ``messages[0].content``; which branch of a union was meant is no part of it."""
    path = ""
    before: int | str = ""
    for step in location:
        is_branch = "[" in str(step) or step == "str" or (isinstance(before, int) and step in _BRANCHES)
        if isinstance(step, int):
            path += f"[{step}]"
        elif not is_branch:
            path += f".{step}" if path else step
        before = step
    return path


def _check_pairs(messages: Sequence[_System | _User | _Assistant | _Tool]) -> None:
    """Check that each call is answered, at once, and nothing else is."""
    open_ids: set[str] = set()
    for index, message in enumerate(messages):
        if isinstance(message, _Tool):
            if message.tool_call_id not in open_ids:
                raise RefusedError(400, _PAIRING, about=f"messages.[{index}].role")
            open_ids.remove(message.tool_call_id)
            continue
        _check_answered(open_ids, index)
        if isinstance(message, _Assistant):
            if message.content is None and not message.tool_calls:
                raise RefusedError(
                    400,
                    "Invalid value for 'content': expected a string, got null.",
                    about=f"messages.[{index}].content",
                )
            open_ids = {call.id for call in message.tool_calls}
    _check_answered(open_ids, len(messages))


def _check_answered(open_ids: set[str], index: int) -> None:
    if open_ids:
        raise RefusedError(
            400, f"{_UNANSWERED}{', '.join(sorted(open_ids))}", about=f"messages.[{index}].role"
        )


def _message(message: _System | _User | _Assistant | _Tool, index: int) -> Message:
    parts = _parts(message.content, index)
    match message:
        case _System():
            return Message("system", parts)
        case _User():
            return Message("user", parts)
        case _Assistant():
            calls = tuple(
                _call(call, f"messages[{index}].tool_calls[{n}]") for n, call in enumerate(message.tool_calls)
            )
            return Message("assistant", parts, calls)
        case _Tool():
            return Message("tool", parts, (), message.tool_call_id)


def _parts(content: str | Sequence[_Text | _Image] | None, index: int) -> tuple[Part, ...]:
    if isinstance(content, str):
        return (TextPart(content),) if content else ()
    return tuple(
        TextPart(part.text)
        if isinstance(part, _Text)
        else _image(part.image_url.url, f"messages[{index}].content")
        for part in content or ()
    )


def _image(url: str, place: str) -> ImagePart:
    head, _, encoded = url.partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        raise RefusedError(400, f"Error while downloading {url[:80]}.", about=place)
    try:
        return as_image(encoded, head.removeprefix("data:").removesuffix(";base64"))
    except ValueError:
        raise RefusedError(400, "Invalid base64 image_url.", about=place) from None


def _call(call: _Call, place: str) -> ToolCall:
    # OpenAI itself lets them pass; the servers that speak its dialect render them into a template, and fail.
    try:
        json.loads(call.function.arguments)
    except ValueError as error:
        message = f"Failed to parse tool call arguments as JSON: {error}"
        raise RefusedError(400, message, about=f"{place}.function.arguments") from None
    return ToolCall(call.id, call.function.name, call.function.arguments)


def _tool(offer: _Offer, index: int) -> ToolSpec:
    if offer.parameters and offer.parameters.get("type") != "object":
        raise RefusedError(
            400,
            f"Invalid schema for function '{offer.name}': schema must be a JSON Schema of 'type: \"object\"', "
            f"got 'type: \"{offer.parameters.get('type')}\"'.",
            about=f"tools[{index}].function.parameters",
        )
    return ToolSpec(offer.name, offer.description, offer.parameters)


def _options(body: JsonObject) -> JsonObject:
    options = {name: body[name] for name in _OPTIONS if body.get(name) is not None}
    longest = body.get("max_completion_tokens")
    return options if longest is None else {**options, "max_tokens": longest}
