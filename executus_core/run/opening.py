"""Opening a run: what must agree before its first model call, and what is kept of its input."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from executus_core.errors import BudgetExceededError, ModelResolutionError, PluginError
from executus_core.model.resolve import resolve_model
from executus_core.record.budget import Estimate, Reservation
from executus_core.record.caller import Caller
from executus_core.record.checkpoint import CheckpointEntry
from executus_core.run.redaction import RedactingRecorder, Redaction

if TYPE_CHECKING:
    from executus_core.llm.exchange import Model
    from executus_core.ports.audit import RunRecorder
    from executus_core.ports.checkpointer import Checkpointer
    from executus_core.run.session import Session


async def pass_gates(session: Session) -> None:
    """Open the audit, find out who the run is for, and ask the budgets, in this order.

    Raises:
        PluginError: The caller could not be found out.
        BudgetExceededError: A budget refused.
    """
    ports = session.host.ports
    if ports.audit:
        await _open_audit(session)
    if ports.identity:
        await _identify(session)
    if ports.budget:
        await _reserve(session)


def has_methods(answer: object, *names: str) -> bool:
    """Tell whether what a provider gave is of the shape that its port promises."""
    try:
        return all(callable(getattr(answer, name, None)) for name in names)
    except BaseException:  # noqa: BLE001 - foreign code may raise anything
        return False


async def _open_audit(session: Session) -> None:
    ports, info = session.host.ports, session.info
    redaction: Redaction | None = None
    if ports.redactor:
        redaction = Redaction(ports.redactor, partial(session.guard.note, "redactor"))
        info = redaction.info(info)
    for audit in ports.audit:
        recorder = await session.guard.tell(
            "audit", audit, audit.start_run, info, seconds=session.host.defaults.port_timeout_s
        )
        if recorder is None:
            continue
        if has_methods(recorder, "on_step", "on_tool", "log_event", "log_error", "close"):
            told = cast("RunRecorder", recorder)
            told = RedactingRecorder(told, redaction) if redaction else told
            session.recorders = (*session.recorders, (audit, told))
            session.listening = session.recorders
        else:
            session.guard.note("audit", audit, f"start_run() gave {recorder!r:.100}, not a RunRecorder")


async def _identify(session: Session) -> None:
    """Find out who the run is for; fails closed."""
    identity = session.host.ports.identity
    assert identity is not None  # noqa: S101 - the caller looked
    name = session.host.ports.name_of(identity)
    try:
        caller = await session.guard.ask(
            identity.resolve, session.invocation, seconds=session.host.defaults.port_timeout_s
        )
    except Exception as error:
        raise PluginError(
            f"the identity provider {name} failed, so the run may not start: {type(error).__name__}: {error}",
            plugin=name,
        ) from error
    if not isinstance(caller, Caller):
        raise PluginError(f"the identity provider {name} gave {caller!r:.100}, not a Caller", plugin=name)
    session.set_caller(caller)


async def _reserve(session: Session) -> None:
    """Ask every budget; all must agree. What was reserved is settled whatever happens."""
    estimate = Estimate(
        session.run_id,
        session.plan.tier,
        session.plan.max_steps,
        session.plan.max_runtime_s,
        session.caller.tenant,
        session.invocation.parent_run_id,
    )
    caller_id = session.caller.id or session.invocation.caller_id
    for budget in session.host.ports.budget:
        name = session.host.ports.name_of(budget)
        try:
            reservation = await session.guard.ask(
                budget.check, caller_id, estimate, seconds=session.host.defaults.port_timeout_s
            )
        except BudgetExceededError:
            raise
        except Exception as error:
            raise BudgetExceededError(
                f"the budget {name} failed, so the run may not start: {type(error).__name__}: {error}",
                budget=name,
            ) from error
        if not isinstance(reservation, Reservation):
            raise BudgetExceededError(
                f"the budget {name} gave {reservation!r:.100}, not a Reservation, so the run may not start",
                budget=name,
            )
        session.reservations = (*session.reservations, (budget, reservation))


async def ask_for_model(session: Session, tier: str) -> Model:
    """Resolve a tier or spec, in bounded time.

    Raises:
        ModelResolutionError: Naming the spec and what was tried.
    """
    source = session.host.models
    try:
        model = await session.guard.ask(
            resolve_model, source, tier, seconds=session.host.defaults.port_timeout_s
        )
    except ModelResolutionError:
        raise
    except Exception as error:
        raise ModelResolutionError(
            f"no model for '{tier}': {type(source).__name__} failed with {type(error).__name__}: {error}",
            spec=tier,
        ) from error
    return cast("Model", model)


async def begin_checkpoint(session: Session) -> None:
    """Let the factory decide whether the run is durable; a store that fails means that it is not."""
    factory = session.host.ports.checkpointer
    assert factory is not None  # noqa: S101 - the caller looked
    checkpointer = await session.guard.tell(
        "checkpointer", factory, factory.begin, session.info, seconds=session.host.defaults.port_timeout_s
    )
    if checkpointer is None:
        return
    if not has_methods(checkpointer, "save", "complete", "fail"):
        session.guard.note("checkpointer", factory, f"begin() gave {checkpointer!r:.100}, not a Checkpointer")
        return
    session.checkpointer = cast("Checkpointer", checkpointer)
    await session.save_entry(CheckpointEntry("start", 0, tuple(session.transcript)))
