"""From an entry of the script to what is sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from executus_core.llm.exchange import Response
from executus_core.llm.message import ToolCall
from executus_core.testing.script import Call
from executus_core.testing.wire.dialect import Answer, RefusedError
from executus_core.testing.wire.faults import HangUp, HttpError, NoChoices, RawBody, Redirect
from executus_core.testing.wire.http1 import HttpReply

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from executus_core.llm.json import JsonObject
    from executus_core.llm.usage import Usage
    from executus_core.testing.wire.dialect import Dialect
    from executus_core.testing.wire.faults import Broken
    from executus_core.testing.wire.request import WireRequest

__all__ = ["Outcome", "Said", "reply_with", "reply_with_refusal"]

Outcome: TypeAlias = (
    "str | Call | Sequence[str | Call] | Response | HttpError | RawBody | NoChoices | HangUp | Redirect"
)


@frozen
class Said:
    """An entry without its wrappers.

    Attributes:
        number: Which answer of the server it is, counted from 1.
        outcome: What is answered in the end.
        thinking: The reasoning before it.
        broken: How the answer is broken, or None.
        usage: What it consumed, unless it says so itself.
    """

    number: int
    outcome: Outcome
    thinking: str
    broken: Broken | None
    usage: Usage


def reply_with(dialect: Dialect, asked: WireRequest, said: Said) -> HttpReply:
    """Make the reply to a request that was accepted.

    Raises:
        TypeError: The dialect can't carry what the script says.
    """
    headers = dialect.headers(said.number)
    match said.outcome:
        case HttpError(status, message, retry_after_s, why, further):
            wait = {} if retry_after_s is None else {"retry-after": f"{retry_after_s:g}"}
            refusal = RefusedError(status, message, why=why)
            return reply_with_refusal(dialect, refusal, {**headers, **wait, **further})
        case HangUp():
            return HttpReply(0, {}, (), ending="cut")
        case Redirect(url):
            return _whole(307, {**headers, "location": url + asked.path}, b"")
        case RawBody(content, media_type):
            return _whole(200, {**headers, "content-type": media_type}, content)
        case NoChoices():
            answer = _answer(dialect, asked, said, ())
            written = dialect.empty(answer, is_stream=asked.is_stream)
        case outcome:
            answer = _answer(dialect, asked, said, outcome)
            written = dialect.stream(answer) if asked.is_stream else dialect.write(answer)
    if isinstance(written, list):
        return _streamed(dialect, headers, written, said.broken)
    return _plain(dialect, headers, written, said.broken)


def reply_with_refusal(dialect: Dialect, refusal: RefusedError, headers: Mapping[str, str]) -> HttpReply:
    """Make the reply to a request that is refused."""
    return _whole(
        refusal.status, {**headers, "content-type": "application/json"}, _encode(dialect.refuse(refusal))
    )


def _answer(
    dialect: Dialect, asked: WireRequest, said: Said, outcome: str | Call | Sequence[str | Call] | Response
) -> Answer:
    counts = asked.reading.counts_stream
    if isinstance(outcome, Response):
        message = outcome.message
        model, stop_reason = outcome.model or asked.model, outcome.stop_reason or "stop"
        return Answer(
            said.number,
            model,
            said.thinking,
            message.text,
            message.tool_calls,
            outcome.usage,
            stop_reason,
            counts,
        )
    parts = [outcome] if isinstance(outcome, (str, Call)) else outcome
    text = "".join(part for part in parts if isinstance(part, str))
    calls = tuple(_calls(dialect, said.number, (part for part in parts if isinstance(part, Call))))
    stop_reason = "tool_calls" if calls else "stop"
    return Answer(said.number, asked.model, said.thinking, text, calls, said.usage, stop_reason, counts)


def _calls(dialect: Dialect, number: int, calls: Iterable[Call]) -> Iterable[ToolCall]:
    for index, call in enumerate(calls):
        yield ToolCall(call.id or dialect.call_id(number, index), call.name, call.arguments)


def _streamed(
    dialect: Dialect, headers: Mapping[str, str], chunks: list[bytes], broken: Broken | None
) -> HttpReply:
    headers = {**headers, "content-type": dialect.stream_type, "cache-control": "no-cache"}
    if broken is None:
        return HttpReply(200, headers, chunks)
    sent = chunks[:-1][: broken.pieces]
    if broken.how == "error":
        return HttpReply(200, headers, [*sent, dialect.break_off(RefusedError(500))])
    return HttpReply(200, headers, sent, ending="end" if broken.how == "unfinished" else broken.how)


def _plain(
    dialect: Dialect, headers: Mapping[str, str], answer: JsonObject, broken: Broken | None
) -> HttpReply:
    headers = {**headers, "content-type": "application/json"}
    content = _encode(answer)
    if broken is None:
        return _whole(200, headers, content)
    if broken.how == "error":
        return reply_with_refusal(dialect, RefusedError(500), headers)
    sent = content[: len(content) // 2 if broken.pieces else 0]
    if broken.how == "unfinished":
        return _whole(200, headers, sent)
    return HttpReply(200, headers, (sent,), len(content), broken.how)


def _whole(status: int, headers: Mapping[str, str], content: bytes) -> HttpReply:
    return HttpReply(status, headers, (content,), len(content))


def _encode(body: JsonObject) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
