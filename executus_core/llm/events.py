"""What a streaming model yields while it writes."""

from __future__ import annotations

from attrs import define


@define
class TextDelta:
    """The next piece of the answer's text."""

    text: str


@define
class ThinkingDelta:
    """The next piece of the model's reasoning."""

    text: str


@define
class ToolCallDelta:
    """The next piece of a tool call.

    Attributes:
        index: Which call of the response, counted from 0.
        id: The call's id, on its first piece; else "".
        name: The tool's name, on its first piece; else "".
        arguments: The next piece of its raw JSON arguments.
    """

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""
