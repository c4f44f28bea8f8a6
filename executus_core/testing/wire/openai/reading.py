"""How OpenAI reads a request: what it refuses, and what the rest means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from executus_core.llm.exchange import ToolSpec
from executus_core.llm.message import FilePart, Message, TextPart, ToolCall
from executus_core.testing.wire.dialect import RefusedError, as_bytes, as_image
from executus_core.testing.wire.openai.shape import (
    BRANCHES,
    AssistantSays,
    ChatRequest,
    FilePiece,
    ImagePiece,
    SystemSays,
    TextPiece,
    ToolSays,
    UserSays,
)
from executus_core.testing.wire.parsing import Problem, parse
from executus_core.testing.wire.request import Reading
from executus_core.testing.wire.schemas import check_openai_schema, check_strict_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.json import JsonObject
    from executus_core.llm.message import ImagePart, Part
    from executus_core.testing.wire.openai.shape import Called, Offer, Says

__all__ = ["read"]

_OPTIONS = ("temperature", "top_p", "seed", "stop", "max_tokens")
_PAIRING = "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
_UNANSWERED = (
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
    "The following tool_call_ids did not have response messages: "
)


def read(body: JsonObject) -> Reading:
    """Read a request.

    Raises:
        RefusedError: OpenAI would not accept it.
    """
    if not body.get("model"):
        raise RefusedError(400, "you must provide a model parameter")
    asked = parse(ChatRequest, body, _word, BRANCHES)
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


def _word(problem: Problem) -> RefusedError:
    place = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in problem.path
    ).removeprefix(".")
    if problem.is_missing:
        return RefusedError(400, f"Missing required parameter: '{place}'.", about=place)
    return RefusedError(400, f"Invalid value for '{place}': {problem.says}.", about=place)


def _check_pairs(messages: Sequence[Says]) -> None:
    """Check that each call is answered, at once, and nothing else is."""
    open_ids: set[str] = set()
    for index, message in enumerate(messages):
        if isinstance(message, ToolSays):
            if message.tool_call_id not in open_ids:
                raise RefusedError(400, _PAIRING, about=f"messages.[{index}].role")
            open_ids.remove(message.tool_call_id)
            continue
        _check_answered(open_ids, index)
        if isinstance(message, AssistantSays):
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


def _message(message: Says, index: int) -> Message:
    parts = _parts(message.content, index)
    match message:
        case SystemSays():
            return Message("system", parts)
        case UserSays():
            return Message("user", parts)
        case AssistantSays():
            calls = tuple(
                _call(call, f"messages[{index}].tool_calls[{n}]") for n, call in enumerate(message.tool_calls)
            )
            return Message("assistant", parts, calls)
        case ToolSays():
            return Message("tool", parts, (), message.tool_call_id)


def _parts(
    content: str | Sequence[TextPiece | ImagePiece | FilePiece] | None, index: int
) -> tuple[Part, ...]:
    if isinstance(content, str):
        return (TextPart(content),) if content else ()
    return tuple(
        _part(part, f"messages[{index}].content[{position}]") for position, part in enumerate(content or ())
    )


def _part(piece: TextPiece | ImagePiece | FilePiece, place: str) -> Part:
    match piece:
        case TextPiece():
            return TextPart(piece.text)
        case ImagePiece():
            return _image(piece.image_url.url, place)
        case FilePiece():
            return _file(piece, f"{place}.file.file_data")


def _image(url: str, place: str) -> ImagePart:
    head, _, encoded = url.partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        raise RefusedError(400, f"Error while downloading {url[:80]}.", about=place)
    try:
        return as_image(encoded, head.removeprefix("data:").removesuffix(";base64"))
    except ValueError:
        raise RefusedError(400, "Invalid base64 image_url.", about=place) from None


def _file(piece: FilePiece, place: str) -> FilePart:
    head, _, encoded = piece.file.file_data.partition(",")
    wanted = "Expected a base64-encoded data URL with an application/pdf MIME type"
    if not head.startswith("data:"):
        raise RefusedError(
            400, f"Invalid '{place}'. {wanted}, but got a value without the 'data:' prefix.", about=place
        )
    media_type = head.removeprefix("data:").removesuffix(";base64")
    if media_type != "application/pdf":
        message = f"Invalid '{place}'. {wanted}, but got unsupported MIME type '{media_type}'."
        raise RefusedError(400, message, about=place)
    try:
        return FilePart(piece.file.filename, media_type, as_bytes(encoded))
    except ValueError:
        raise RefusedError(400, f"Invalid '{place}'. {wanted}.", about=place) from None


def _call(call: Called, place: str) -> ToolCall:
    # OpenAI itself lets them pass; the servers that speak its dialect render them into a template, and fail.
    try:
        json.loads(call.function.arguments)
    except ValueError as error:
        message = f"Failed to parse tool call arguments as JSON: {error}"
        raise RefusedError(400, message, about=f"{place}.function.arguments") from None
    return ToolCall(call.id, call.function.name, call.function.arguments)


def _tool(offer: Offer, index: int) -> ToolSpec:
    about = f"tools[{index}].function.parameters"
    check_openai_schema(offer.parameters, offer.name, about)
    if offer.strict:
        check_strict_schema(offer.parameters, offer.name, about)
    return ToolSpec(offer.name, offer.description, offer.parameters)


def _options(body: JsonObject) -> JsonObject:
    options = {name: body[name] for name in _OPTIONS if body.get(name) is not None}
    longest = body.get("max_completion_tokens")
    return options if longest is None else {**options, "max_tokens": longest}
