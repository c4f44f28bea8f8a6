"""What a dialect is: how one family of model servers reads requests, answers them and refuses them."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, cast

from attrs import frozen

from executus_core.llm.message import ImagePart
from executus_core.media.kind import find_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from executus_core.llm.json import JsonObject, JsonValue
    from executus_core.llm.message import ToolCall
    from executus_core.llm.usage import Usage
    from executus_core.testing.wire.request import Reading

__all__ = [
    "Answer",
    "Dialect",
    "Place",
    "RefusedError",
    "Why",
    "as_bytes",
    "as_image",
    "as_object",
    "as_raw",
    "pieces",
]

Why: TypeAlias = Literal["", "no json", "no key", "wrong key", "no model", "overflow", "content"]
"""What is behind a refusal, where the status alone does not say; "" for anything else."""

_PIECE = 8
"""Characters in a streamed delta: few enough that a short answer comes in several."""


class RefusedError(Exception):
    """A request that the server does not accept.

    Attributes:
        status: The HTTP status.
        message: What is wrong; "" for what the real servers say.
        why: What is behind it.
        about: Which part of the request, or which model, it is about; "" when the dialect does not say so.
        tokens: How long a request is that does not fit.
        window: How long it may be.
    """

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        why: Why = "",
        about: str = "",
        tokens: int = 10_044,
        window: int = 8_192,
    ) -> None:
        """Keep what the dialect makes an answer of."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.why: Why = why
        self.about = about
        self.tokens = tokens
        self.window = window


@frozen
class Answer:
    """What a model says, before a dialect writes it down.

    Attributes:
        number: Which answer of the server it is, counted from 1.
        model: The model that answers.
        thinking: Its reasoning.
        text: Its text.
        calls: Its tool calls.
        usage: What it consumed.
        stop_reason: Why it stopped, in the common words ``stop``, ``tool_calls``, ``length``, ``content_filter``, or in the
            dialect's own.
        counts: Whether a stream is to say what it consumed.
    """

    number: int
    model: str
    thinking: str
    text: str
    calls: tuple[ToolCall, ...]
    usage: Usage
    stop_reason: str
    counts: bool = True


@frozen
class Place:
    """What a server says of itself.

    Attributes:
        models: Names of the models that it serves.
        context_tokens: Size of their window; 0 when it does not end.
    """

    models: Sequence[str]
    context_tokens: int = 0


class Dialect(Protocol):
    """How one family of model servers speaks."""

    @property
    def chat_path(self) -> str:
        """Where a model is asked."""
        ...

    @property
    def base_path(self) -> str:
        """What stands between the server's address and the paths that its clients add."""
        ...

    @property
    def stream_type(self) -> str:
        """Media type of a stream."""
        ...

    def key_of(self, headers: Mapping[str, str]) -> str:
        """Give the key that a request carries, or ""."""
        ...

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Reading:
        """Read a request as strictly as the real servers do.

        Raises:
            RefusedError: It is not one that they accept.
        """
        ...

    def look_up(self, path: str, body: JsonObject, place: Place) -> JsonObject | str | None:
        """Answer what is asked beside a model: JSON, a text, or None for a path that does not exist."""
        ...

    def write(self, answer: Answer) -> JsonObject:
        """Write an answer down whole."""
        ...

    def stream(self, answer: Answer) -> list[bytes]:
        """Write an answer down piece by piece: one item per delta, with what must precede it, and last what ends it."""
        ...

    def empty(self, answer: Answer, *, is_stream: bool) -> JsonObject | list[bytes]:
        """Write down an answer that is well-formed and has no answer in it."""
        ...

    def refuse(self, refusal: RefusedError) -> JsonObject:
        """Write down a refusal."""
        ...

    def break_off(self, refusal: RefusedError) -> bytes:
        """Write down a failure in the middle of a stream."""
        ...

    def call_id(self, number: int, index: int) -> str:
        """Make the id of a call, from the number of its answer and its place in it."""
        ...

    def headers(self, number: int) -> Mapping[str, str]:
        """Give the headers of an answer, which tell it from others."""
        ...


def pieces(text: str) -> Iterator[str]:
    """Cut a text into what one delta holds."""
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]


def as_object(raw: str) -> JsonObject:
    """Read a call's arguments for a dialect that has them as an object.

    Raises:
        TypeError: They are none: this wire has no place for malformed arguments.
    """
    try:
        value = cast("JsonValue", json.loads(raw))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise TypeError(f"this dialect has a call's arguments as a JSON object, and can't carry {raw!r:.80}")
    return value


def as_raw(arguments: JsonObject) -> str:
    """Write down a call's arguments that came as an object."""
    return json.dumps(arguments, ensure_ascii=False)


def as_bytes(encoded: str) -> bytes:
    """Read what is in base64.

    Raises:
        ValueError: It is not base64.
    """
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def as_image(encoded: str, media_type: str = "") -> ImagePart:
    """Read a picture in base64; a media type that is not given is told from the first bytes.

    Raises:
        ValueError: It is not base64.
    """
    data = as_bytes(encoded)
    return ImagePart(data, media_type or find_picture(data) or "application/octet-stream")
