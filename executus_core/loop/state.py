"""Everything that one loop needs, flattened once, so that a step asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from executus_core.loop.mailbox import Mailbox
from executus_core.record.run import RunTally
from executus_core.waiting import StopSign

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from executus_core.config.defaults import Defaults
    from executus_core.llm.exchange import Model, ModelRequest, Response
    from executus_core.llm.message import Message, ToolCall
    from executus_core.llm.usage import Usage
    from executus_core.loop.signal import Signal
    from executus_core.output.judge import OutputJudge
    from executus_core.pendingattach import PendingArtifacts
    from executus_core.ports.clock import Clock
    from executus_core.record.checkpoint import CheckpointEntry
    from executus_core.record.events import RunEvent
    from executus_core.record.run import Step
    from executus_core.record.tool import Tool, ToolContext
    from executus_core.tool.kept import KeptResults

NO_TOOLS: Final[Mapping[str, Tool]] = {}

NO_MAILBOX: Final = Mailbox(is_open=False)
"""The mailbox of a run without tools: nobody can post to it."""


class LoopState:
    """One run as the loop sees it. What is None is not there and costs nothing.

    A plain class: what each step looks at is set in each instance, which is what the interpreter reads fastest; the rest are
    class attributes, so that a run sets only what it has.

    Attributes:
        model: Who answers.
        generate: Asks it once, at a stretch or piece by piece.
        request: The question; its messages are the transcript, which the loop alone appends to.
        transcript: The messages, oldest first.
        tools: Tools by name.
        defaults: Guards and bounds.
        clock: Time.
        now: The clock's ``monotonic``.
        stop: Stops the run, and tells the run's own cancellation from a plugin's.
        usages: The usage of each model call that brought a step, oldest first.
        extra_usages: What was consumed beside the steps: by attempts that failed, and by calls that are no step.
        calls: Every finished tool call, in the order of the transcript.
        pending: What tools attached, when any could.
        max_steps: Step ceiling.
        kept: Results that were too long, once there is one.
        reader: The tool that reads on in them.
        mailbox: Messages from outside; there when the run has tools.
        is_reported: Whether somebody reports each attempt of a model that does not do so itself.
        judge: Decides whether an answer is the value that the run is for; None where any text will do.
        is_watched: Whether any of the following is there, so that a bare run asks once and not ten times.
        ceiling: Asks the critic for the step ceiling.
        steer: Asks the critic for messages.
        permit: Stage 3 of permission: gives a call its arguments, or raises ``ToolPermissionError`` to refuse it.
        compact: Gives what shortens the transcript, in place, when that is due; else None.
        save: Appends to the checkpoint.
        meter: Lets budgets stop the run.
        on_step: Told each response.
        on_tool: Told each finished call.
        on_tool_start: Told each call that starts.
        emit: Told each event.
    """

    generate: Callable[[ModelRequest], Awaitable[Response]]
    model: Model
    request: ModelRequest
    tools: Mapping[str, Tool] = NO_TOOLS
    pending: PendingArtifacts | None = None
    kept: KeptResults | None = None
    reader: Tool | None = None
    mailbox: Mailbox = NO_MAILBOX
    judge: OutputJudge | None = None
    is_reported: bool = False
    permit: Callable[[Tool, ToolCall, Mapping[str, object]], Awaitable[Mapping[str, object]]] | None = None
    save: Callable[[CheckpointEntry], Awaitable[None]] | None = None
    meter: Callable[[Usage], None] | None = None
    on_step: Signal | None = None
    on_tool: Signal | None = None
    on_tool_start: Signal | None = None
    emit: Callable[[RunEvent], None] | None = None

    def __init__(self, clock: Clock, defaults: Defaults, max_steps: int) -> None:
        """Begin with an empty transcript and nothing bound."""
        self.clock = clock
        self.now: Callable[[], float] = clock.monotonic
        self.defaults = defaults
        self.is_watched = False
        self.ceiling: Callable[[], int | None] | None = None
        self.steer: Callable[[], Sequence[Message]] | None = None
        self.compact: Callable[[], Awaitable[object] | None] | None = None
        self.max_steps = max_steps
        self.stop: StopSign = StopSign(clock)
        self.transcript: list[Message] = []
        self.usages: list[Usage] = []
        self.extra_usages: list[Usage] = []
        self.calls: list[Step] = []

    @property
    def tally(self) -> RunTally:
        """Live counts of the run."""
        return RunTally(self.usages, self.calls, self.extra_usages)

    @property
    def attachments(self) -> PendingArtifacts:
        """Takes what tools attach."""
        raise NotImplementedError

    def make_context(self, call: ToolCall) -> ToolContext:
        """Make what one call of a tool may know and do."""
        raise NotImplementedError

    def report_tool_failure(self, call: ToolCall, error: BaseException) -> None:
        """Keep what a tool raised, whole; the model learns the class only."""

    def arm_cleanup(self, origin: str, cleanup: Callable[[], Awaitable[None] | None]) -> None:
        """Have something undone when the run is over."""
        raise NotImplementedError

    def find_refusal(self, tool: Tool) -> str:
        """Say why a tool that the run itself would add is not for it, or ""."""
        raise NotImplementedError

    def report_kept(self, call: ToolCall, name: str, chars: int) -> None:
        """Record that a long result was kept."""

    def report_cut(self, problem: str) -> None:
        """Note why a long result was cut."""

    def report_late_tool(self, call: ToolCall, seconds: float, error: BaseException | None) -> None:
        """Record that a synchronous tool ended after it was given up."""
