"""Binding a run's ports to its loop: optional methods become plain attributes, or None."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from executus_core.errors import BudgetExceededError
from executus_core.loop.ask import ask_in_pieces, reports_attempts
from executus_core.loop.signal import Listener, Signal
from executus_core.model.reported import ReportedModel
from executus_core.run.answering import GrowingAnswer
from executus_core.run.compaction import bind_compaction
from executus_core.run.critic import CriticBinding
from executus_core.run.permission import CallPermit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from executus_core.llm.events import TextDelta
    from executus_core.llm.exchange import ModelRequest, Response, StreamingModel
    from executus_core.llm.usage import Usage
    from executus_core.ports.budget import Budget
    from executus_core.ports.critic import CriticHandle
    from executus_core.record.budget import Reservation
    from executus_core.run.session import Session


async def bind_loop(session: Session) -> None:
    """Flatten everything the loop needs; what is not there is not touched."""
    host, ports = session.host, session.host.ports
    toolbox = session.toolbox
    if ports.policies or session.recorders or (toolbox and toolbox.asks_for_approval):
        session.permit = CallPermit(session)
    session.is_watched = True
    session.generate = _bind_model(session)
    if session.recorders or ports.critic:
        await _bind_watchers(session)
    if session.reservations:
        session.meter = _meter_of(session)
    if session.checkpointer is not None:
        session.save = session.save_entry
    if host.compactor is not None:
        bind_compaction(session, host.compactor)


def _bind_model(session: Session) -> Callable[[ModelRequest], Awaitable[Response]]:
    """Choose how to ask: whole, in pieces for whoever listens, and with somebody who reports each attempt to sinks."""
    model, emit, ports = session.model, session.emit, session.host.ports
    streams = session.wants_pieces and hasattr(model, "stream")
    if (ports.trace_sink or ports.usage_sink) and not reports_attempts(model):
        session.is_reported = True
        model = ReportedModel(session.plan.tier, model, session.clock)
    if not streams or emit is None:
        return model.generate
    written: list[TextDelta] = []
    session.written = written
    if session.judge is not None:
        return GrowingAnswer.of(session.judge, cast("StreamingModel", model), emit, written).ask
    return partial(ask_in_pieces, cast("StreamingModel", model), emit=emit, written=written)


async def _bind_watchers(session: Session) -> None:
    """Connect recorders, critic and sinks to what happens; a provider that fails once is dropped from all of it."""
    ports = session.host.ports
    steps: list[Listener] = []
    tools: list[Listener] = []
    starts: list[Listener] = []
    for audit, recorder in session.listening:
        steps.append(Listener(recorder.on_step, audit))
        tools.append(Listener(recorder.on_tool, audit))
    handle = await _begin_critic(session) if ports.critic and session.plan.agent.critic else None
    signals: list[Signal] = []
    binding: CriticBinding | None = None

    def drop(owner: object, error: BaseException) -> None:
        if owner is not ports.critic:
            session.drop_audit(owner, error)
            return
        session.guard.note("critic", owner, error)
        for signal in signals:
            signal.drop(owner)
        session.ceiling = session.steer = None
        if binding is not None:
            binding.end()

    if handle is not None:
        critic = ports.critic
        binding = CriticBinding(session, handle, lambda error: drop(critic, error))
        steps.append(Listener(handle.record_step, critic))
        starts.append(Listener(handle.record_tool_start, critic))
        session.ceiling, session.steer = binding.ceiling, binding.steer
        session.stop.on_deadline = binding.deadline_passed
        session.cleanups = (
            *session.cleanups,
            ("critic", critic, handle.stop),
            ("critic", critic, binding.end),
        )

    def connect(listeners: list[Listener]) -> Signal | None:
        if not listeners:
            return None
        signals.append(Signal(tuple(listeners), drop))
        return signals[-1]

    session.on_step, session.on_tool, session.on_tool_start = connect(steps), connect(tools), connect(starts)
    if binding is not None:
        binding.begin()  # last: one that fails at once is dropped from what is connected


async def _begin_critic(session: Session) -> CriticHandle | None:
    critic = session.host.ports.critic
    assert critic is not None  # noqa: S101 - the caller looked
    defaults = session.host.defaults
    handle = await session.guard.tell(
        "critic",
        critic,
        critic.monitor,
        session.info,
        defaults.critic_soft_timeout_s,
        seconds=defaults.port_timeout_s,
    )
    methods = ("record_step", "record_tool_start", "steer", "deadline", "max_steps", "kill_cause", "stop")
    if handle is None:
        return None
    if not all(callable(getattr(handle, method, None)) for method in methods):
        session.guard.note("critic", critic, f"monitor() gave {handle!r:.100}, not a CriticHandle")
        return None
    return cast("CriticHandle", handle)


def _meter_of(session: Session) -> Callable[[Usage], None] | None:
    """Let budgets that watch stop the run; one that fails stops it too."""
    meters: list[tuple[Budget, Callable[[Reservation, Usage], None], Reservation]] = []
    for budget, reservation in session.reservations:
        record_usage: Callable[[Reservation, Usage], None] | None = getattr(budget, "record_usage", None)
        if callable(record_usage):
            meters.append((budget, record_usage, reservation))
    if not meters:
        return None

    def meter(usage: Usage) -> None:
        for budget, record_usage, reservation in meters:
            try:
                record_usage(reservation, usage)
            except BudgetExceededError:
                raise
            except BaseException as error:
                name = session.host.ports.name_of(budget)
                raise BudgetExceededError(
                    f"the budget {name} failed, so the run may not go on: {type(error).__name__}: {error}",
                    budget=name,
                ) from error

    return meter
