"""The end of a run: steps 13 to 15 of the run contract. Nothing here can change the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from executus_core.record.artifact import PostRunResult
from executus_core.record.budget import Spend
from executus_core.record.run import RunStats, RunStatus
from executus_core.errors import RunCancelledError
from executus_core.run.outcome import describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.llm.usage import Usage
    from executus_core.run.session import Session


@frozen
class Outcome:
    """How the loop ended; what everything below is told.

    Attributes:
        status: The run's status.
        output: The final or partial text.
        error: Why it did not end by itself, or None.
        usage: What all model calls consumed.
        duration: Seconds from the start to the end of the loop.
    """

    status: RunStatus
    output: str
    error: BaseException | None
    usage: Usage
    duration: float


def needs_settling(session: Session) -> bool:
    """Tell whether anything was opened that must be closed; a bare run skips the whole end."""
    return bool(
        session.recorders
        or session.reservations
        or session.cleanups
        or session.post_runs
        or session.checkpointer
        or session.invocation.delivery
    )


async def settle(session: Session, outcome: Outcome) -> PostRunResult | None:
    """Run the post-run hooks, settle every port, and clean up."""
    post_run = None
    if session.post_runs and outcome.status is not RunStatus.DRY_RUN:
        post_run = await _post_run(session, outcome)
    await _settle_ports(session, outcome, post_run)
    await _clean_up(session)
    return post_run


async def _post_run(session: Session, outcome: Outcome) -> PostRunResult | None:
    """Let the session's hooks make artifacts; the results of several become one."""
    made: list[PostRunResult] = []
    for hook in session.post_runs:
        result = await session.guard.tell(
            "post_run",
            "session tools",
            hook,
            session.transcript,
            outcome.output,
            outcome.error,
            seconds=session.host.defaults.post_run_timeout_s,
        )
        if isinstance(result, PostRunResult):
            made.append(result)
        elif result is not None:
            session.guard.note("post_run", "session tools", f"it gave {result!r:.100}, not a PostRunResult")
    if len(made) <= 1:
        return made[0] if made else None
    return PostRunResult(
        tuple(artifact for result in made for artifact in result.artifacts),
        {key: value for result in made for key, value in result.metadata.items()},
    )


async def _settle_ports(session: Session, outcome: Outcome, post_run: PostRunResult | None) -> None:
    """Close, commit, complete and deliver, in the contract's order; each may take its share of the time that is left."""
    actions = [*_audits(session, outcome), *_commits(session, outcome)]
    actions += [*_checkpoint(session, outcome), *_delivery(session, outcome, post_run)]
    clock = session.host.clock
    end = clock.monotonic() + session.host.defaults.cleanup_timeout_s
    for position, (port, provider, method, args) in enumerate(actions):
        share = max(0.0, end - clock.monotonic()) / (len(actions) - position)
        await session.guard.tell(port, provider, method, *args, seconds=share)


Action = tuple[str, object, "Callable[..., object]", tuple[object, ...]]


def _audits(session: Session, outcome: Outcome) -> list[Action]:
    if not session.recorders:
        return []
    stats = RunStats(
        outcome.status,
        outcome.output,
        describe(outcome.error),
        session.tally.steps,
        session.tally.tool_calls,
        outcome.duration,
        outcome.usage,
    )
    return [("audit", audit, recorder.close, (stats,)) for audit, recorder in session.recorders]


def _commits(session: Session, outcome: Outcome) -> list[Action]:
    if not session.reservations:
        return []
    spend = Spend(outcome.duration, outcome.usage)
    return [("budget", budget, budget.commit, (reservation, spend)) for budget, reservation in session.reservations]


def _checkpoint(session: Session, outcome: Outcome) -> list[Action]:
    checkpointer, error = session.checkpointer, outcome.error
    if checkpointer is None or outcome.status is RunStatus.PAUSED:
        return []
    factory = session.host.ports.checkpointer
    if error is None:
        return [("checkpointer", factory, checkpointer.complete, ())]
    if isinstance(error, RunCancelledError) and error.is_shutdown:
        return []  # left as it is: the next start recovers it
    return [("checkpointer", factory, checkpointer.fail, (error,))]


def _delivery(session: Session, outcome: Outcome, post_run: PostRunResult | None) -> list[Action]:
    target = session.invocation.delivery
    if target is None or outcome.status in (RunStatus.DRY_RUN, RunStatus.PAUSED):
        return []
    for delivery in session.host.ports.delivery:
        try:
            serves = target.kind in delivery.kinds
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            session.guard.note("delivery", delivery, error)
            continue
        if serves and outcome.error is None:
            artifacts = (*session.artifacts, *(post_run.artifacts if post_run else ()))
            return [("delivery", delivery, delivery.deliver, (target, outcome.output, artifacts))]
        if serves:
            return [("delivery", delivery, delivery.deliver_error, (target, outcome.error))]
    session.guard.note("delivery", "none", f"no delivery serves targets of kind '{target.kind}'; nothing was delivered")
    return []


async def _clean_up(session: Session) -> None:
    """Undo what was armed, last first, each apart from the others."""
    session.mailbox.close()
    clock = session.host.clock
    end = clock.monotonic() + session.host.defaults.cleanup_timeout_s
    cleanups = session.cleanups[::-1]
    for position, (port, provider, cleanup) in enumerate(cleanups):
        share = max(0.0, end - clock.monotonic()) / (len(cleanups) - position)
        await session.guard.tell(port, provider, cleanup, seconds=share)
