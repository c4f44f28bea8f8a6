"""One run, from its first moment to its result: the run contract in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any  # noqa: TID251 - agents and results of any output type

from executus_core.dispatchguard import LINEAGE, Ancestor, check_dispatch
from executus_core.errors import ConfigError, DispatchRefusedError
from executus_core.llm.exchange import ModelRequest
from executus_core.llm.message import Message, user_message
from executus_core.loop.loop import run_direct, run_loop
from executus_core.loop.mailbox import Mailbox
from executus_core.record.caller import Caller
from executus_core.record.result import Result
from executus_core.record.run import RunStatus
from executus_core.run.answering import ask_for_value
from executus_core.run.audience import Audience
from executus_core.run.binding import bind_loop
from executus_core.run.files import take_files
from executus_core.run.opening import ask_for_model, begin_checkpoint, pass_gates
from executus_core.run.outcome import partial_output, status_of
from executus_core.run.outfit import build_toolbox, find_narrowings, record_granted
from executus_core.run.settle import settle
from executus_core.waiting import see_through

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.message import Part
    from executus_core.run.session import Session


async def conduct(session: Session, content: str | Sequence[str | Part]) -> Result[Any]:  # noqa: C901, PLR0912 - one map of the whole
    """Run a session to its result.

    Raises:
        CancelledError: The caller's own task was cancelled; the run is settled and cleaned up by then.
        BaseException: What the host itself raised that is not an ``Exception``; likewise.
    """
    host, stop, lineage = session.host, session.stop, LINEAGE.get()
    host.live.add(stop)
    session.content = content
    audience = None
    if host.observers or session.push or session.invocation.on_event:
        audience = Audience.gather(session)
    error: BaseException | None = None
    output = ""
    try:
        stop.enter()
        output = await _open_and_drive(session, content, lineage)
    except GeneratorExit:
        raise  # the event loop is gone: nothing can be awaited any more
    except BaseException as raised:  # noqa: BLE001 - foreign code may raise anything
        error = raised
    if error is not None or stop.cause is not None or stop.cancelling() > stop.base:
        error = await stop.leave(error)
    else:
        stop.disarm()
    result = _result_of(session, output, error)
    interruption = stop.interruption
    if session.toolbox is not None:
        session.mailbox.is_open = False
    if session.holds_key:
        host.in_flight.discard(session.invocation.idempotency_key)
    invocation = session.invocation
    if host.has_watchers or session.toolbox is not None or invocation.delivery or invocation.input_files:
        if session.needs_settling:
            interruption = await _settle_detached(session, result) or interruption
        result.notes = session.notes
    if LINEAGE.get() is not lineage:
        LINEAGE.set(lineage)
    if audience is not None:
        interruption = await audience.dismiss(result) or interruption
    host.forget(stop)
    session.let_go()
    if interruption is not None:
        raise interruption
    if error is not None and not isinstance(error, Exception):
        raise error
    return result


async def _open_and_drive(  # noqa: C901, PLR0912 - one map of the whole
    session: Session, content: str | Sequence[str | Part], lineage: tuple[Ancestor, ...]
) -> str:
    """Walk steps 2 to 12 of the run contract; whatever is opened on the way is on the session, to be settled."""
    host, plan, invocation = session.host, session.plan, session.invocation
    # 2. Dispatch guard
    if lineage:
        check_dispatch(lineage, plan.subject_id, session.defaults.max_depth)
        session.narrowings = find_narrowings(lineage)
    if invocation.idempotency_key:
        _claim_key(session)
    # 3. Audit opens, 4. Budget gate
    if invocation.caller_id:
        session.caller = Caller(invocation.caller_id)
    if host.has_gates:
        await pass_gates(session)
    # 5. Model
    message = user_message(content, invocation.images)
    if plan.flaw:
        raise ConfigError(plan.flaw)
    model = host.find_model(plan.tier)
    if model is None or not hasattr(model, "generate"):
        model = await ask_for_model(session, plan.tier)
    session.model = model
    # 7. Input files
    if invocation.input_files:
        message = Message("user", (*message.parts, *await take_files(session)))
    # 6. Steer mailbox, 8. Toolbox
    if plan.names or plan.delegates or invocation.extra_tools or invocation.session_tool_factory:
        # What tools, factories and hooks start is inside of this run.
        LINEAGE.set((*lineage, Ancestor(session.run_id, plan.subject_id, invocation.allowed_tools)))
        session.mailbox = Mailbox()  # before any tool, so that every handler can hold it
        if not session.take_ready_toolbox():
            await build_toolbox(session)
        if session.recorders:
            record_granted(session)
    toolbox = session.toolbox
    transcript = session.transcript
    if plan.opening:
        transcript.append(plan.opening)
    if invocation.history:
        transcript.extend(invocation.history)
    transcript.append(message)
    session.question = message
    if session.recorders:
        session.log_event(
            "run.input",
            {
                "text": message.text,
                "images": len(invocation.images),
                "files": len(invocation.input_files),
                "history": len(invocation.history),
            },
        )
    session.request = ModelRequest(
        transcript, toolbox.specs if toolbox else (), None, plan.model_options, session
    )
    if plan.output is not None:
        ask_for_value(session, plan.output)
    if invocation.dry_run:
        return ""
    # 9. Checkpoint
    if host.ports.checkpointer:
        await begin_checkpoint(session)
    # 10. Bounds start here: what came before, waiting in queues included, does not count. 11. Critic
    stop = session.stop
    stop.deadline = session.clock.monotonic() + plan.max_runtime_s
    stop.on_deadline = session.run_out_of_time
    session.generate = model.generate
    if host.has_watchers or session.emit or (toolbox and toolbox.asks_for_approval):
        await bind_loop(session)
    # 12. Loop, or the direct path
    if not session.tools and session.judge is None:
        return await stop.hold(run_direct(session))
    return await stop.hold(run_loop(session))


def _claim_key(session: Session) -> None:
    key, in_flight = session.invocation.idempotency_key, session.host.in_flight
    if key in in_flight:
        raise DispatchRefusedError(
            f"a run with the idempotency key '{key}' is in flight; wait for it or use another key"
        )
    in_flight.add(key)
    session.holds_key = True


def _result_of(session: Session, output: str, error: BaseException | None) -> Result[Any]:
    """Take stock at the end of the loop."""
    status, request, value = RunStatus.OK, None, None
    if error is not None:
        status = status_of(error)
        output = partial_output(session.transcript, session.question, session.written)
    elif session.invocation.dry_run:
        status, request = RunStatus.DRY_RUN, session.request
    elif session.judge is not None:
        value = session.judge.value
    return Result(
        session.run_id,
        status,
        output,
        value,
        error,
        session.calls,
        [*session.usages, *session.extra_usages] if session.extra_usages else session.usages,
        session.transcript,
        session.clock.monotonic() - session.started,
        session.started_at_s,
        None,
        session.pending.drain() if session.pending else (),
        (),
        request,
    )


async def _settle_detached(session: Session, result: Result[Any]) -> asyncio.CancelledError | None:
    """Settle in a task of its own, so that a caller that goes away stops nothing; wait for it, but not for ever.

    Returns:
        The cancellation of the caller that came meanwhile, if one did.
    """
    task = asyncio.get_running_loop().create_task(settle(session, result))
    interruption: asyncio.CancelledError | None = None
    try:
        await asyncio.sleep(0)  # most settling ends in its first stretch, and needs no bound
    except asyncio.CancelledError as cancelled:
        interruption = cancelled
    limit = session.defaults.settle_limit_s
    is_done, again = await see_through(session.clock, [task], limit)
    interruption = again or interruption
    if not is_done:
        task.cancel()
        session.guard.note("settle", "", f"gave up after {limit:g} s; something ignores its cancellation")
        return interruption
    failure = None if task.cancelled() else task.exception()
    if failure is not None:
        session.guard.note("settle", "", failure)
    return interruption
