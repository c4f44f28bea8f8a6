"""What lies under an exception of litellm: what a provider said, or what became of the connection.

litellm's own exception says little: it gives 500 for a refused connection, a cut body and a page of a proxy alike, and puts
its class names before the provider's words. Imported with the first failure: by then httpx is loaded.
"""

from __future__ import annotations

import json
import os
import re
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from traceback import walk_tb
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

import httpx
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import CodeType

    from executus_model_litellm.access import Access

Connection: TypeAlias = Literal["answered", "silent", "lost", "refused", "unknown host"]

_SHOWN_CHARS: Final = 160
# What happened to the connection, by what httpx and Python raise for it; the first row that fits decides.
_CONNECTIONS: Final[tuple[tuple[tuple[type[BaseException], ...], Connection], ...]] = (
    ((socket.gaierror,), "unknown host"),
    ((httpx.ConnectError, httpx.ConnectTimeout, ConnectionRefusedError), "refused"),
    ((httpx.TimeoutException, TimeoutError), "silent"),
    ((httpx.NetworkError, httpx.RemoteProtocolError, ConnectionError), "lost"),
)
# Where httpx waits for the body of an answer, and where it reads what came; whatever is below and above it.
_READING: Final = httpx.Response.aiter_raw.__code__
_PARSING: Final = httpx.Response.json.__code__
# What Python raises where litellm reads an answer that is none.
_UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError)
_PREFIXES: Final = re.compile(r"^(?:(?:litellm\.)?\w+(?:Error|Exception|Timeout)\b[:\s-]*)+")
_KEY_ENDINGS: Final = ("_API_KEY", "_APIKEY", "_TOKEN", "_SECRET", "_SECRET_KEY", "_ACCESS_KEY")
_LOOKS_LIKE_A_KEY: Final = re.compile(r"\b(?:sk|pk|rk|key|gsk|xai|AIza)[-_][\w*-]{6,}")


@frozen
class Failure:
    """What lies under an exception.

    Attributes:
        status: The HTTP status of the answer, or the one that an error in a stream stands for; 0 when there is none.
        said: The provider's own words, short, on one line, without a key.
        retry_after_s: Seconds that the provider asks to wait, or None.
        connection: What became of the connection.
        has_begun: Whether an answer was on its way: its head had come, and it broke off.
    """

    status: int
    said: str = ""
    retry_after_s: float | None = None
    connection: Connection = "answered"
    has_begun: bool = False


def read_failure(error: BaseException, access: Access) -> Failure:
    """Find what lies under an exception."""
    errors = list(_chain(error))
    for one in errors:
        # litellm makes up a response where there was none; this is the exception of a real one
        if isinstance(one, httpx.HTTPStatusError):
            said = words(_body(one.response) or message_of(errors[0]), access)
            return Failure(one.response.status_code, said, read_retry_after(one.response.headers))
    for kinds, connection in _CONNECTIONS:
        if any(isinstance(one, kinds) for one in errors):
            return Failure(0, connection=connection, has_begun=_was_reading(errors))
    if _was_cut(errors):
        return Failure(0, connection="lost", has_begun=True)
    if any(isinstance(one, _UNREADABLE) for one in errors):
        return Failure(0)
    statuses = [status for one in errors if isinstance(status := getattr(one, "status_code", None), int)]
    return Failure(statuses[-1] if statuses else 0, words(message_of(errors[-1]), access))


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Read how long a provider asks to wait: seconds, or a date (RFC 9110, 10.2.3); None when it does not say."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait_s = float(headers[name]) * unit_s
        except (KeyError, ValueError):
            continue
        if isfinite(wait_s):
            return max(0.0, wait_s)
    try:
        at = parsedate_to_datetime(headers.get("retry-after", ""))
    except (ValueError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def message_of(error: BaseException) -> str:
    """Give an exception's message."""
    message = getattr(error, "message", None)
    return message if isinstance(message, str) else str(error)


def words(text: str, access: Access) -> str:
    """Give the provider's own words: the message in its JSON, without a key, on one short line."""
    said = _find_message(text) or text
    if re.search(r"<(?:!doctype|html|title|body|h1)\b", said, re.IGNORECASE):
        return "it sent a web page"
    said = _PREFIXES.sub("", said)
    for key in _keys(access):
        said = said.replace(key, "***")
    said = " ".join(_LOOKS_LIKE_A_KEY.sub("***", said).split()).rstrip(" .;:")
    return said if len(said) <= _SHOWN_CHARS else f"{said[:_SHOWN_CHARS].rstrip()} ..."


def _keys(access: Access) -> list[str]:
    """List what a server may echo and nobody may read: the key that was sent, and those that litellm finds by itself."""
    found = [value.strip() for name, value in os.environ.items() if name.endswith(_KEY_ENDINGS)]
    return sorted({key for key in (access.api_key, *found) if len(key) > 6}, key=len, reverse=True)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give an exception and what it came from, the outermost first."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        original: object = getattr(current, "original_exception", None)
        under = current.__cause__ or current.__context__
        current = original if isinstance(original, BaseException) else under


def _was_reading(errors: Iterable[BaseException]) -> bool:
    """Tell whether an answer was being read, which says no exception of httpx, but the way that it came."""
    return any(response.is_success for response in _responses(errors, _READING))


def _was_cut(errors: Iterable[BaseException]) -> bool:
    """Tell whether an answer is shorter than its head said, which before 1.100 litellm takes for its end."""
    return any(
        response.is_success
        and response.num_bytes_downloaded < int(response.headers.get("content-length", "0"))
        for response in _responses(errors, _PARSING)
    )


def _responses(errors: Iterable[BaseException], where: CodeType) -> Iterator[httpx.Response]:
    """Give the answers that one of httpx' own functions was at when something went wrong."""
    for error in errors:
        for frame, _ in walk_tb(error.__traceback__):
            response: object = frame.f_locals.get("self") if frame.f_code is where else None
            if isinstance(response, httpx.Response):
                yield response


def _body(response: httpx.Response) -> str:
    try:
        return response.text
    except httpx.ResponseNotRead:
        return ""


def _find_message(text: str) -> str:
    """Find the message in a text that holds JSON, or what Python shows of it."""
    start = text.find("{")
    if start < 0:
        return ""
    try:
        return _message_in(json.loads(text[start : text.rfind("}") + 1]))
    except (ValueError, RecursionError):
        found = re.search(r"""['"]message['"]: (?:'([^']+)'|"([^"]+)")""", text)
        return (found[1] or found[2]) if found else ""


def _message_in(body: object) -> str:
    """Find the message in the shapes that providers give it."""
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return _message_in(cast("list[object]", body)[0]) if body else ""
    if not isinstance(body, dict):
        return ""
    table = cast("dict[str, object]", body)
    for key in ("error", "message", "detail", "msg", "error_message", "errors"):
        if found := _message_in(table.get(key)):
            return found
    return ""
