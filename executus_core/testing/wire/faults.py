"""What may stand in the script of a ``ModelServer`` beside answers: the ways in which real servers go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from attrs import Factory, frozen

from executus_core.llm.exchange import Response
from executus_core.testing.script import Call, Thinking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from executus_core.testing.wire.dialect import Why
    from executus_core.testing.wire.request import WireRequest

__all__ = [
    "Break",
    "Broken",
    "Hang",
    "HangUp",
    "Held",
    "HttpError",
    "Late",
    "NoChoices",
    "RawBody",
    "Redirect",
    "WireEntry",
    "check_wire_entry",
    "cut_after",
    "empty_body",
    "error_after",
    "garbage",
    "hang",
    "hang_up",
    "held",
    "http_error",
    "late",
    "malformed_json",
    "no_choices",
    "overflow",
    "redirect_to",
    "refused_content",
    "reset_after",
    "stalled_after",
    "unfinished_after",
]

Break: TypeAlias = Literal["cut", "reset", "unfinished", "stall", "error"]


@frozen
class HttpError:
    """A status of 400 or more, with a body as the dialect writes it.

    Attributes:
        status: The status.
        message: What the provider says; "" for what the real one says.
        retry_after_s: What the header ``retry-after`` says, or None.
        why: What is behind it, where the status alone does not say.
        headers: Further headers.
    """

    status: int
    message: str = ""
    retry_after_s: float | None = None
    why: Why = ""
    headers: Mapping[str, str] = Factory(cast("Callable[[], Mapping[str, str]]", dict))


@frozen
class RawBody:
    """A status of 200 with a body that is no answer."""

    content: bytes
    media_type: str


@frozen
class NoChoices:
    """A well-formed answer with nothing in it."""


@frozen
class Hang:
    """No answer, ever."""


@frozen
class HangUp:
    """No answer, and the connection closed."""


@frozen
class Redirect:
    """A status of 307 that sends the client to another server.

    Attributes:
        url: The other server's address; the path stays as it is.
    """

    url: str


@frozen
class Late:
    """An entry whose answer begins late.

    Attributes:
        seconds: Real seconds until its first byte, the head's.
        entry: What is answered then.
    """

    seconds: float
    entry: WireEntry


@frozen
class Held:
    """An entry that waits until the test lets it go."""

    entry: WireEntry


@frozen
class Broken:
    """An entry whose answer does not come to its end.

    Attributes:
        pieces: How many deltas of a stream come before; a plain answer comes in half when it is more than none.
        entry: What would have been answered.
        how: What comes in place of the end.
    """

    pieces: int
    entry: WireEntry
    how: Break


WireFault: TypeAlias = HttpError | RawBody | NoChoices | Hang | HangUp | Redirect | Late | Held | Broken
WireEntryFunction: TypeAlias = "Callable[[WireRequest], WireEntry | Awaitable[WireEntry]]"
WireEntry: TypeAlias = (
    "str | Call | Sequence[str | Call] | Response | Thinking | WireFault | WireEntryFunction"
)
"""A text, a call, a list of texts and calls, a whole response, a fault, or a function of the request that gives any of
these."""


def http_error(
    status: int,
    message: str = "",
    *,
    retry_after_s: float | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpError:
    """Script an error in the provider's own shape.

    Args:
        status: 400 or more.
        message: What the provider says; "" for what the real one says.
        retry_after_s: What the header ``retry-after`` says, or None to send none.
        headers: Further headers, such as a ``retry-after`` that is a date.
    """
    if status < 400:
        raise ValueError(f"http_error({status}) is no error; give a status of 400 or more")
    return HttpError(status, message, retry_after_s, headers=headers or {})


def overflow() -> HttpError:
    """Script the provider's word for a transcript that does not fit into the model's window."""
    return HttpError(400, why="overflow")


def refused_content() -> HttpError:
    """Script the provider's word for a request that its content filter does not let through."""
    return HttpError(400, why="content")


def garbage() -> RawBody:
    """Script a page of HTML with the status 200, as proxies and portals send it."""
    return RawBody(b"<!doctype html><title>Sign in</title><p>Please sign in to the network.", "text/html")


def empty_body() -> RawBody:
    """Script the status 200 and nothing else."""
    return RawBody(b"", "application/json")


def malformed_json() -> RawBody:
    """Script the status 200 with JSON that breaks off, and an HTTP message that does not."""
    return RawBody(b'{"id": "answer-1", "choices": [{"message": {"content": "It is', "application/json")


def no_choices() -> NoChoices:
    """Script a well-formed answer with no answer in it, such as OpenAI's ``"choices": []``."""
    return NoChoices()


def hang() -> Hang:
    """Script a server that takes the request and never answers, until the client goes or the server is closed."""
    return Hang()


def hang_up() -> HangUp:
    """Script a server that takes the request and closes the connection without a word."""
    return HangUp()


def late(seconds: float, entry: WireEntry) -> Late:
    """Script an answer whose head comes late.

    Args:
        seconds: Real seconds until then: more than the client waits, and nobody sleeps them out.
        entry: What is answered then.
    """
    return Late(seconds, entry)


def redirect_to(url: str) -> Redirect:
    """Script a server that sends its client to another one.

    Args:
        url: The other server's address; the path stays as it is.
    """
    return Redirect(url)


def held(entry: WireEntry) -> Held:
    """Script an answer that waits for ``server.release()``."""
    return Held(entry)


def cut_after(pieces: int, entry: WireEntry) -> Broken:
    """Script a connection that is closed in the middle of the answer.

    Args:
        pieces: How many deltas of a stream come before; a plain answer comes in half when it is more than none.
        entry: What would have been answered.
    """
    return Broken(pieces, entry, "cut")


def reset_after(pieces: int, entry: WireEntry) -> Broken:
    """Script a connection that is torn down in the middle of the answer, as by a server or a proxy that dies."""
    return Broken(pieces, entry, "reset")


def unfinished_after(pieces: int, entry: WireEntry) -> Broken:
    """Script an answer that stops too soon though HTTP ends as it should: no finish reason, no last event, half a JSON."""
    return Broken(pieces, entry, "unfinished")


def stalled_after(pieces: int, entry: WireEntry) -> Broken:
    """Script an answer that stops coming, over a connection that stays open."""
    return Broken(pieces, entry, "stall")


def error_after(pieces: int, entry: WireEntry) -> Broken:
    """Script a server that fails in the middle of a stream, and says so in it; a plain call gets a status of 500."""
    return Broken(pieces, entry, "error")


def check_wire_entry(entry: object, place: str) -> None:
    """Refuse what can't be an entry where it is written, not in the middle of a test.

    Raises:
        TypeError: Saying where it stands and what may stand there.
    """
    match entry:
        case str() | Call() | Response() | HttpError() | RawBody() | NoChoices():
            pass
        case Hang() | HangUp() | Redirect():
            pass
        case Thinking() | Held() | Late() | Broken():
            check_wire_entry(entry.entry, f"{place} (in its {type(entry).__name__.lower()})")
        case list() | tuple():
            for position, part in enumerate(cast("Sequence[object]", entry)):
                if not isinstance(part, (str, Call)):
                    kind = type(part).__name__
                    raise TypeError(
                        f"{place}, item {position} is a {kind}; a list holds texts and call(...)s"
                    )
        case _ if isinstance(entry, type) or not callable(entry):
            raise TypeError(
                f"{place} is a {type(entry).__name__}; give a text, call(...), a list of them, a Response, thinking(...), "
                "a fault such as http_error(...) or held(...), or a function of the request"
            )
        case _:
            pass
