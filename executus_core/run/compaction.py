"""Compaction when it is due, by whatever compactor the host chose."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from executus_core.llm.exchange import ModelRequest
from executus_core.llm.message import Message
from executus_core.record.events import Compacted
from executus_core.run.opening import has_methods

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from executus_core.loop.state import LoopState
    from executus_core.ports.compactor import Compactor, CompactorFactory
    from executus_core.run.session import Session


def bind_compaction(
    session: Session, factory: CompactorFactory
) -> Callable[[LoopState], Awaitable[None]] | None:
    """Make the loop's compaction, or None when the model's window is not known or the factory fails."""
    threshold = int(session.model.context_tokens * session.host.defaults.compaction_threshold_ratio)
    if threshold <= 0:
        return None

    def on_fire(before: int, after: int) -> None:
        session.log_event("run.compacted", {"messages_before": before, "messages_after": after})
        if session.emit:
            session.emit(Compacted(before, after))

    try:
        compactor = factory(threshold, on_fire)
    except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
        session.guard.note("compactor", factory, error)
        return None
    if not has_methods(compactor, "compact"):
        session.guard.note("compactor", factory, f"it gave {compactor!r:.100}, not a Compactor")
        return None

    async def compact(state: LoopState) -> None:
        usages = state.usages
        if not usages:
            return
        tokens = usages[-1].input_tokens + usages[-1].output_tokens
        if tokens >= threshold:
            await _compact(session, state, factory, compactor, tokens)

    return compact


async def _compact(
    session: Session, state: LoopState, factory: CompactorFactory, compactor: Compactor, tokens: int
) -> None:
    shorter = await session.guard.tell(
        "compactor",
        factory,
        compactor.compact,
        tuple(state.transcript),
        tokens,
        seconds=session.host.defaults.port_timeout_s,
    )
    if shorter is None:
        return
    messages = _whole_transcript(shorter)
    if messages is None:
        session.guard.note(
            "compactor", factory, "compact() gave a transcript that no model would take; kept the old one"
        )
        return
    state.transcript = messages
    request = state.request
    state.request = ModelRequest(
        state.transcript, request.tools, request.output_schema, request.options, request.run
    )


def _whole_transcript(answer: object) -> list[Message] | None:
    """Give the messages if every tool result has its call before it, and every call its result; else None."""
    if not isinstance(answer, (list, tuple)) or not answer:
        return None
    messages: list[Message] = []
    waiting: set[str] = set()
    for message in cast("Sequence[object]", answer):
        if not isinstance(message, Message):
            return None
        messages.append(message)
        if message.role == "tool":
            if message.tool_call_id not in waiting:
                return None
            waiting.discard(message.tool_call_id)
        elif waiting:
            return None
        waiting.update(call.id for call in message.tool_calls)
    return None if waiting else messages
