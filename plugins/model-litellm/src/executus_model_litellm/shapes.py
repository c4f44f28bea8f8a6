"""The shapes of what litellm gives, as far as they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


class Function(Protocol):
    """The function of a call, or of a piece of one."""

    name: str | None
    arguments: str | None


class Call(Protocol):
    """A tool call, or a piece of one."""

    id: str | None
    index: int | None
    function: Function


class Said(Protocol):
    """A message, or a delta of one."""

    content: str | None
    tool_calls: Sequence[Call] | None


class Choice(Protocol):
    """The one choice that is asked for."""

    message: Said
    delta: Said
    finish_reason: str | None


class Answer(Protocol):
    """A whole answer, or a chunk of one."""

    choices: Sequence[Choice]
    model: str | None


class Stream(Protocol):
    """litellm's view of a streamed answer.

    Attributes:
        received_finish_reason: Why the model stopped, in its own words; None for a stream that was cut.
        chunks: The chunks so far, those with the provider's usage among them.
    """

    received_finish_reason: str | None
    chunks: Sequence[object]

    def __aiter__(self) -> AsyncIterator[Answer]:
        """Give the chunks."""
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...
