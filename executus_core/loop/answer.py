"""A step of a run whose answer is a value: its calls are run as ever, and what is meant as the answer is judged."""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING

from executus_core.errors import RunError
from executus_core.llm.message import Message
from executus_core.loop.dispatch import answer_unrun, dispatch
from executus_core.output.words import FAILED_BESIDE, SPARE, TAKEN, UNCHECKED, say_again, say_wrong

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.message import ToolCall
    from executus_core.loop.guards import LoopGuards
    from executus_core.loop.state import LoopState
    from executus_core.output.judge import OutputJudge


async def run_calls_and_judge(
    state: LoopState, index: int, message: Message, text: str, guards: LoopGuards
) -> None:
    """Run the calls of one response, judge its answer, and put what the model should know of it into the transcript.

    Args:
        state: The run; whether and how it ends stands on its judge.
        index: The step, counted from 1.
        message: The model's message.
        text: Its text.
        guards: See the calls of tools; the answer is none.

    Raises:
        CancelledError: The run was stopped.
        RunPausedError: Calls wait for a person; an answer beside them is not taken.
    """
    judge = state.judge
    assert judge is not None  # noqa: S101 - the caller looked
    answers = [call for call in message.tool_calls if judge.tool_name and call.name == judge.tool_name]
    others = [call for call in message.tool_calls if call not in answers]
    made = len(state.calls)
    try:
        if others:
            await dispatch(state, index, others, guards)
        if answers:
            has_failed = any(step.is_error for step in state.calls[made:])
            await _judge_call(state, judge, answers, has_failed=has_failed)
        elif not others:
            await _judge_text(state, judge, text)
    except BaseException:
        answered = {one.tool_call_id for one in state.transcript[-len(message.tool_calls) - 1 :]}
        answer_unrun(state, [call for call in answers if call.id not in answered])
        raise


async def _judge_text(state: LoopState, judge: OutputJudge, text: str) -> None:
    problems = await _judge(state, judge, text)
    if problems and judge.error is None:
        state.transcript.append(Message.user(say_again(problems, judge.tool_name)))


async def _judge_call(
    state: LoopState, judge: OutputJudge, answers: Sequence[ToolCall], *, has_failed: bool
) -> None:
    """Judge the first of the calls that give the answer; one that was made blind to a failure beside it is not taken."""
    call, *spare = answers
    if has_failed:
        problems = judge.reject(call.arguments, (FAILED_BESIDE,))
    else:
        problems = await _judge(state, judge, call.arguments)
    said = say_wrong(problems) if problems else TAKEN
    state.transcript.append(Message.tool(call, said, is_error=bool(problems)))
    state.transcript.extend(Message.tool(one, SPARE, is_error=True) for one in spare)


async def _judge(state: LoopState, judge: OutputJudge, text: str) -> tuple[str, ...]:
    """Judge an answer; a validator of the host that fails ends the run once the step is recorded."""
    try:
        return await judge.judge(text)
    except RunError as error:
        judge.error = error
    except CancelledError:
        if state.stop.is_raised():
            raise
        judge.error = RunError("a validator of the output cancelled the run's own task")
    return (UNCHECKED,)
