"""The one ``while``: steer, compact, ask, call tools, append, observe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from executus_core.errors import MaxStepsError, RunPausedError
from executus_core.llm.exchange import Response
from executus_core.llm.message import Message
from executus_core.llm.usage import Usage
from executus_core.loop.answer import run_calls_and_judge
from executus_core.loop.ask import fail_to_answer, refuse_answer, with_unique_ids
from executus_core.loop.call import run_call
from executus_core.loop.dispatch import answer_interrupted, answer_unrun, dispatch
from executus_core.loop.guards import LoopGuards
from executus_core.record.checkpoint import CheckpointEntry
from executus_core.record.events import Steered, StepFinished

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.loop.state import LoopState
    from executus_core.record.checkpoint import EntryKind

CHECK_EVERY: Final = 4
"""How many steps a run that never waits may go past its deadline."""


async def run_loop(state: LoopState) -> str:  # noqa: C901, PLR0912, PLR0915 - one map of the whole
    """Run steps until the model answers without calling a tool, or with the value that the run is for.

    Returns:
        The text of the last answer.

    Raises:
        MaxStepsError: The ceiling was reached first.
        ToolLoopError: A guard ended the run.
        StructuredOutputError: No answer was the value that the run is for.
        Exception: Whatever the model raised.
    """
    guards = LoopGuards(state.defaults.max_consecutive_tool_errors, state.defaults.max_same_tool_call_repeats)
    transcript, mailbox, generate, is_watched = (
        state.transcript,
        state.mailbox,
        state.generate,
        state.is_watched,
    )
    stop, judge = state.stop, state.judge
    cancelling, base = stop.cancelling, stop.base
    seen_ids: set[str] = set() if len(transcript) <= 2 else _ids_in(transcript)
    max_steps = state.max_steps
    index = 0
    while True:
        # limits, mailbox, compaction
        if state.ceiling:
            max_steps = state.ceiling() or state.max_steps
        if index >= max_steps:
            raise MaxStepsError(max_steps)
        index += 1
        if cancelling() > base or not index % CHECK_EVERY:
            stop.check()
        steered = state.steer() if state.steer else ()
        if steered or mailbox.messages:
            _drain(state, steered)
        if state.compact:
            compaction = state.compact()
            if compaction is not None:
                await compaction

        # ask
        try:
            response = await generate(state.request)
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            fail_to_answer(state, error)
        if type(response) is not Response:
            refuse_answer(state, response)
        message = response.message
        if type(message) is not Message or message.role != "assistant" or type(response.usage) is not Usage:
            refuse_answer(state, response)
        calls = message.tool_calls
        if calls:
            call_id = calls[0].id
            if len(calls) == 1 and call_id and type(call_id) is str and call_id not in seen_ids:
                seen_ids.add(call_id)
            else:
                response = with_unique_ids(response, seen_ids)
                message = response.message
                calls = message.tool_calls
        transcript.append(message)
        state.usages.append(response.usage)
        if is_watched:
            _show(state, index, response)

        # call tools
        if judge is not None:
            try:
                text = "" if calls else _text_of(state, response)
                await run_calls_and_judge(state, index, message, text, guards)
            except RunPausedError:
                await _pause(state, index, response)
                raise
        elif len(calls) == 1:
            try:
                step, arguments = await run_call(state, index, calls[0])
            except BaseException as error:
                await _leave_call(state, index, response, error)
                raise
            transcript.append(step.result)
            state.calls.append(step)
            if is_watched and state.on_tool:
                state.on_tool(step.tool_call, step.result, step.duration)
            guards.see(step, arguments)
        elif calls:
            try:
                await dispatch(state, index, calls, guards)
            except RunPausedError:
                await _pause(state, index, response)
                raise

        # record, stop?
        if is_watched:
            if state.save:
                await state.save(_entry(state, "step", index, response))
            if state.emit:
                state.emit(StepFinished(index, response))
        if judge is not None:
            if judge.is_settled:
                return judge.text
            if judge.error is not None:
                stop.check()
                raise judge.error
        elif not calls:
            return _text_of(state, response)
        if guards.verdict:
            stop.check()  # what stopped the run meanwhile ended it first
            raise guards.verdict


async def run_direct(state: LoopState) -> str:
    """Ask exactly once: the path of a run that has no tools. Calls that the model makes all the same are answered, not run.

    Returns:
        The text of the answer.
    """
    if state.is_watched or state.mailbox.messages:
        state.stop.check()  # a critic may have killed the run before its only step
        _drain(state, state.steer() if state.steer else ())
        await _compact(state)
    try:
        response = await state.generate(state.request)
    except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
        fail_to_answer(state, error)
    if type(response) is not Response:
        refuse_answer(state, response)
    message = response.message
    if type(message) is not Message or message.role != "assistant" or type(response.usage) is not Usage:
        refuse_answer(state, response)
    if response.message.tool_calls:
        response = with_unique_ids(response, _ids_in(state.transcript))
    state.transcript.append(response.message)
    state.usages.append(response.usage)
    if response.message.tool_calls:
        answer_unrun(state, response.message.tool_calls)
    if state.is_watched:
        _show(state, 1, response)
        if state.save:
            await state.save(_entry(state, "step", 1, response))
        if state.emit:
            state.emit(StepFinished(1, response))
    return _text_of(state, response)


async def _compact(state: LoopState) -> None:
    """Shorten a conversation that is too long before its first question."""
    compaction = state.compact() if state.compact else None
    if compaction is not None:
        await compaction


def _ids_in(transcript: Sequence[Message]) -> set[str]:
    """Collect the ids of the calls that a conversation brought along; a new call takes another."""
    return {call.id for message in transcript for call in message.tool_calls}


def _text_of(state: LoopState, response: Response) -> str:
    """Give the text of a run's last answer.

    Raises:
        ModelError: Its parts are no parts.
    """
    try:
        text: object = response.message.text
    except (TypeError, AttributeError):
        refuse_answer(state, response)
    if not isinstance(text, str):
        refuse_answer(state, response)
    return text


def _show(state: LoopState, index: int, response: Response) -> None:
    """Show a response to recorders and critic, and let the budgets see its usage.

    When a budget stops the run here, the response's calls are answered, not run.
    """
    if state.on_step:
        state.on_step(index, response)
    if state.meter:
        try:
            state.meter(response.usage)
        except BaseException:
            if state.transcript[-1] is response.message:
                answer_unrun(state, response.message.tool_calls)
            raise


def _drain(state: LoopState, steered: Sequence[Message]) -> None:
    """Put messages from outside before the next question: the mailbox's first, then the critic's."""
    messages = [*state.mailbox.drain(), *steered]
    if messages:
        state.transcript.extend(messages)
        if state.emit:
            state.emit(Steered(tuple(messages)))


async def _pause(state: LoopState, index: int, response: Response) -> None:
    """Save a step whose calls wait for a person."""
    if state.save:
        await state.save(_entry(state, "pause", index, response))


async def _leave_call(state: LoopState, index: int, response: Response, error: BaseException) -> None:
    """Leave the transcript whole when a call ended the run: a paused call waits for its result, any other has a note."""
    if isinstance(error, RunPausedError):
        await _pause(state, index, response)
    else:
        answer_interrupted(state, index, response.message.tool_calls[0])


def _entry(state: LoopState, kind: EntryKind, index: int, response: Response) -> CheckpointEntry:
    """Make the checkpoint entry of what this step added: a response and the results that answer it."""
    transcript = state.transcript
    start = len(transcript) - 1
    while transcript[start] is not response.message:
        start -= 1
    return CheckpointEntry(kind, index, tuple(transcript[start:]), response.usage)
