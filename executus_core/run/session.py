"""One run, from its start to its result."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attrs import evolve

from executus_core.errors import RunError, RunTimeoutError
from executus_core.llm.message import text_of_input
from executus_core.loop.state import LoopState
from executus_core.pendingattach import PendingArtifacts
from executus_core.record.caller import Caller
from executus_core.record.run import Note, RunInfo
from executus_core.record.tool import ToolContext
from executus_core.run.asking import PersonToAsk
from executus_core.run.attempts import record_attempt
from executus_core.run.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from executus_core.llm.attempt import ModelAttempt
    from executus_core.llm.events import TextDelta
    from executus_core.llm.exchange import ModelRequest, Response
    from executus_core.llm.json import JsonValue
    from executus_core.llm.message import Message, Part, ToolCall
    from executus_core.ports.audit import Audit, RunRecorder
    from executus_core.ports.budget import Budget
    from executus_core.ports.checkpointer import Checkpointer
    from executus_core.record.budget import Reservation
    from executus_core.record.checkpoint import CheckpointEntry
    from executus_core.record.events import RunEvent
    from executus_core.record.invocation import Invocation
    from executus_core.record.session import PostRun
    from executus_core.record.tool import Tool
    from executus_core.run.host import Host
    from executus_core.run.plan import AgentPlan
    from executus_core.tool.admission import Narrowing
    from executus_core.tool.registry import Toolbox

logger: logging.Logger = logging.getLogger("executus")

NOBODY: Final = Caller()


class Session(LoopState):
    """Everything about one run: opened, driven by the loop, settled.

    Attributes:
        host: What the executor is made of.
        plan: The agent, with its open caps filled in.
        invocation: How the run was started.
        run_id: The run.
        started: The start, on the clock's ``monotonic``.
        started_at_s: The start, in seconds since the epoch.
        content: The run's input.
        question: The message that it became, once it stands in the transcript.
        caller: Who it is for, once identity has said.
        narrowings: What the runs that this one is inside of leave it of tools.
        toolbox: The tools, when there are any.
        recorders: Open audit records with the audit they belong to.
        listening: Those of them that have not failed yet.
        reservations: Granted budgets.
        cleanups: What to undo, last armed first: port, provider and callable.
        post_runs: Hooks of the session tools.
        checkpointer: The journal, while it works.
        wants_pieces: Whether somebody wants the answer piece by piece.
        push: Takes the events of a run's handle, when there is one.
        written: The deltas of text of an answer that is not whole yet.
        holds_key: Whether the run holds its idempotency key.
        dropped_sinks: Ids of the sinks that failed, and see no more of it.
    """

    caller: Caller = NOBODY
    question: Message | None = None
    narrowings: Sequence[Narrowing] = ()
    toolbox: Toolbox | None = None
    pending: PendingArtifacts | None = None
    recorders: tuple[tuple[Audit, RunRecorder], ...] = ()
    listening: tuple[tuple[Audit, RunRecorder], ...] = ()
    reservations: tuple[tuple[Budget, Reservation], ...] = ()
    cleanups: tuple[tuple[str, object, Callable[[], Awaitable[None] | None]], ...] = ()
    post_runs: tuple[PostRun, ...] = ()
    checkpointer: Checkpointer | None = None
    push: Callable[[RunEvent], None] | None = None
    wants_pieces: bool = False
    written: Sequence[TextDelta] = ()
    holds_key: bool = False
    dropped_sinks: frozenset[int] = frozenset()
    _guard: Guard | None = None
    _info: RunInfo | None = None

    def __init__(self, host: Host, plan: AgentPlan, invocation: Invocation) -> None:
        """Note the start and take an id."""
        clock = host.clock
        super().__init__(clock, host.defaults, plan.max_steps)
        self.host = host
        self.plan = plan
        self.invocation = invocation
        self.started: float = clock.monotonic()
        self.started_at_s: float = clock.time()
        self.run_id: str = invocation.run_id or clock.new_id()
        self.content: str | Sequence[str | Part] = ""

    def __repr__(self) -> str:
        """Show which run it is."""
        return f"<Session {self.run_id} of '{self.plan.agent.name}'>"

    @property
    def caller_id(self) -> str:
        """Who the run is for."""
        return self.invocation.caller_id

    @property
    def guard(self) -> Guard:
        """Calls foreign code; made when the first is called."""
        if self._guard is None:
            self._guard = Guard(
                self.run_id, self.host.ports, self.clock, self.stop.is_raised, self.host.faults
            )
        return self._guard

    @property
    def needs_settling(self) -> bool:
        """Whether anything was opened that must be closed; a bare run skips the whole end."""
        return bool(
            self.recorders
            or self.reservations
            or self.cleanups
            or self.post_runs
            or self.checkpointer
            or self.invocation.delivery
        )

    @property
    def notes(self) -> tuple[Note, ...]:
        """What went wrong beside the run."""
        notes = tuple(self._guard.notes) if self._guard is not None else ()
        if self.pending is not None and self.pending.late:
            notes += tuple(Note("attach", "tools", late) for late in self.pending.late)
        return notes

    @property
    def attachments(self) -> PendingArtifacts:
        """Takes what tools attach; made when the first of them can."""
        if self.pending is None:
            defaults = self.defaults
            self.pending = PendingArtifacts(self.run_id, defaults.max_artifacts, defaults.max_artifact_bytes)
        return self.pending

    @property
    def info(self) -> RunInfo:
        """What ports may know of the run; made when the first one asks."""
        info = self._info
        if info is None:
            plan, invocation = self.plan, self.invocation
            # By position: with keywords this would cost twice as much, once per run.
            info = self._info = RunInfo(
                self.run_id,
                plan.subject_id,
                plan.agent.name,
                invocation.caller_id,
                invocation.channel_id,
                invocation.guild_id,
                invocation.parent_run_id,
                plan.tier,
                {**invocation.inputs, "input": text_of_input(self.content)},
                datetime.fromtimestamp(self.started_at_s, UTC),
                plan.max_steps,
                plan.max_runtime_s,
                self.caller.tenant,
                plan.agent.durable,
                self.host.ports.plugins,
            )
        return info

    def set_caller(self, caller: Caller) -> None:
        """Take over who the run is for."""
        self.caller = caller
        if self._info is not None and caller.tenant != self._info.tenant:
            self._info = evolve(self._info, tenant=caller.tenant)

    def let_go(self) -> None:
        """Break the reference cycles through this session, so that its memory goes with its last user."""
        self.stop.forget()
        state: LoopState = self  # these are the loop's
        if state.judge is not None:
            state.judge = None
        state.request = None  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]  # never asked again
        if not self.is_watched:
            return
        for signal in (self.on_step, self.on_tool, self.on_tool_start):
            if signal is not None:
                signal.forget()
        state.permit = state.save = state.compact = state.ceiling = state.steer = None
        state.generate = state.meter = state.on_step = state.on_tool = state.on_tool_start = state.emit = None  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]  # the same
        self.push = self._guard = None

    def run_out_of_time(self) -> None:
        """End the run for its deadline."""
        self.stop.stop(RunTimeoutError(self.plan.max_runtime_s))

    def take_ready_toolbox(self) -> bool:
        """Take the toolbox that an earlier run of the agent got, where this run would get the same; tells whether it did."""
        plan, invocation = self.plan, self.invocation
        if plan.registry_version != self.host.registry.version:
            return False
        toolbox = plan.toolboxes.get(invocation.visibility)
        if toolbox is None or invocation.extra_tools or invocation.session_tool_factory:
            return False
        if self.narrowings or invocation.allowed_tools is not None:
            return False
        self.toolbox = toolbox
        self.tools: Mapping[str, Tool] = toolbox.tools
        return True

    def make_context(self, call: ToolCall) -> ToolContext:
        """Make what one call of a tool may know and do."""
        return ToolContext(
            self.invocation,
            self.info,
            self.caller,
            self.mailbox.attach_images,
            self.attachments.add,
            self.tally,
            f"{self.run_id}:{call.id}",
            PersonToAsk(self, call),
            self.tell_time,
            self.seconds_left,
        )

    def tell_time(self) -> datetime:
        """Tell what a person's clock shows, in UTC."""
        return datetime.fromtimestamp(self.clock.time(), UTC)

    def seconds_left(self) -> float:
        """Tell how long the run may still go on; a critic may change that at any time."""
        return max(0.0, self.stop.deadline - self.clock.monotonic())

    async def save_entry(self, entry: CheckpointEntry) -> None:
        """Append to the journal; one that fails is given up, and the run goes on without.

        Raises:
            RunError: The run is to be paused, and nothing would hold it.
        """
        checkpointer = self.checkpointer
        if checkpointer is None:
            return
        try:
            await self.guard.ask(checkpointer.save, entry, seconds=self.defaults.port_timeout_s)
        except Exception as error:
            self.guard.note("checkpointer", self.host.ports.checkpointer, error)
            self.checkpointer = None
            if entry.kind == "pause":
                raise RunError(
                    "a tool call waits for a person, and the checkpoint that should hold the run failed; "
                    "mend its store and start the run anew"
                ) from error

    def drop_audit(self, audit: object, error: BaseException) -> None:
        """Note that a recorder failed, and call it no more but to close it."""
        self.guard.note("audit", audit, error)
        self.listening = tuple(pair for pair in self.listening if pair[0] is not audit)
        for signal in (self.on_step, self.on_tool):
            if signal is not None:
                signal.drop(audit)

    def log_event(self, type: str, payload: dict[str, JsonValue]) -> None:  # noqa: A002 - the contract's word
        """Put an event into every open audit record."""
        for audit, recorder in self.listening:
            try:
                recorder.log_event(type, payload)
            except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
                self.drop_audit(audit, error)

    def record_attempt(
        self, attempt: ModelAttempt, request: ModelRequest, response: Response | None = None
    ) -> None:
        """See an attempt at one of the run's model calls."""
        record_attempt(self, attempt, request, response)

    def log_error(self, message: str) -> None:
        """Put an error into every open audit record."""
        for audit, recorder in self.listening:
            try:
                recorder.log_error(message)
            except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
                self.drop_audit(audit, error)

    def arm_cleanup(self, origin: str, cleanup: Callable[[], Awaitable[None] | None]) -> None:
        """Have something undone when the run is over."""
        self.cleanups = (*self.cleanups, ("cleanup", origin, cleanup))

    def find_refusal(self, tool: Tool) -> str:
        """Say why a tool that the run itself would add is not for it, or "": stages 1 and 2 hold for it too."""
        return self.toolbox.admission.find_refusal(tool) if self.toolbox else ""

    def report_kept(self, call: ToolCall, name: str, chars: int) -> None:
        """Record that a long result was kept; what it says stays out of the record."""
        self.log_event(
            "tool.result_kept", {"call_id": call.id, "tool": call.name, "name": name, "chars": chars}
        )

    def report_cut(self, problem: str) -> None:
        """Note why a long result was cut, once for each reason."""
        if problem not in (note.message for note in self.guard.notes):
            self.guard.note("tools", "executus", problem)

    def report_tool_failure(self, call: ToolCall, error: BaseException) -> None:
        """Keep what a tool raised for the operator; the model only learns the class."""
        tool = self.tools.get(call.name)
        origin = tool.origin if tool else "unknown"
        logger.warning("run %s: the tool '%s' (%s) failed", self.run_id, call.name, origin, exc_info=error)
        self.log_error(f"the tool '{call.name}' ({origin}) raised {type(error).__name__}: {error}")

    def report_late_tool(self, call: ToolCall, seconds: float, error: BaseException | None) -> None:
        """Record that a synchronous tool ended after it was given up; its result goes nowhere else."""
        ending = f"raised {type(error).__name__}" if error else "ended"
        logger.warning(
            "run %s: the tool '%s' %s after %.3f s, too late", self.run_id, call.name, ending, seconds
        )
        self.log_event(
            "tool.late", {"call_id": call.id, "tool": call.name, "ending": ending, "seconds": seconds}
        )
