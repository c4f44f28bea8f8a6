"""The end of a run: steps 13 to 15 of the run contract. Nothing here can change the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # noqa: TID251 - agents and results of any output type

from attrs import evolve

from executus_core.errors import RunCancelledError
from executus_core.llm.usage import Usage
from executus_core.pendingattach import PendingArtifacts
from executus_core.record.artifact import PostRunResult
from executus_core.record.budget import Spend
from executus_core.record.run import RunStats, RunStatus
from executus_core.run.outcome import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from executus_core.record.artifact import Artifact
    from executus_core.record.result import Result
    from executus_core.run.session import Session


async def settle(session: Session, result: Result[Any]) -> None:
    """Run the post-run hooks, settle every port, and clean up."""
    if session.post_runs and result.status is not RunStatus.DRY_RUN:
        result.post_run = post_run = await _post_run(session, result)
        if post_run is not None and post_run.artifacts:
            result.artifacts = _join_artifacts(session, result.artifacts, post_run.artifacts)
    try:
        await _settle_ports(session, result)
    finally:
        if session.cleanups:
            await _clean_up(session)


async def _post_run(session: Session, result: Result[Any]) -> PostRunResult | None:
    """Let the session's hooks make artifacts; the results of several become one."""
    made: list[PostRunResult] = []
    clock = session.clock
    end = clock.monotonic() + session.defaults.post_run_timeout_s
    for position, hook in enumerate(session.post_runs):
        answer = await session.guard.tell(
            "post_run",
            "session tools",
            hook,
            tuple(session.transcript),
            result.output,
            result.error,
            seconds=max(0.0, end - clock.monotonic()) / (len(session.post_runs) - position),
        )
        if isinstance(answer, PostRunResult):
            made.append(answer)
        elif answer is not None:
            session.guard.note("post_run", "session tools", f"it gave {answer!r:.100}, not a PostRunResult")
    if len(made) <= 1:
        return made[0] if made else None
    return PostRunResult(
        tuple(artifact for one in made for artifact in one.artifacts),
        {key: value for one in made for key, value in one.metadata.items()},
    )


def _join_artifacts(
    session: Session, attached: Sequence[Artifact], made: Sequence[Artifact]
) -> tuple[Artifact, ...]:
    """Put what the hook made behind what tools attached, within the same bounds; what can't be kept is noted."""
    defaults = session.defaults
    pending = PendingArtifacts(session.run_id, defaults.max_artifacts, defaults.max_artifact_bytes)
    pending.add(*attached)
    for artifact in made:
        try:
            pending.add(artifact)
        except Exception as error:  # noqa: BLE001 - foreign code may have put anything there
            session.guard.note("post_run", "session tools", error)
    return pending.drain()


async def _settle_ports(session: Session, result: Result[Any]) -> None:
    """Close, commit, complete and deliver, in the contract's order; each may take its share of the time that is left."""
    _add_up(session, result)
    actions = [*_audits(session, result), *_commits(session, result)]
    actions += [*_checkpoint(session, result), *_delivery(session, result)]
    clock = session.host.clock
    end = clock.monotonic() + session.host.defaults.cleanup_timeout_s
    for position, (port, provider, method, args) in enumerate(actions):
        share = max(0.0, end - clock.monotonic()) / (len(actions) - position)
        await session.guard.tell(port, provider, method, *args, seconds=share)


def _add_up(session: Session, result: Result[Any]) -> None:
    """Make sure that the usage can be added up: a model may have filled it with anything."""
    try:
        result.usage  # noqa: B018 - whether it raises is the question
    except TypeError as error:
        session.guard.note("model", session.model.name, error)
        result.usages[:] = [Usage(requests=len(result.usages))]


Action = tuple[str, object, "Callable[..., object]", tuple[object, ...]]


def _audits(session: Session, result: Result[Any]) -> list[Action]:
    if not session.recorders:
        return []
    stats = RunStats(
        result.status,
        result.output,
        describe(result.error),
        len(session.usages),
        len(session.calls),
        result.duration,
        result.usage,
    )
    recorders, session.recorders, session.listening = session.recorders, (), ()
    return [("audit", audit, recorder.close, (stats,)) for audit, recorder in recorders]


def _commits(session: Session, result: Result[Any]) -> list[Action]:
    if not session.reservations:
        return []
    # A run that another budget refused has spent nothing, however long the refusal took.
    refused = result.status is RunStatus.BUDGET_EXCEEDED and not result.usages
    spend = Spend() if refused else Spend(result.duration, result.usage)
    return [
        ("budget", budget, budget.commit, (reservation, spend))
        for budget, reservation in session.reservations
    ]


def _checkpoint(session: Session, result: Result[Any]) -> list[Action]:
    checkpointer, error = session.checkpointer, result.error
    if checkpointer is None or result.status is RunStatus.PAUSED:
        return []
    factory = session.host.ports.checkpointer
    if error is None:
        return [("checkpointer", factory, checkpointer.complete, ())]
    if isinstance(error, RunCancelledError) and error.is_shutdown:
        return []  # left as it is: the next start recovers it
    return [("checkpointer", factory, checkpointer.fail, (error,))]


def _delivery(session: Session, result: Result[Any]) -> list[Action]:
    target = session.invocation.delivery
    if target is None or result.status in (RunStatus.DRY_RUN, RunStatus.PAUSED):
        return []
    target = evolve(target, run_id=session.run_id)
    has_failed = False
    for delivery in session.host.ports.delivery:
        try:
            serves = target.kind in delivery.kinds
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            session.guard.note("delivery", delivery, error)
            has_failed = True
            continue
        if serves and result.error is None:
            return [("delivery", delivery, delivery.deliver, (target, result.output, result.artifacts))]
        if serves:
            return [("delivery", delivery, delivery.deliver_error, (target, result.error))]
    if not has_failed:
        session.guard.note(
            "delivery", "none", f"no delivery serves targets of kind '{target.kind}'; nothing was delivered"
        )
    return []


async def _clean_up(session: Session) -> None:
    """Undo what was armed, last first, each apart from the others."""
    clock = session.host.clock
    end = clock.monotonic() + session.host.defaults.cleanup_timeout_s
    cleanups = session.cleanups[::-1]
    for position, (port, provider, cleanup) in enumerate(cleanups):
        share = max(0.0, end - clock.monotonic()) / (len(cleanups) - position)
        await session.guard.tell(port, provider, cleanup, seconds=share)
