"""All tool calls of one response: side by side where they may, results in call order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

from executus_core.errors import RunPausedError
from executus_core.llm.message import Message
from executus_core.loop.call import run_call
from executus_core.record.events import ToolFinished
from executus_core.waiting import see_through

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.message import ToolCall
    from executus_core.loop.guards import LoopGuards
    from executus_core.loop.state import LoopState
    from executus_core.record.run import Step

Outcome: TypeAlias = "tuple[Step, object] | RunPausedError"
"""A finished call with its validated arguments, or the pause that it asks for."""

UNRUN = "error: the run ended before this call began"
INTERRUPTED = "error: the run ended before this call did; whether it took effect is not known"


async def dispatch(state: LoopState, index: int, calls: Sequence[ToolCall], guards: LoopGuards) -> None:
    """Run several calls of one response and append their results to the transcript, in call order.

    When the run is stopped meanwhile, calls that have ended keep their results, and the others are answered with a note, so
    that the transcript stays one that a model could go on with; those make no step.

    Raises:
        CancelledError: The run was stopped.
        RunPausedError: Calls wait for a person; they alone have no result yet.
    """
    outcomes: dict[int, Outcome] = {}
    begun = 0
    is_stopped = True
    try:
        for batch in _batches(state, calls):
            begun = batch.stop
            await _run_batch(state, index, calls, batch, outcomes)
        is_stopped = False
    finally:
        for position, call in enumerate(calls):
            outcome = outcomes.get(position)
            if isinstance(outcome, tuple):
                _append(state, outcome[0])
            elif position >= begun:
                answer_unrun(state, [call])
            elif outcome is None and is_stopped:
                answer_interrupted(state, index, call)
        if is_stopped:
            state.emit = None  # what was given up and ends later is nobody's event any more
    waiting: list[RunPausedError] = []
    for _, outcome in sorted(outcomes.items()):
        if isinstance(outcome, tuple):
            guards.see(*outcome)
        else:
            waiting.append(outcome)
    if waiting:
        raise RunPausedError(
            "; ".join(str(error) for error in waiting),
            call_ids=[call_id for error in waiting for call_id in error.call_ids],
        )


def answer_unrun(state: LoopState, calls: Sequence[ToolCall]) -> None:
    """Answer calls that will not be run, so that the transcript stays one that a model could go on with."""
    state.transcript.extend(Message.tool(call, UNRUN, is_error=True) for call in calls)


def answer_interrupted(state: LoopState, index: int, call: ToolCall) -> None:
    """Answer a call that the end of the run cut short; whether it took effect nobody knows."""
    message = Message.tool(call, INTERRUPTED, is_error=True)
    state.transcript.append(message)
    if state.emit:
        state.emit(ToolFinished(index, call, message, 0.0))


def _append(state: LoopState, step: Step) -> None:
    state.transcript.append(step.result)
    state.calls.append(step)
    if state.on_tool:
        state.on_tool(step.tool_call, step.result, step.duration)


def _batches(state: LoopState, calls: Sequence[ToolCall]) -> list[range]:
    """Cut the calls into stretches that may run side by side: a sequential tool makes a stretch of its own."""
    batches: list[range] = []
    start = 0
    for position, call in enumerate(calls):
        name: object = call.name  # a model may write anything there
        tool = state.tools.get(name) if isinstance(name, str) else None
        is_alone = tool is not None and tool.sequential
        if is_alone or position - start == state.defaults.max_parallel_tool_calls:
            if position > start:
                batches.append(range(start, position))
            start = position
        if is_alone:
            batches.append(range(position, position + 1))
            start = position + 1
    if start < len(calls):
        batches.append(range(start, len(calls)))
    return batches


async def _run_batch(
    state: LoopState,
    index: int,
    calls: Sequence[ToolCall],
    batch: range,
    outcomes: dict[int, Outcome],
) -> None:
    if len(batch) == 1:
        try:
            outcomes[batch.start] = await run_call(state, index, calls[batch.start])
        except RunPausedError as pause:
            outcomes[batch.start] = pause
        return
    create_task = asyncio.get_running_loop().create_task
    tasks = {position: create_task(_run_in_task(state, index, calls[position])) for position in batch}
    try:
        await asyncio.wait(tasks.values())
    except asyncio.CancelledError:
        await _stop(state, list(tasks.values()))
        raise
    finally:
        for position, task in tasks.items():
            if task.done() and not task.cancelled() and (outcome := task.result()) is not None:
                outcomes[position] = outcome


async def _run_in_task(state: LoopState, index: int, call: ToolCall) -> Outcome | None:
    """Run a call in a task of its own; None when it was cancelled with the run."""
    try:
        return await run_call(state, index, call)
    except RunPausedError as pause:
        return pause
    except asyncio.CancelledError:
        return None


async def _stop(state: LoopState, tasks: Sequence[asyncio.Task[Outcome | None]]) -> None:
    """Cancel, wait a bounded grace, cancel again, and give up on what still goes on.

    A second cancellation meanwhile does not leave calls behind that are about to end; the first one is raised after this.
    """
    for _ in range(2):
        for task in tasks:
            task.cancel()
        is_done, _ = await see_through(state.clock, tasks, state.defaults.cancel_grace_s)
        if is_done:
            return
