"""Asking a model: whole or in pieces, and what its failures and its ids are worth."""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING, NoReturn

from attrs import evolve

from executus_core.errors import ModelError, ModelUnavailableError
from executus_core.llm.events import TextDelta, ThinkingDelta, ToolCallDelta
from executus_core.llm.exchange import Response
from executus_core.llm.message import ToolCall
from executus_core.llm.usage import Usage
from executus_core.waiting import is_abandoned

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.llm.exchange import ModelRequest, StreamingModel
    from executus_core.loop.state import LoopState
    from executus_core.record.events import RunEvent


async def ask_in_pieces(
    model: StreamingModel,
    request: ModelRequest,
    emit: Callable[[RunEvent], None],
    written: list[TextDelta],
    see_call: Callable[[ToolCallDelta], None] | None = None,
) -> Response:
    """Ask a streaming model, passing on what it writes as it writes.

    Args:
        model: Who answers.
        request: The question.
        emit: Told each delta of text and reasoning.
        written: Holds the deltas of text so far, and nothing once the answer is whole: of a stream that is cut nobody else
            has them.
        see_call: Told each delta of a tool call, if anybody wants to know.

    Raises:
        ModelUnavailableError: The stream ended without a whole response.
    """
    response: Response | None = None
    written.clear()
    keep = written.append
    pieces = model.stream(request)
    try:
        async for piece in pieces:
            kind = type(piece)
            if kind is TextDelta:
                keep(piece)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # it is one
                emit(piece)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the same
            elif kind is ThinkingDelta:
                emit(piece)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the same
            elif kind is Response:
                response = piece  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # it is one
            elif see_call is not None and kind is ToolCallDelta:
                see_call(piece)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # it is one
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()
    if response is None:
        raise ModelUnavailableError(f"the stream of '{model.name}' ended without a whole response")
    written.clear()
    return response


def fail_to_answer(state: LoopState, error: BaseException) -> NoReturn:
    """Raise what a model's failure means for the run.

    Raises:
        CancelledError: The run itself was cancelled.
        Exception: What the model raised; one that is not an ``Exception``, or a cancellation of its own making, comes as a
            ``ModelError``.
    """
    if not (state.is_reported or reports_attempts(state.model)):
        _count_lost(state, error)
    if isinstance(error, CancelledError) and not state.stop.is_raised():
        raise ModelError(f"the model '{state.model.name}' cancelled its own call") from error
    if isinstance(error, (Exception, CancelledError)) or is_abandoned():
        raise error
    raise ModelError(f"the model '{state.model.name}' raised {type(error).__name__}: {error}") from error


def reports_attempts(model: object) -> bool:
    """Tell whether a model reports each of its attempts."""
    return bool(getattr(model, "reports_attempts", False))


def _count_lost(state: LoopState, error: BaseException) -> None:
    """Count what a call consumed that brought no answer: as its provider said, or unknown once an answer had begun."""
    usage = getattr(error, "usage", None)
    if isinstance(usage, Usage):
        state.extra_usages.append(usage)
    elif isinstance(error, ModelUnavailableError) and error.has_begun:
        state.extra_usages.append(Usage())


def refuse_answer(state: LoopState, answer: object) -> NoReturn:
    """Say that what a model returned is no response with an assistant's message and a usage.

    Raises:
        ModelError: Always.
    """
    try:
        shown = f"{answer!r:.200}"
    except Exception:  # noqa: BLE001 - foreign code may raise anything
        shown = f"a {type(answer).__name__}"
    raise ModelError(f"the model '{state.model.name}' answered with {shown}, not with a whole Response")


def with_unique_ids(response: Response, seen: set[str]) -> Response:
    """Give every call an id of its own within the run, so that results pair by id; remembers the ids.

    Args:
        response: A model's answer, perhaps with missing or repeated ids.
        seen: The ids so far.

    Returns:
        The same response when its ids are good, else one with fresh ids in place of the bad ones.
    """
    message = response.message
    paired: list[ToolCall] = []
    for call in message.tool_calls:
        given: object = call.id  # a model may write anything there
        stem = call_id = given if isinstance(given, str) else ""
        number = len(seen)
        while not call_id or call_id in seen:
            number += 1
            call_id = f"{stem or 'call'}_{number}"
        seen.add(call_id)
        paired.append(call if call_id == call.id else ToolCall(call_id, call.name, call.arguments))
    if all(new is old for new, old in zip(paired, message.tool_calls, strict=True)):
        return response
    repaired = evolve(message, tool_calls=tuple(paired))
    return Response(repaired, response.usage, response.model, response.stop_reason)
