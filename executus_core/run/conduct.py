"""One run, from its first moment to its result: the run contract in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from executus_core.dispatchguard import LINEAGE, Ancestor, check_dispatch
from executus_core.errors import DispatchRefusedError, RunTimeoutError
from executus_core.llm.usage import Usage
from executus_core.loop.loop import run_direct, run_loop
from executus_core.loop.signal import Listener, Signal
from executus_core.record.events import RunFinished, RunStarted
from executus_core.record.result import Result
from executus_core.record.run import RunStatus
from executus_core.run.binding import bind_loop, build_request
from executus_core.run.observers import RunObserver
from executus_core.run.opening import open_session
from executus_core.run.outcome import partial_output, status_of
from executus_core.run.session import Session
from executus_core.run.settle import Outcome, needs_settling, settle
from executus_core.waiting import all_done

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.message import Part
    from executus_core.record.artifact import PostRunResult


async def conduct(session: Session, content: str | Sequence[str | Part]) -> Result[Any]:
    """Run a session to its result.

    Raises:
        CancelledError: The caller's own task was cancelled; the run is settled and cleaned up by then.
        BaseException: What the host itself raised that is not an ``Exception``; likewise.
    """
    host, stop = session.host, session.stop
    observers = _begin(session)
    error: BaseException | None = None
    output = ""
    lineage = None
    try:
        stop.enter()
        ancestors = LINEAGE.get()
        if ancestors:
            check_dispatch(ancestors, session.agent.subject_id, host.defaults.max_depth)
        _claim_key(session)
        await open_session(session, content)
        if not session.invocation.dry_run:
            if session.toolbox and session.toolbox.tools:
                lineage = LINEAGE.set((*ancestors, Ancestor(session.run_id, session.agent.subject_id)))
            output = await _drive(session)
    except GeneratorExit:
        raise  # the event loop is gone: nothing can be awaited any more
    except BaseException as raised:  # noqa: BLE001 - every end is settled
        error = raised
    finally:
        if lineage is not None:
            LINEAGE.reset(lineage)
    error = await stop.leave(error)
    outcome = _outcome_of(session, output, error)
    post_run, interruption = None, None
    if needs_settling(session):
        post_run, interruption = await _settle_detached(session, outcome)
    result = _result_of(session, outcome, post_run)
    await _end(session, observers, result)
    interruption = interruption or (error if error is not None and not isinstance(error, Exception) else None)
    if interruption is not None:
        raise interruption
    return result


def _begin(session: Session) -> list[RunObserver]:
    """Tell whoever listens that the run begins."""
    host = session.host
    host.live.add(session)
    session.stop.deadline = float("inf")
    observers = [
        RunObserver(observer, session.info, session.guard) for observer in host.observers if not observer.is_silenced
    ]
    listeners = [Listener(observer.on_event, observer) for observer in observers]
    on_event = session.invocation.on_event
    if on_event is not None:
        listeners.append(Listener(on_event, "event listener"))
    if session.push is not None:
        listeners.append(Listener(session.push, "event stream"))
    if listeners:
        session.emit = emit = Signal(tuple(listeners), lambda owner, error: _drop_listener(session, owner, error))
        for observer in observers:
            observer.on_start()
        emit(RunStarted(session.run_id))
    return observers


def _drop_listener(session: Session, owner: object, error: BaseException) -> None:
    session.guard.note("event listener", owner if isinstance(owner, str) else "", error)
    if session.emit is not None:
        session.emit.drop(owner)


def _claim_key(session: Session) -> None:
    key = session.invocation.idempotency_key
    if not key:
        return
    if key in session.host.in_flight:
        raise DispatchRefusedError(f"a run with the idempotency key '{key}' is in flight; wait for it or use another key")
    session.host.in_flight.add(key)
    session.holds_key = True


async def _drive(session: Session) -> str:
    """Run the loop, or the direct path, under the run's bounds; time spent in queues before does not count."""
    stop, clock = session.stop, session.host.clock
    stop.deadline = clock.monotonic() + session.max_runtime_s
    stop.on_deadline = lambda: stop.stop(RunTimeoutError(session.max_runtime_s))
    state = await bind_loop(session)
    return await stop.hold(run_loop(state) if state.tools else run_direct(state))


def _outcome_of(session: Session, output: str, error: BaseException | None) -> Outcome:
    status = status_of(error)
    if error is None and session.invocation.dry_run:
        status = RunStatus.DRY_RUN
    return Outcome(
        status,
        output if error is None else partial_output(session.transcript),
        error,
        Usage.total(session.tally.usages),
        session.host.clock.monotonic() - session.started,
    )


async def _settle_detached(
    session: Session, outcome: Outcome
) -> tuple[PostRunResult | None, asyncio.CancelledError | None]:
    """Settle in a task of its own, so that a caller that goes away stops nothing; wait for it, but not for ever.

    Returns:
        The post-run result, and the cancellation of the caller that came meanwhile, if one did.
    """
    defaults = session.host.defaults
    task = asyncio.get_running_loop().create_task(settle(session, outcome))
    limit = defaults.post_run_timeout_s + 2 * (defaults.cleanup_timeout_s + defaults.cancel_grace_s)
    end = session.host.clock.monotonic() + limit
    interruption: asyncio.CancelledError | None = None
    while not task.done():
        try:
            if not await all_done(session.host.clock, [task], end - session.host.clock.monotonic()):
                task.cancel()
                session.guard.note("settle", "", f"gave up after {limit:g} s; something ignores its cancellation")
                break
        except asyncio.CancelledError as cancelled:
            interruption = cancelled
    if not task.done() or task.cancelled():
        return None, interruption
    failure = task.exception()
    if failure is not None:
        session.guard.note("settle", "", failure)
        return None, interruption
    return task.result(), interruption


def _result_of(session: Session, outcome: Outcome, post_run: PostRunResult | None) -> Result[Any]:
    artifacts = session.artifacts
    return Result(
        session.run_id,
        outcome.status,
        outcome.output,
        None,
        outcome.error,
        session.tally.calls,
        outcome.usage,
        session.transcript,
        outcome.duration,
        session.started_at_s,
        post_run,
        (*artifacts, *(post_run.artifacts if post_run else ())),
        tuple(session.guard.notes),
        build_request(session) if outcome.status is RunStatus.DRY_RUN else None,
    )


async def _end(session: Session, observers: list[RunObserver], result: Result[Any]) -> None:
    """Tell whoever listens that the run is over, and let go of it."""
    host = session.host
    if session.holds_key:
        host.in_flight.discard(session.invocation.idempotency_key)
    for observer in observers:
        observer.on_end(result)
    if session.emit:
        session.emit(RunFinished(result))
    for observer in observers:
        await observer.finish(host.clock, host.defaults.cleanup_timeout_s)
    if observers or session.emit:
        result.notes = tuple(session.guard.notes)
    host.forget(session)
