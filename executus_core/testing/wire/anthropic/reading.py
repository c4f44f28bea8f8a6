"""How Anthropic reads a request: what it refuses, and what the rest means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.llm.exchange import ToolSpec
from executus_core.llm.message import FilePart, Message, TextPart, ToolCall
from executus_core.media.kind import find_picture
from executus_core.testing.wire.anthropic.rules import check_messages
from executus_core.testing.wire.anthropic.shape import (
    BRANCHES,
    DocumentBlock,
    ImageBlock,
    MessagesRequest,
    TextBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from executus_core.testing.wire.dialect import RefusedError, as_bytes, as_image, as_raw
from executus_core.testing.wire.parsing import Problem, parse
from executus_core.testing.wire.request import Reading
from executus_core.testing.wire.schemas import check_anthropic_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from executus_core.llm.json import JsonObject
    from executus_core.llm.message import ImagePart, Part
    from executus_core.testing.wire.anthropic.shape import Block, Written

__all__ = ["read"]

_NOT_DOWNLOADED = "Unable to download the file. Please verify the URL and try again."
_OPTIONS = {
    "temperature": "temperature",
    "max_tokens": "max_tokens",
    "top_p": "top_p",
    "stop_sequences": "stop",
}


def read(body: JsonObject, headers: Mapping[str, str]) -> Reading:
    """Read a request.

    Raises:
        RefusedError: Anthropic would not accept it.
    """
    if not headers.get("anthropic-version"):
        raise RefusedError(400, "anthropic-version: header is required")
    asked = parse(MessagesRequest, body, _word, BRANCHES)
    check_messages(asked.messages)
    for index, tool in enumerate(asked.tools):
        check_anthropic_schema(tool.input_schema.model_dump(), f"tools.{index}.custom.input_schema")
    system = Message("system", tuple(_parts(asked.system or ()))) if asked.system else None
    output = asked.output_config.format or asked.output_format
    return Reading(
        asked.model,
        (
            *((system,) if system else ()),
            *(part for message in asked.messages for part in _messages(message)),
        ),
        tuple(ToolSpec(tool.name, tool.description, tool.input_schema.model_dump()) for tool in asked.tools),
        output.schema_ if output else None,
        {common: body[name] for name, common in _OPTIONS.items() if body.get(name) is not None},
        asked.stream,
    )


def _word(problem: Problem) -> RefusedError:
    says = "Field required" if problem.is_missing else problem.says
    return RefusedError(400, f"{'.'.join(str(step) for step in problem.path)}: {says}")


def _messages(message: Written) -> Iterator[Message]:
    """Give the tools' results in a user's message as messages of their own."""
    blocks = message.content
    for block in blocks:
        if isinstance(block, ToolResultBlock):
            yield Message("tool", tuple(_parts(block.content or ())), (), block.tool_use_id, block.is_error)
    calls = tuple(
        ToolCall(block.id, block.name, as_raw(block.input))
        for block in blocks
        if isinstance(block, ToolUseBlock)
    )
    parts = tuple(_parts(blocks))
    if parts or calls or not any(isinstance(block, ToolResultBlock) for block in blocks):
        yield Message(message.role, parts, calls)


def _parts(blocks: Iterable[Block | str]) -> Iterator[Part]:
    for block in blocks:
        if isinstance(block, TextBlock):
            yield TextPart(block.text)
        elif isinstance(block, ImageBlock):
            yield _image(block)
        elif isinstance(block, DocumentBlock):
            yield _document(block)


def _image(block: ImageBlock) -> ImagePart:
    if block.source.type == "url":
        raise RefusedError(400, _NOT_DOWNLOADED)
    try:
        image = as_image(block.source.data, block.source.media_type)
    except ValueError:
        raise RefusedError(400, "image.source.base64.data: invalid base64 data") from None
    found = find_picture(image.data)
    if found and found != image.media_type:
        raise RefusedError(
            400,
            f"image.source.base64: The image was specified using the {image.media_type} media type, but the image "
            f"appears to be a {found} image",
        )
    return image


def _document(block: DocumentBlock) -> FilePart:
    if block.source.type == "url":
        raise RefusedError(400, _NOT_DOWNLOADED)
    try:
        data = as_bytes(block.source.data)
    except ValueError:
        raise RefusedError(400, "document.source.base64.data: invalid base64 data") from None
    if not data.startswith(b"%PDF-"):
        raise RefusedError(400, "document.source.base64.data: The PDF specified was not valid.")
    return FilePart(block.title or "", block.source.media_type, data)
