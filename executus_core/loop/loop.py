"""The one ``while``: steer, compact, ask, call tools, append, observe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.errors import MaxStepsError, RunPausedError
from executus_core.llm.exchange import Response
from executus_core.loop.ask import ask, with_unique_ids
from executus_core.loop.dispatch import answer_unrun, dispatch
from executus_core.loop.guards import LoopGuards
from executus_core.record.checkpoint import CheckpointEntry
from executus_core.record.events import Steered, StepFinished

if TYPE_CHECKING:
    from executus_core.record.checkpoint import EntryKind
    from executus_core.loop.state import LoopState


async def run_loop(state: LoopState) -> str:
    """Run steps until the model answers without calling a tool.

    Returns:
        The text of the last answer.

    Raises:
        MaxStepsError: The ceiling was reached first.
        ToolLoopError: A guard ended the run.
        Exception: Whatever the model raised.
    """
    defaults = state.defaults
    guards = LoopGuards(defaults.max_consecutive_tool_errors, defaults.max_same_tool_call_repeats)
    index = state.tally.steps
    while True:
        ceiling = (state.ceiling() if state.ceiling else None) or state.max_steps
        if index >= ceiling:
            raise MaxStepsError(ceiling)
        index += 1
        state.stop.check()
        if state.steer or state.mailbox.messages:
            _drain(state)
        if state.compact:
            await state.compact(state)
        response = await take_step(state, index)
        calls = response.message.tool_calls
        if calls:
            try:
                await dispatch(state, index, calls, guards)
            except RunPausedError:
                await _save(state, "pause", index, response)
                raise
        if state.save:
            await _save(state, "step", index, response)
        if state.emit:
            state.emit(StepFinished(index, response))
        if not calls:
            return response.message.text
        if guards.verdict is not None:
            raise guards.verdict


async def run_direct(state: LoopState) -> str:
    """Ask exactly once: the path of a run that has no tools. Calls that the model makes all the same are answered, not run.

    Returns:
        The text of the answer.
    """
    response = await take_step(state, 1)
    answer_unrun(state, response.message.tool_calls)
    if state.save:
        await _save(state, "step", 1, response)
    if state.emit:
        state.emit(StepFinished(1, response))
    return response.message.text


async def take_step(state: LoopState, index: int) -> Response:
    """Ask once, and put the answer where everybody sees it."""
    response = await ask(state)
    message = response.message
    if message.tool_calls:
        paired = with_unique_ids(message, state.seen_ids)
        if paired is not message:
            response = Response(paired, response.usage, response.model, response.stop_reason)
    state.transcript.append(response.message)
    state.tally.usages.append(response.usage)
    if state.on_step:
        state.on_step(index, response)
    if state.meter:
        try:
            state.meter(response.usage)
        except BaseException:
            answer_unrun(state, response.message.tool_calls)
            raise
    return response


def _drain(state: LoopState) -> None:
    messages = state.mailbox.drain()
    if state.steer:
        messages.extend(state.steer())
    if messages:
        state.transcript.extend(messages)
        if state.emit:
            state.emit(Steered(tuple(messages)))


async def _save(state: LoopState, kind: EntryKind, index: int, response: Response) -> None:
    """Append what this step added: a response and the results that answer it."""
    transcript = state.transcript
    start = len(transcript) - 1
    while transcript[start] is not response.message:
        start -= 1
    if state.save:
        await state.save(CheckpointEntry(kind, index, tuple(transcript[start:]), response.usage))
