"""What a model server was asked: the request as it came, and what it means in whichever dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from attrs import Factory, define, field, frozen

from executus_core.llm.message import FilePart, ImagePart

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from executus_core.llm.exchange import ToolSpec
    from executus_core.llm.json import JsonObject, JsonValue
    from executus_core.llm.message import Message

__all__ = ["Reading", "WireRequest"]


@frozen
class Reading:
    """What a request means, whatever dialect it is in.

    Attributes:
        model: The model that it names.
        messages: The transcript as it arrived; what a dialect has no place for (ids, ``is_error``) is at its default.
        tools: Tools on offer.
        output_schema: JSON schema of the answer, or None.
        options: Options under their common names (``temperature``, ``max_tokens``, ``top_p``, ``seed``, ``stop``).
        is_stream: Whether the answer is to come piece by piece.
        counts_stream: Whether a stream is to say what it consumed.
    """

    model: str = ""
    messages: tuple[Message, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
    output_schema: JsonObject | None = None
    options: JsonObject = Factory(cast("Callable[[], JsonObject]", dict))
    is_stream: bool = False
    counts_stream: bool = True


@define(eq=False)
class WireRequest:
    """One request that reached a model server.

    Attributes:
        method: ``GET``, ``POST``, ...
        path: The path, without the query.
        headers: By name in lower case.
        content: The body as it came.
        body: The body's JSON, or None when it is not JSON.
        reading: What it means; empty when the server refused it.
        status: The status that was answered; 0 when there was none.
        is_answered: Whether the whole answer was sent.
        was_cut_off: Whether the client closed the connection before the answer was complete.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    body: JsonValue = field(default=None, repr=False)
    reading: Reading = field(factory=Reading, repr=False)
    status: int = 0
    is_answered: bool = False
    was_cut_off: bool = False

    @property
    def model(self) -> str:
        """The model that it names."""
        return self.reading.model

    @property
    def messages(self) -> tuple[Message, ...]:
        """The transcript as it arrived."""
        return self.reading.messages

    @property
    def texts(self) -> list[str]:
        """The text of each message."""
        return [message.text for message in self.messages]

    @property
    def images(self) -> list[ImagePart]:
        """Every picture in the transcript, in order."""
        return [part for message in self.messages for part in message.parts if isinstance(part, ImagePart)]

    @property
    def files(self) -> list[FilePart]:
        """Every file in the transcript, in order."""
        return [part for message in self.messages for part in message.parts if isinstance(part, FilePart)]

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """Tools on offer."""
        return self.reading.tools

    @property
    def output_schema(self) -> JsonObject | None:
        """JSON schema of the answer, or None."""
        return self.reading.output_schema

    @property
    def options(self) -> JsonObject:
        """Options under their common names."""
        return self.reading.options

    @property
    def is_stream(self) -> bool:
        """Whether the answer is to come piece by piece."""
        return self.reading.is_stream
