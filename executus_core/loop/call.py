"""One tool call: prepare, execute, finalize. Every call, also a refused one, walks these rooms and leaves by one door."""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING

from executus_core.errors import RunPausedError, ToolArgumentError, ToolError, ToolTimeoutError, did_you_mean
from executus_core.llm.message import Message, Part, TextPart
from executus_core.loop.overflow import is_long, shorten
from executus_core.record.events import ToolFinished, ToolStarted
from executus_core.record.run import Step
from executus_core.record.tool import ToolResult
from executus_core.tool.content import find_artifacts, shown, to_parts
from executus_core.tool.worker import call_in_thread
from executus_core.waiting import WaitedTooLongError, is_abandoned, within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core.llm.message import ImagePart, ToolCall
    from executus_core.loop.state import LoopState
    from executus_core.record.tool import Tool, ToolContext
    from executus_core.tool.worker import Outcome


async def run_call(state: LoopState, index: int, call: ToolCall) -> tuple[Step, object]:
    """Run one tool call to its result; only the run's own cancellation and a pause come out as exceptions.

    Returns:
        The step record, and the arguments that the model gave (None when they did not validate), for the repeat guard.
    """
    started = state.now()
    is_watched, limit = state.is_watched, state.defaults.max_tool_result_chars
    if is_watched:
        _announce(state, index, call)
    arguments: Mapping[str, object] | None = None
    is_error = False
    try:
        # prepare: the tool, its arguments, and leave to call it
        tool = state.tools.get(call.name) or _no_such_tool(state, call)
        raw = call.arguments
        if len(raw) > state.defaults.max_tool_argument_chars:
            _refuse_length(state, raw)
        handler = tool.handler
        permitted = arguments = handler.validate(raw or "{}")
        if is_watched and state.permit:
            permitted = await state.permit(tool, call, arguments)
        # execute
        if tool.is_plain:
            value: object = await handler.call(permitted, None)
        else:
            value = await _execute(state, tool, call, permitted)
        if type(value) is str and len(value) <= limit:
            parts: tuple[Part, ...] = (TextPart(value),)
        else:
            parts, is_error = _unpack(state, value)
            if is_long(parts, limit):
                parts = await shorten(state, call, parts)
    except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
        parts, is_error = _explain(state, call, error), True
        if is_long(parts, limit):
            parts = await shorten(state, call, parts)
    # finalize: the message for the model, and the record of the call
    result = Message("tool", parts, (), call.id, is_error)
    duration = state.now() - started
    if is_watched and state.emit:
        state.emit(ToolFinished(index, call, result, duration))
    return Step(index, call, result, is_error, duration), arguments


def _announce(state: LoopState, index: int, call: ToolCall) -> None:
    if state.on_tool_start:
        state.on_tool_start(call)
    if state.emit:
        state.emit(ToolStarted(index, call))


def _no_such_tool(state: LoopState, call: ToolCall) -> Tool:
    name = shown(call.name)
    raise ToolError(f"there is no tool named '{name}'.{did_you_mean(name, state.tools)}")


def _refuse_length(state: LoopState, raw: str) -> None:
    raise ToolArgumentError(
        f"the arguments are {len(raw)} characters long, so the tool was not called; "
        f"write at most {state.defaults.max_tool_argument_chars}"
    )


def _unpack(state: LoopState, value: object) -> tuple[tuple[Part, ...], bool]:
    """Take a tool's value apart into what the model reads, and whether it is a failure."""
    if isinstance(value, ToolResult):
        if value.artifacts:
            state.attachments.add(*value.artifacts)
        return value.parts, value.is_error
    if artifacts := find_artifacts(value):
        state.attachments.add(*artifacts)
    return to_parts(value), False


def _explain(state: LoopState, call: ToolCall, error: BaseException) -> tuple[Part, ...]:
    """Say what the model should know about a failure; the run's own end is no failure of the tool and goes on."""
    if isinstance(error, CancelledError):
        if state.stop.is_raised():
            raise error
        message = f"the tool '{shown(call.name)}' was cancelled from inside"
    elif isinstance(error, RunPausedError) or (isinstance(error, GeneratorExit) and is_abandoned()):
        raise error
    elif isinstance(error, ToolError):
        message = str(error)
    else:
        # The class only: a message may hold what a model must not see.
        message = f"the tool '{shown(call.name)}' failed ({type(error).__name__})"
        written: tuple[object, ...] = (call.name, call.arguments)  # a model may write anything there
        if not all(isinstance(part, str) for part in written):
            message = "the call was not run: write the name and the arguments, one JSON object, as text"
        state.report_tool_failure(call, error)
    # A lone surrogate that the model wrote must not come back to it: no provider takes such a text.
    return (TextPart(f"error: {message}".encode("utf-8", "replace").decode()),)


async def _execute(state: LoopState, tool: Tool, call: ToolCall, arguments: Mapping[str, object]) -> object:
    """Run a tool that wants a context, a thread or a time-out."""
    handler = tool.handler
    context = state.make_context(call) if handler.takes_context else None
    if handler.is_async:
        work = _call_async(tool, arguments, context)
    else:
        work = _call_in_thread(state, tool, call, arguments, context)
    if tool.timeout_s is None:
        return await work
    try:
        return await within(state.clock, tool.timeout_s, work)
    except WaitedTooLongError as error:
        if context is not None:  # what it still does is too late, for the model and for the result
            context.attach_images = _drop_images
            context.attach = state.attachments.drop
            context.ask = _ask_nobody
        raise ToolTimeoutError(
            f"the tool '{tool.name}' did not answer within {tool.timeout_s:g} s; ask for less, or go on without it"
        ) from error


def _drop_images(text: str, *images: ImagePart) -> None:
    """Take what a tool shows after it was given up."""


async def _ask_nobody(text: str, *, choices: Sequence[str] = ()) -> str:  # noqa: ARG001 - as ``Ask`` says
    """Refuse what a tool asks after it was given up."""
    raise ToolError("the tool was given up, so nobody can be asked any more")


async def _call_async(tool: Tool, arguments: Mapping[str, object], context: ToolContext | None) -> object:
    return await tool.handler.call(arguments, context)


async def _call_in_thread(
    state: LoopState, tool: Tool, call: ToolCall, arguments: Mapping[str, object], context: ToolContext | None
) -> object:
    started = state.clock.monotonic()

    def report_late(outcome: Outcome) -> None:
        state.report_late_tool(call, state.clock.monotonic() - started, outcome.error)

    outcome = await call_in_thread(
        lambda: tool.handler.call(arguments, context), f"executus-tool-{tool.name}", report_late
    )
    if outcome.error is not None:
        raise outcome.error
    return outcome.value
