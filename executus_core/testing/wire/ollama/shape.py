"""The shape of a request to Ollama."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from executus_core.testing.wire.parsing import Asked

__all__ = ["ChatRequest", "Written"]


class _Called(Asked):
    name: str = Field(min_length=1)
    arguments: dict[str, JsonValue] = Field(default={})


class _Call(Asked):
    function: _Called


class Written(Asked):
    """A message."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str | None = ""
    thinking: str | None = ""
    images: list[str] | None = None
    tool_calls: list[_Call] | None = None
    tool_name: str | None = ""
    tool_call_id: str | None = ""


class _Offer(Asked):
    name: str = Field(min_length=1)
    description: str = ""
    parameters: dict[str, JsonValue] = Field(default={})


class _Tool(Asked):
    type: Literal["function"]
    function: _Offer


class ChatRequest(Asked):
    """What ``/api/chat`` takes."""

    model: str = Field(min_length=1)
    messages: list[Written] = Field(min_length=1)
    tools: list[_Tool] | None = None
    format: Literal["", "json"] | dict[str, JsonValue] | None = None
    options: dict[str, JsonValue] | None = None
    stream: bool | None = None
