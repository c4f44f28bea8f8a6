"""The shape of a request to Anthropic."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue

from executus_core.testing.wire.parsing import Asked

__all__ = [
    "BRANCHES",
    "Block",
    "DocumentBlock",
    "ImageBlock",
    "MessagesRequest",
    "TextBlock",
    "ToolResultBlock",
    "ToolUseBlock",
    "Written",
]

BRANCHES = (
    "text",
    "image",
    "document",
    "tool_use",
    "tool_result",
    "thinking",
    "redacted_thinking",
    "base64",
    "url",
)


class _Block(Asked):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    cache_control: JsonValue = None


class TextBlock(_Block):
    """A stretch of text."""

    type: Literal["text"]
    text: str
    citations: JsonValue = None


class _Base64(Asked):
    type: Literal["base64"]
    media_type: Literal["image/jpeg", "image/png", "image/gif", "image/webp"]
    data: str


class _Url(Asked):
    type: Literal["url"]
    url: str


class ImageBlock(_Block):
    """A picture."""

    type: Literal["image"]
    source: Annotated[_Base64 | _Url, Field(discriminator="type")]


class _Pdf(Asked):
    type: Literal["base64"]
    media_type: Literal["application/pdf"]
    data: str


class DocumentBlock(_Block):
    """A PDF document."""

    type: Literal["document"]
    source: Annotated[_Pdf | _Url, Field(discriminator="type")]
    title: str | None = None
    context: str | None = None
    citations: JsonValue = None


class ToolUseBlock(_Block):
    """A tool call."""

    type: Literal["tool_use"]
    id: str = Field(pattern="^[a-zA-Z0-9_-]+$")
    name: str = Field(min_length=1, max_length=200)
    input: dict[str, JsonValue]


def _as_blocks(content: object) -> object:
    return [{"type": "text", "text": content}] if isinstance(content, str) and content else content


Inner: TypeAlias = Annotated[TextBlock | ImageBlock | DocumentBlock, Field(discriminator="type")]


class ToolResultBlock(_Block):
    """The result of a tool call."""

    type: Literal["tool_result"]
    tool_use_id: str
    content: Annotated[str | list[Inner] | None, BeforeValidator(_as_blocks)] = None
    is_error: bool = False


class _ThinkingBlock(_Block):
    type: Literal["thinking"]
    thinking: str
    signature: str


class _RedactedBlock(_Block):
    type: Literal["redacted_thinking"]
    data: str


Block: TypeAlias = Annotated[
    TextBlock | ImageBlock | DocumentBlock | ToolUseBlock | ToolResultBlock | _ThinkingBlock | _RedactedBlock,
    Field(discriminator="type"),
]


class Written(Asked):
    """A message, its content as blocks; a text that is empty stays one."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    role: Literal["user", "assistant"]
    content: Annotated[Literal[""] | list[Block], BeforeValidator(_as_blocks)]


class _Schema(Asked):
    type: Literal["object"]
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")


class _Tool(Asked):
    type: Literal["custom"] | None = None
    name: str = Field(pattern="^[a-zA-Z0-9_-]{1,128}$")
    description: str = ""
    input_schema: _Schema


class _Format(Asked):
    type: Literal["json_schema"]
    schema_: dict[str, JsonValue] = Field(alias="schema")


class _OutputConfig(Asked):
    format: _Format | None = None


class MessagesRequest(Asked):
    """What ``/v1/messages`` takes."""

    model: str = Field(min_length=1)
    max_tokens: int = Field(ge=1)
    messages: list[Written]
    system: Annotated[list[TextBlock] | Literal[""] | None, BeforeValidator(_as_blocks)] = None
    tools: list[_Tool] = Field(default=[])
    output_config: _OutputConfig = _OutputConfig()
    output_format: _Format | None = None
    stream: bool = False
    temperature: float | None = Field(default=None, ge=0, le=1)
    top_p: float | None = Field(default=None, ge=0, le=1)
