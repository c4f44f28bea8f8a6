"""What a script says and hears."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias  # noqa: TID251 - JSON of tools that say what is in it

from attrs import Factory, frozen

if TYPE_CHECKING:
    from executus_core.llm.json import JsonValue


@frozen
class Wish:
    """A tool call that a script wants made.

    Attributes:
        tool: Which tool.
        arguments: By name.
    """

    tool: str
    arguments: Mapping[str, JsonValue]


@frozen
class Found:
    """What a tool said.

    Attributes:
        text: As the model reads it.
        data: The same as an object; empty for a failure, and for what is no object.
        is_error: Whether the call failed.
    """

    text: str
    data: Mapping[str, Any] = Factory(dict[str, Any])
    is_error: bool = False


Script: TypeAlias = Generator[list[Wish], list[Found], str]
"""Yields the calls that it wants made, is sent what they gave, and returns the answer."""


def wish(tool: str, **arguments: JsonValue) -> Wish:
    """Ask for a tool call."""
    return Wish(tool, arguments)
