"""One question to the model."""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING

from executus_core.errors import ModelError, ModelUnavailableError
from executus_core.llm.events import TextDelta, ThinkingDelta
from executus_core.llm.exchange import Response
from executus_core.llm.message import Message, ToolCall

if TYPE_CHECKING:
    from executus_core.loop.state import LoopState


async def ask(state: LoopState) -> Response:
    """Ask the model once.

    Raises:
        Exception: Whatever the model raised; an error that is not an ``Exception`` comes as a ``ModelError``.
    """
    model = state.model
    started = state.clock.monotonic() if state.on_call else 0.0
    try:
        response = await (_ask_in_pieces(state) if state.streams else model.generate(state.request))
    except CancelledError as error:
        if state.stop.is_raised():
            raise
        raise ModelError(f"the model '{model.name}' cancelled its own call") from error
    except Exception:
        raise
    except BaseException as error:
        raise ModelError(f"the model '{model.name}' raised {type(error).__name__}: {error}") from error
    if type(response) is not Response or type(response.message) is not Message:
        raise ModelError(f"the model '{model.name}' answered with {response!r:.200}, not with a Response")
    if state.on_call:
        state.on_call(state.request, response, state.clock.monotonic() - started)
    return response


async def _ask_in_pieces(state: LoopState) -> Response:
    """Ask a streaming model, passing on what it writes as it writes."""
    response: Response | None = None
    emit = state.emit
    pieces = state.model.stream(state.request)  # type: ignore[attr-defined]  # streams is only set for those that can
    try:
        async for piece in pieces:
            kind = type(piece)
            if kind is TextDelta or kind is ThinkingDelta:
                if emit:
                    emit(piece)
            elif kind is Response:
                response = piece
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()
    if response is None:
        raise ModelUnavailableError(f"the stream of '{state.model.name}' ended without a whole response")
    return response


def with_unique_ids(message: Message, seen: set[str]) -> Message:
    """Give every call an id of its own within the run, so that results pair by id; remembers the ids.

    Args:
        message: A model's answer, perhaps with missing or repeated ids.
        seen: The ids so far.

    Returns:
        The same message when its ids are good, else one with fresh ids in place of the bad ones.
    """
    calls = message.tool_calls
    if len(calls) == 1:
        call_id = calls[0].id
        if call_id and call_id not in seen:
            seen.add(call_id)
            return message
    paired: list[ToolCall] = []
    for call in calls:
        call_id = call.id
        number = len(seen)
        while not call_id or call_id in seen:
            number += 1
            call_id = f"{call.id or 'call'}_{number}"
        seen.add(call_id)
        paired.append(call if call_id == call.id else ToolCall(call_id, call.name, call.arguments))
    if all(new is old for new, old in zip(paired, calls, strict=True)):
        return message
    return Message(message.role, message.parts, tuple(paired), message.tool_call_id, message.is_error)
