"""What can go wrong with a call, and what it means: one table.

litellm's own exception says little: it gives 500 for a refused connection, a cut body and a page of a proxy alike, and puts its
class names before the provider's words. So a failure is read from what lies under it: the status and body of the HTTP answer,
or the error of the connection.
"""

from __future__ import annotations

import json
import re
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, cast

import httpx
from attrs import frozen

from executus_core.errors import (
    ContextOverflowError,
    ModelAccessError,
    ModelError,
    ModelResolutionError,
    ModelUnavailableError,
)
from executus_model_litellm.engine import NotAskedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from executus_model_litellm.access import Access
    from executus_model_litellm.spec import ModelSpec

_SHOWN_CHARS: Final = 160

# The phrases by which providers say, with a 400 or a 500, what has no status of its own. The first that matches decides.
_OVERFLOW: Final = re.compile(
    r"context.?length.?exceeded|maximum context length|context (?:window|length|size|limit)|prompt is too long|too many tokens"
    r"|input (?:is|was) too long|exceeds? the (?:maximum|model'?s?) (?:number of )?(?:input )?(?:tokens|context)"
    r"|input token count .*exceeds|longer than the (?:model'?s )?(?:context|maximum)|prompt (?:too long|is longer)"
    r"|reduce the length of the (?:messages|prompt|input)|request too large for model|larger than the max",
    re.IGNORECASE,
)
_NO_TOOLS: Final = re.compile(
    r"(?:not|n't) support (?:the )?(?:tools?|function|parameters?: \[?'?tool)|tools?(?: use| calling| choice)? (?:is|are) not supported"
    r"|no endpoints found that support tool|function calling is not (?:enabled|supported)|tools param requires"
    r"|requires --jinja|enable-auto-tool-choice|unsupported param.*tool",
    re.IGNORECASE,
)
_REFUSED: Final = re.compile(
    r"content.?(?:policy|filter|management)|safety system|responsible.?ai|flagged|blocked by|harm_?category|usage policies",
    re.IGNORECASE,
)
_NO_MODEL: Final = re.compile(
    r"model.{0,80}(?:not (?:found|exist)|does not exist|n't exist|unknown|is not available)|(?:unknown|invalid|no such) model"
    r"|not a valid model|model_not_found",
    re.IGNORECASE,
)
_BAD_KEY: Final = re.compile(
    r"(?:invalid|incorrect|missing|no|expired|not valid)[^.]{0,20}(?:api.?key|credential|authentication|token\b)|api.?key not valid"
    r"|api.?key[^.]{0,30}(?:invalid|missing|expired|must be set)|unauthori[sz]ed",
    re.IGNORECASE,
)
_NO_CREDIT: Final = re.compile(
    r"insufficient.?(?:quota|balance|credit|funds)|credit balance|exceeded your current quota", re.IGNORECASE
)
# httpx and aiohttp do not agree on a class for it
_CUT: Final = (httpx.NetworkError, httpx.RemoteProtocolError, ConnectionError)


@frozen
class Failure:
    """What lies under an exception.

    Attributes:
        status: The HTTP status of the answer; 0 when there was none.
        said: The provider's own words, on one line.
        headers: The headers of the answer.
        cause: The error of the connection, when there was no answer.
    """

    status: int
    said: str
    headers: Mapping[str, str]
    cause: BaseException | None


def translate_error(error: BaseException, spec: ModelSpec, access: Access, *, has_tools: bool) -> ModelError:
    """Say what a failed call means for whoever asked."""
    if isinstance(error, NotAskedError):
        return _not_asked(error.__cause__ or error, spec, access, has_tools=has_tools)
    failure = read_failure(error, access)
    name = f"'{spec}'"
    if failure.cause is not None:
        return _connection_error(failure.cause, name, access)
    said = f": {failure.said}" if failure.said else ""
    status = failure.status
    if status in {401, 403} or (status in {400, 404} and _BAD_KEY.search(failure.said)):
        return ModelAccessError(f"the key for {name} was refused{said}; {access.remedy}")
    if status == 402 or _NO_CREDIT.search(failure.said):
        return ModelAccessError(
            f"the account for {name} has no credit left{said}; add some, or choose another model"
        )
    if _OVERFLOW.search(failure.said) and status not in {408, 429}:
        return ContextOverflowError(
            f"the conversation does not fit the context of {name}{said}; begin anew, or choose a larger model"
        )
    if has_tools and _NO_TOOLS.search(failure.said):
        return ModelError(f"{name} can't call tools{said}; choose a model that can, or run without tools")
    if status == 404 or (status == 400 and _NO_MODEL.search(failure.said)):
        return ModelResolutionError(
            f"{name} is not there{said}; `executus models` lists what is", spec=str(spec)
        )
    if status in {408, 409, 425, 429} or status >= 500:
        wait_s = read_retry_after(failure.headers)
        return ModelUnavailableError(
            f"{name} {_why_not_now(status)}{said}; {_when(wait_s)}, or choose another model",
            retry_after_s=wait_s,
        )
    if _REFUSED.search(failure.said):
        return ModelError(
            f"{name} refused to answer this content{said}; change the request, or choose another model"
        )
    if 400 <= status < 500:
        return ModelError(
            f"{name} refused the request with {status}{said}; check the agent's model_options and tools"
        )
    return ModelUnavailableError(
        f"{name} gave an answer that can't be read{said}; try again, or check that its base URL is a model server's"
    )


def _not_asked(error: BaseException, spec: ModelSpec, access: Access, *, has_tools: bool) -> ModelError:
    said = _words(_message(error), access)
    if getattr(error, "status_code", None) == 401:
        return ModelAccessError(f"'{spec}' needs a key{f': {said}' if said else ''}; {access.remedy}")
    if has_tools and _NO_TOOLS.search(said):
        return _no_tools(f"'{spec}'", said)
    return ModelError(f"'{spec}' could not be asked: {said}; check the agent's model_options and tools")


def cut_stream(spec: ModelSpec, *, has_begun: bool) -> ModelUnavailableError:
    """Say that a stream ended before the model had said why it stops."""
    if has_begun:
        return ModelUnavailableError(
            f"'{spec}' was cut off in the middle of its answer; try again, or choose another model"
        )
    return ModelUnavailableError(
        f"'{spec}' ended its answer before it began; try again, or check that its base URL is a model server's"
    )


def read_failure(error: BaseException, access: Access) -> Failure:
    """Find what lies under an exception."""
    errors = list(_chain(error))
    for one in errors:
        response = getattr(one, "response", None)
        # litellm makes responses up for what never had one; this is the exception of a real answer
        if isinstance(one, httpx.HTTPStatusError) and isinstance(response, httpx.Response):
            said = _words(_body(response) or _message(errors[0]), access)
            return Failure(response.status_code, said, response.headers, None)
    for one in errors:
        if isinstance(one, (httpx.TimeoutException, TimeoutError, *_CUT, socket.gaierror)):
            return Failure(0, "", {}, one)
    statuses = [status for one in errors if isinstance(status := getattr(one, "status_code", None), int)]
    is_ours = any(isinstance(one, (ValueError, TypeError, KeyError, AttributeError)) for one in errors)
    status = 0 if is_ours or not statuses else statuses[-1]
    # without an answer of its own, 500 is litellm's word for "something"
    return Failure(status, "" if is_ours else _words(_message(errors[-1]), access), {}, None)


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Read how long a provider asks to wait: seconds, or a date (RFC 9110, 10.2.3); None when it does not say."""
    if milliseconds := headers.get("retry-after-ms", ""):
        try:
            return max(0.0, float(milliseconds) / 1000)
        except ValueError:
            pass
    given = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(given))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(given)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _connection_error(cause: BaseException, name: str, access: Access) -> ModelUnavailableError:
    at = f" at {access.base_url}" if access.base_url else ""
    if isinstance(cause, (httpx.TimeoutException, TimeoutError)) and not isinstance(
        cause, httpx.ConnectTimeout
    ):
        return ModelUnavailableError(
            f"{name}{at} was silent for too long; try again, choose another model, or raise timeout_s of [plugin.model-litellm]"
        )
    is_lost = isinstance(cause, httpx.NetworkError) and not isinstance(cause, httpx.ConnectError)
    if is_lost or isinstance(cause, (httpx.RemoteProtocolError, ConnectionResetError)):
        return ModelUnavailableError(
            f"{name}{at} closed the connection before its answer was complete; try again"
        )
    if access.is_local:
        return ModelUnavailableError(
            f"nothing answers for {name}{at}; start the model server, or choose another model"
        )
    reason = (
        "its name is not known"
        if any(isinstance(one, socket.gaierror) for one in _chain(cause))
        else "there is no connection"
    )
    return ModelUnavailableError(f"{name}{at} can't be reached, {reason}; check the network and the base URL")


def _no_tools(name: str, said: str) -> ModelError:
    return ModelError(
        f"{name} can't call tools: {said}; choose a model that can, or run without tools: --tools none"
    )


def _why_not_now(status: int) -> str:
    match status:
        case 429:
            return "has had too many requests"
        case 408:
            return "took too long"
        case 529 | 503:
            return "is overloaded or down"
        case _:
            return f"failed with {status}"


def _when(wait_s: float | None) -> str:
    return "try again in a moment" if wait_s is None else f"try again in {wait_s:.0f} s"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give an exception and what it came from, the outermost first."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        original = getattr(current, "original_exception", None)
        under = original if isinstance(original, BaseException) else current.__cause__ or current.__context__
        current = under


def _body(response: httpx.Response) -> str:
    try:
        return response.text
    except httpx.ResponseNotRead:
        return ""


def _message(error: BaseException) -> str:
    message = getattr(error, "message", None)
    return message if isinstance(message, str) else str(error)


def _words(text: str, access: Access) -> str:
    """Give the provider's own words: the message in its JSON, without a key, on one short line."""
    start = text.find("{")
    try:
        found = _find_message(json.loads(text[start:])) if start >= 0 else ""
    except (ValueError, RecursionError):
        found = ""
    words = found or text
    if "<html" in words.lower() or "<!doctype" in words.lower():
        return "it sent a web page"
    words = re.sub(r"^(?:litellm\.)?(?:\w+(?:Error|Exception):? ?-? ?)+", "", words)
    if access.api_key and len(access.api_key) > 6:
        words = words.replace(access.api_key, "***")
    words = re.sub(r"\b(?:sk|pk|key|gsk|xai)-[\w*-]{6,}", "***", words)
    words = " ".join(words.split()).rstrip(". ")
    return words if len(words) <= _SHOWN_CHARS else f"{words[:_SHOWN_CHARS].rstrip()}..."


def _find_message(body: object) -> str:
    """Find the message in the shapes that providers give it."""
    if isinstance(body, str):
        return body
    if not isinstance(body, dict):
        return ""
    table = cast("dict[str, object]", body)
    for key in ("error", "message", "detail", "error_message", "errors"):
        value = table.get(key)
        value = cast("list[object]", value)[0] if isinstance(value, list) and value else value
        if found := _find_message(value):
            return found
    return ""
