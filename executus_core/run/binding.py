"""Binding a run's ports to its loop: optional methods become plain attributes, or None."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.errors import BudgetExceededError
from executus_core.llm.exchange import ModelRequest, ToolSpec
from executus_core.loop.signal import Listener, Signal
from executus_core.loop.state import LoopState
from executus_core.record.tool import ToolContext
from executus_core.run.compaction import bind_compaction
from executus_core.run.critic import CriticBinding
from executus_core.run.opening import save_entry
from executus_core.run.permission import CallPermit

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.llm.exchange import Response
    from executus_core.llm.message import ToolCall
    from executus_core.llm.usage import Usage
    from executus_core.ports.budget import Budget
    from executus_core.record.budget import Reservation
    from executus_core.record.checkpoint import CheckpointEntry
    from executus_core.run.session import Session


def build_request(session: Session) -> ModelRequest:
    """Make the run's request; its messages are the live transcript."""
    assert session.toolbox is not None  # noqa: S101 - the session is open
    tools = session.toolbox.tools
    specs = [ToolSpec(tool.name, tool.description, tool.parameters) for tool in tools.values()] if tools else ()
    return ModelRequest(session.transcript, specs, None, session.agent.model_options, session)


async def bind_loop(session: Session) -> LoopState:
    """Flatten everything the loop needs."""
    host, ports = session.host, session.host.ports
    assert session.toolbox is not None  # noqa: S101 - the session is open
    assert session.model is not None  # noqa: S101 - the session is open
    tools = session.toolbox.tools
    state = LoopState(
        session.model,
        build_request(session),
        session.transcript,
        tools,
        host.defaults,
        host.clock,
        session.stop,
        session.tally,
        session.mailbox,
        session.max_steps,
        emit=session.emit,
        streams=session.streams and hasattr(session.model, "stream"),
    )
    if tools:
        _bind_tools(session, state)
    if session.recorders or ports.critic or ports.trace_sink or ports.usage_sink:
        await _bind_watchers(session, state)
    if session.reservations:
        state.meter = _meter_of(session)
    if session.checkpointer is not None:

        async def save(entry: CheckpointEntry) -> None:
            await save_entry(session, entry)

        state.save = save
    if host.compactor is not None:
        state.compact = bind_compaction(session, host.compactor)
    return state


def _bind_tools(session: Session, state: LoopState) -> None:
    def context_for(call: ToolCall) -> ToolContext:
        return ToolContext(
            session.invocation,
            session.info,
            session.caller,
            session.mailbox.attach_images,
            session.artifacts.append,
            session.tally,
            f"{session.run_id}:{call.id}",
        )

    def report_failure(call: ToolCall, error: BaseException) -> None:
        origin = state.tools[call.name].origin if call.name in state.tools else "tool"
        session.report_tool_failure(call, origin, error)

    def report_late(call: ToolCall, seconds: float, error: BaseException | None) -> None:
        session.report_late_tool(call, seconds, error)

    state.context_for = context_for
    state.on_tool_failure = report_failure
    state.on_late = report_late
    if session.host.ports.policies or any(tool.needs_approval is not False for tool in state.tools.values()):
        state.permit = CallPermit(session)


async def _bind_watchers(session: Session, state: LoopState) -> None:
    """Connect recorders, critic and sinks to what happens; a provider that fails once is dropped from all of it."""
    ports = session.host.ports
    steps: list[Listener] = []
    tools: list[Listener] = []
    starts: list[Listener] = []
    calls: list[Listener] = []
    for audit, recorder in session.recorders:
        steps.append(Listener(recorder.on_step, audit))
        tools.append(Listener(recorder.on_tool, audit))
    handle = await _begin_critic(session) if ports.critic and session.agent.critic else None
    signals: list[Signal] = []

    def drop(owner: object, error: BaseException) -> None:
        session.guard.note(_port_of(session, owner), owner, error)
        for signal in signals:
            signal.drop(owner)
        if owner is ports.critic and state.ceiling is not None:
            state.ceiling = state.steer = None

    if handle is not None:
        critic = ports.critic
        binding = CriticBinding(session, handle, lambda error: drop(critic, error))
        steps.append(Listener(handle.record_step, critic))
        starts.append(Listener(handle.record_tool_start, critic))
        state.ceiling, state.steer = binding.ceiling, binding.steer
        session.stop.on_deadline = binding.deadline_passed
        session.cleanups.append(("critic", critic, handle.stop))
        session.cleanups.append(("critic", critic, binding.end))
        binding.begin()
    calls += [Listener(sink.record_call, sink) for sink in ports.trace_sink]
    calls += [Listener(_usage_listener(session, sink.record_usage), sink) for sink in ports.usage_sink]

    def connect(listeners: list[Listener]) -> Signal | None:
        if not listeners:
            return None
        signals.append(Signal(tuple(listeners), drop))
        return signals[-1]

    state.on_step, state.on_tool = connect(steps), connect(tools)
    state.on_tool_start, state.on_call = connect(starts), connect(calls)


def _port_of(session: Session, owner: object) -> str:
    ports = session.host.ports
    if owner is ports.critic:
        return "critic"
    if any(owner is audit for audit in ports.audit):
        return "audit"
    return "trace_sink" if any(owner is sink for sink in ports.trace_sink) else "usage_sink"


async def _begin_critic(session: Session):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a CriticHandle or None
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
    if handle is not None and not all(callable(getattr(handle, method, None)) for method in methods):
        session.guard.note("critic", critic, f"monitor() gave {handle!r:.100}, not a CriticHandle")
        return None
    return handle


def _usage_listener(
    session: Session, record_usage: Callable[[str, str, Usage], None]
) -> Callable[[ModelRequest, Response, float], None]:
    def record(_request: ModelRequest, response: Response, _duration: float) -> None:
        record_usage(session.run_id, response.model or session.tier, response.usage)

    return record


def _meter_of(session: Session) -> Callable[[Usage], None] | None:
    """Let budgets that watch stop the run; one that fails stops it too."""
    meters: list[tuple[Budget, Callable[[Reservation, Usage], None], Reservation]] = []
    for budget, reservation in session.reservations:
        record_usage = getattr(budget, "record_usage", None)
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
                    f"the budget {name} failed, so the run may not go on: {type(error).__name__}: {error}", budget=name
                ) from error

    return meter
