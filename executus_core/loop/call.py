"""One tool call: prepare, execute, finalize. Every call, also a refused one, walks these rooms and leaves by one door."""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING

from executus_core.errors import RunPausedError, ToolArgumentError, ToolError, ToolTimeoutError, did_you_mean
from executus_core.llm.message import Message, Part, TextPart
from executus_core.record.events import ToolFinished, ToolStarted
from executus_core.record.run import Step
from executus_core.record.tool import ToolResult
from executus_core.tool.content import cut_middle, to_parts
from executus_core.tool.worker import call_in_thread
from executus_core.waiting import WaitedTooLongError, within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.message import ToolCall
    from executus_core.loop.state import LoopState
    from executus_core.record.tool import Tool
    from executus_core.tool.worker import Outcome


async def run_call(state: LoopState, index: int, call: ToolCall) -> tuple[Step, object]:
    """Run one tool call to its result; only the run's own cancellation and a pause come out as exceptions.

    Returns:
        The step record, and the validated arguments (None when they did not validate), for the repeat guard.
    """
    started = state.clock.monotonic()
    if state.on_tool_start:
        state.on_tool_start(call)
    if state.emit:
        state.emit(ToolStarted(index, call))
    arguments: Mapping[str, object] | None = None
    is_error = False
    parts: tuple[Part, ...]
    try:
        tool = _find(state, call)
        arguments = _validate(state, tool, call)
        if state.permit:
            await state.permit(tool, call, arguments)
        value = await _execute(state, tool, call, arguments)
        if type(value) is str:
            parts = (TextPart(value),)
        elif type(value) is ToolResult:
            parts, is_error = value.parts, value.is_error
        else:
            parts = to_parts(value)
    except CancelledError:
        if state.stop.is_raised():
            raise
        parts, is_error = _failure(f"the tool '{call.name}' was cancelled from inside"), True
    except RunPausedError:
        raise
    except ToolError as error:
        parts, is_error = _failure(str(error)), True
    except BaseException as error:  # noqa: BLE001 - a tool never breaks the loop
        # The model learns the class only: a message may hold what it must not see.
        parts, is_error = _failure(f"the tool '{call.name}' failed ({type(error).__name__})"), True
        if state.on_tool_failure:
            state.on_tool_failure(call, error)
    return _finalize(state, index, call, parts, is_error, started), arguments


def _find(state: LoopState, call: ToolCall) -> Tool:
    tool = state.tools.get(call.name)
    if tool is None:
        raise ToolError(f"there is no tool named '{call.name[:80]}'.{did_you_mean(call.name[:80], state.tools)}")
    return tool


def _validate(state: LoopState, tool: Tool, call: ToolCall) -> Mapping[str, object]:
    raw = call.arguments
    if len(raw) > state.defaults.max_tool_argument_chars:
        raise ToolArgumentError(
            f"the arguments are {len(raw)} characters long, so the tool was not called; "
            f"write at most {state.defaults.max_tool_argument_chars}"
        )
    return tool.handler.validate(raw or "{}")


async def _execute(state: LoopState, tool: Tool, call: ToolCall, arguments: Mapping[str, object]) -> object:
    handler = tool.handler
    context = state.context_for(call) if handler.takes_context and state.context_for else None
    if handler.is_async and tool.timeout_s is None:
        return await handler.call(arguments, context)  # type: ignore[misc]
    work = _call_async(tool, arguments, context) if handler.is_async else _call_sync(state, tool, call, arguments, context)
    if tool.timeout_s is None:
        return await work
    try:
        return await within(state.clock, tool.timeout_s, work)
    except WaitedTooLongError as error:
        raise ToolTimeoutError(
            f"the tool '{tool.name}' did not answer within {tool.timeout_s:g} s; "
            "ask for less, or go on without it"
        ) from error


async def _call_async(tool: Tool, arguments: Mapping[str, object], context: object) -> object:
    return await tool.handler.call(arguments, context)  # type: ignore[arg-type,misc]


async def _call_sync(
    state: LoopState, tool: Tool, call: ToolCall, arguments: Mapping[str, object], context: object
) -> object:
    started = state.clock.monotonic()

    def report_late(outcome: Outcome) -> None:
        if state.on_late:
            state.on_late(call, state.clock.monotonic() - started, outcome.error)

    outcome = await call_in_thread(
        lambda: tool.handler.call(arguments, context),  # type: ignore[arg-type]
        f"executus-tool-{tool.name}",
        report_late,
    )
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


def _failure(message: str) -> tuple[Part, ...]:
    return (TextPart(f"error: {message}"),)


def _finalize(
    state: LoopState, index: int, call: ToolCall, parts: tuple[Part, ...], is_error: bool, started: float  # noqa: FBT001
) -> Step:
    limit = state.defaults.max_tool_result_chars
    for part in parts:
        if type(part) is TextPart and len(part.text) > limit:
            parts = cut_middle(parts, limit)
            break
    duration = state.clock.monotonic() - started
    message = Message("tool", parts, (), call.id, is_error)
    if state.emit:
        state.emit(ToolFinished(index, call, message, duration))
    return Step(index, call, message, is_error, duration)
