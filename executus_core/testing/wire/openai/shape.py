"""The shape of a request to OpenAI."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, JsonValue

from executus_core.testing.wire.parsing import Asked

__all__ = [
    "BRANCHES",
    "AssistantSays",
    "Called",
    "ChatRequest",
    "FilePiece",
    "ImagePiece",
    "Offer",
    "Says",
    "SystemSays",
    "TextPiece",
    "ToolSays",
    "UserSays",
]

BRANCHES = ("system", "developer", "user", "assistant", "tool", "text", "image_url", "file")


class TextPiece(Asked):
    """A stretch of text."""

    type: Literal["text"]
    text: str


class _Url(Asked):
    url: str


class ImagePiece(Asked):
    """A picture."""

    type: Literal["image_url"]
    image_url: _Url


class _File(Asked):
    filename: str = Field(min_length=1)
    file_data: str


class FilePiece(Asked):
    """A file."""

    type: Literal["file"]
    file: _File


class _Function(Asked):
    name: str = Field(min_length=1)
    arguments: str


class Called(Asked):
    """A tool call."""

    id: str = Field(min_length=1)
    type: Literal["function"]
    function: _Function


class SystemSays(Asked):
    """What the host says."""

    role: Literal["system", "developer"]
    content: str | list[TextPiece]


class UserSays(Asked):
    """What the user says."""

    role: Literal["user"]
    content: str | list[Annotated[TextPiece | ImagePiece | FilePiece, Field(discriminator="type")]]


class AssistantSays(Asked):
    """What the model said."""

    role: Literal["assistant"]
    content: str | list[TextPiece] | None = None
    tool_calls: list[Called] = Field(default=[], min_length=1)


class ToolSays(Asked):
    """What a tool said."""

    role: Literal["tool"]
    content: str | list[TextPiece]
    tool_call_id: str


class Offer(Asked):
    """A tool on offer."""

    name: str = Field(pattern="^[a-zA-Z0-9_-]{1,64}$")
    description: str = ""
    parameters: dict[str, JsonValue] = Field(default={})
    strict: bool | None = None


class _OfferedTool(Asked):
    type: Literal["function"]
    function: Offer


class _Schema(Asked):
    name: str = Field(pattern="^[a-zA-Z0-9_-]{1,64}$")
    schema_: dict[str, JsonValue] = Field(alias="schema")


class _Format(Asked):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: _Schema | None = None


class _StreamOptions(Asked):
    include_usage: bool = False


Says: TypeAlias = SystemSays | UserSays | AssistantSays | ToolSays


class ChatRequest(Asked):
    """What ``/v1/chat/completions`` takes."""

    model: str = Field(min_length=1)
    messages: list[Annotated[Says, Field(discriminator="role")]] = Field(min_length=1)
    tools: list[_OfferedTool] | None = Field(default=None, min_length=1)
    response_format: _Format | None = None
    stream: bool | None = False
    stream_options: _StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
