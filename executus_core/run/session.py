"""One run, from its start to its result."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from executus_core.loop.mailbox import Mailbox
from executus_core.record.caller import Caller
from executus_core.record.run import RunInfo, RunTally
from executus_core.run.guard import Guard
from executus_core.waiting import StopSign

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from executus_core.llm.exchange import Model
    from executus_core.llm.json import JsonValue
    from executus_core.llm.message import Message
    from executus_core.loop.signal import Signal
    from executus_core.ports.audit import Audit, RunRecorder
    from executus_core.ports.budget import Budget
    from executus_core.ports.checkpointer import Checkpointer
    from executus_core.ports.critic import CriticHandle
    from executus_core.record.agent import Agent
    from executus_core.record.artifact import Artifact
    from executus_core.record.budget import Reservation
    from executus_core.llm.message import ToolCall
    from executus_core.record.events import RunEvent
    from executus_core.record.invocation import Invocation
    from executus_core.record.session import PostRun
    from executus_core.run.host import Host
    from executus_core.tool.registry import Toolbox

logger = logging.getLogger("executus")


@define(eq=False, repr=False)
class Session:
    """Everything about one run. Opened, then driven by the loop, then settled.

    Attributes:
        host: What the executor is made of.
        agent: What runs.
        invocation: How it was started.
        run_id: The run.
        started: The start, on the clock's ``monotonic``.
        started_at_s: The start, in seconds since the epoch.
        tier: Tier or spec.
        max_steps: Step ceiling at the start.
        max_runtime_s: Seconds from the start of the bounds.
        stop: Stops the run.
        streams: Whether somebody wants the answer piece by piece.
        caller: Who it is for, once identity has said.
        guard: Calls foreign code.
        tally: Live counts.
        mailbox: Messages from outside.
        transcript: The messages, oldest first.
        artifacts: Files that tools attached.
        recorders: Open audit records with the audit they belong to.
        reservations: Granted budgets.
        cleanups: What to undo, last armed first: label, provider and callable.
        post_runs: Hooks of the session tools.
        toolbox: The tools, once built.
        model: The model, once resolved.
        checkpointer: The journal, while it works.
        critic: The supervision, while it works.
        emit: Told each event, when somebody listens.
        push: Takes the events of a run's handle, when there is one.
        holds_key: Whether the run holds its idempotency key.
    """

    host: Host
    agent: Agent[Any]
    invocation: Invocation
    run_id: str
    started: float
    started_at_s: float
    tier: str
    max_steps: int
    max_runtime_s: float
    stop: StopSign
    streams: bool = False
    caller: Caller = field(init=False)
    guard: Guard = field(init=False)
    tally: RunTally = field(factory=RunTally)
    mailbox: Mailbox = field(factory=Mailbox)
    transcript: list[Message] = field(factory=list)
    artifacts: list[Artifact] = field(factory=list)
    recorders: list[tuple[Audit, RunRecorder]] = field(factory=list)
    reservations: list[tuple[Budget, Reservation]] = field(factory=list)
    cleanups: list[tuple[str, object, Callable[[], Awaitable[None] | None]]] = field(factory=list)
    post_runs: list[PostRun] = field(factory=list)
    toolbox: Toolbox | None = None
    model: Model | None = None
    checkpointer: Checkpointer | None = None
    critic: CriticHandle | None = None
    emit: Signal | None = None
    push: Callable[[RunEvent], None] | None = None
    holds_key: bool = False
    _info: RunInfo | None = None

    def __repr__(self) -> str:
        """Show which run it is."""
        return f"<Session {self.run_id} of '{self.agent.name}'>"

    def __attrs_post_init__(self) -> None:
        """Begin as the invocation's caller, who holds no scopes."""
        self.caller = Caller(self.invocation.caller_id) if self.invocation.caller_id else NOBODY
        self.guard = Guard(self.run_id, self.host.ports, self.host.clock, self.stop.is_raised)

    @property
    def caller_id(self) -> str:
        """Who the run is for."""
        return self.invocation.caller_id

    @property
    def info(self) -> RunInfo:
        """What ports may know of the run; made when the first one asks."""
        info = self._info
        if info is None:
            agent, invocation = self.agent, self.invocation
            info = self._info = RunInfo(
                run_id=self.run_id,
                subject_id=agent.subject_id,
                name=agent.name,
                caller_id=invocation.caller_id,
                channel_id=invocation.channel_id,
                guild_id=invocation.guild_id,
                parent_run_id=invocation.parent_run_id,
                model_tier=self.tier,
                inputs=invocation.inputs,
                started_at=datetime.fromtimestamp(self.started_at_s, timezone.utc),
                max_steps=self.max_steps,
                max_runtime_s=self.max_runtime_s,
                durable=agent.durable,
                plugins=self.host.ports.plugins,
            )
        return info

    def set_caller(self, caller: Caller) -> None:
        """Take over who the run is for."""
        self.caller = caller
        if caller.tenant != self.info.tenant:
            self._info = evolve(self.info, tenant=caller.tenant)

    def log_event(self, type: str, payload: dict[str, JsonValue]) -> None:  # noqa: A002 - the port's word
        """Put an event into every open audit record."""
        for audit, recorder in list(self.recorders):
            try:
                recorder.log_event(type, payload)
            except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
                self.guard.note("audit", audit, error)

    def report_tool_failure(self, call: ToolCall, origin: str, error: BaseException) -> None:
        """Keep what a tool raised for the operator; the model only learns the class."""
        logger.warning("run %s: the tool '%s' (%s) failed", self.run_id, call.name, origin, exc_info=error)
        self.log_error(f"the tool '{call.name}' ({origin}) raised {type(error).__name__}: {error}")

    def report_late_tool(self, call: ToolCall, seconds: float, error: BaseException | None) -> None:
        """Record that a synchronous tool ended after it was given up; its result goes nowhere else."""
        ending = f"raised {type(error).__name__}" if error else "ended"
        logger.warning("run %s: the tool '%s' %s after %.3f s, too late", self.run_id, call.name, ending, seconds)
        self.log_event("tool.late", {"call_id": call.id, "tool": call.name, "ending": ending, "seconds": seconds})

    def log_error(self, message: str) -> None:
        """Put an error into every open audit record."""
        for audit, recorder in list(self.recorders):
            try:
                recorder.log_error(message)
            except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
                self.guard.note("audit", audit, error)


NOBODY = Caller()
