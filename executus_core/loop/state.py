"""Everything that one loop needs, flattened once, so that a step asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from executus_core.config.defaults import Defaults
    from executus_core.llm.exchange import Model, ModelRequest
    from executus_core.llm.message import Message, ToolCall
    from executus_core.llm.usage import Usage
    from executus_core.loop.mailbox import Mailbox
    from executus_core.loop.signal import Signal
    from executus_core.ports.clock import Clock
    from executus_core.record.checkpoint import CheckpointEntry
    from executus_core.record.run import RunTally
    from executus_core.record.tool import Tool, ToolContext
    from executus_core.waiting import StopSign


@define(eq=False)
class LoopState:
    """One run as the loop sees it. What is None is not there and costs nothing.

    Attributes:
        model: Who answers.
        request: The question; its messages are the transcript, which the loop alone appends to.
        transcript: The messages, oldest first.
        tools: Tools by name.
        defaults: Guards and bounds.
        clock: Time.
        stop: Tells the run's own cancellation from a plugin's.
        tally: Usage and finished calls, live.
        mailbox: Messages from outside.
        max_steps: Step ceiling.
        context_for: Makes the context of one call, for tools that want it.
        ceiling: Asks the critic for the step ceiling.
        steer: Asks the critic for messages.
        permit: Stage 3 of permission: raises ``ToolPermissionError`` to refuse a call.
        compact: Shortens the transcript when it is due.
        save: Appends to the checkpoint.
        meter: Lets budgets stop the run.
        on_step: Told each response.
        on_tool: Told each finished call.
        on_tool_start: Told each call that starts.
        on_call: Told each model call with its duration.
        emit: Told each event.
        on_tool_failure: Told of what a tool raised, whole; the model learns the class only.
        on_late: Told of a synchronous tool that ended after it was given up.
        streams: Whether to ask for the answer piece by piece.
        seen_ids: Ids of the calls so far, so that none is used twice.
    """

    model: Model
    request: ModelRequest
    transcript: list[Message]
    tools: Mapping[str, Tool]
    defaults: Defaults
    clock: Clock
    stop: StopSign
    tally: RunTally
    mailbox: Mailbox
    max_steps: int
    context_for: Callable[[ToolCall], ToolContext] | None = None
    ceiling: Callable[[], int | None] | None = None
    steer: Callable[[], Sequence[Message]] | None = None
    permit: Callable[[Tool, ToolCall, Mapping[str, object]], Awaitable[None]] | None = None
    compact: Callable[[LoopState], Awaitable[None]] | None = None
    save: Callable[[CheckpointEntry], Awaitable[None]] | None = None
    meter: Callable[[Usage], None] | None = None
    on_step: Signal | None = None
    on_tool: Signal | None = None
    on_tool_start: Signal | None = None
    on_call: Signal | None = None
    emit: Signal | None = None
    on_tool_failure: Callable[[ToolCall, BaseException], None] | None = None
    on_late: Callable[[ToolCall, float, BaseException | None], None] | None = None
    streams: bool = False
    seen_ids: set[str] = field(factory=set)
