"""Asking a person about one call: an approval that goes on to hold answers first, then the approver."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeGuard

from executus_core.permission.canonical import canonical_arguments
from executus_core.record.events import ApprovalRequested
from executus_core.record.permission import (
    SCOPE_ORDER,
    VERDICT_ORDER,
    Approval,
    ApprovalRequest,
    BoundCall,
    StandingApproval,
)

if TYPE_CHECKING:
    from executus_core.ports.permission import StandingApprovals
    from executus_core.record.permission import ApprovalScope
    from executus_core.run.ruling import Ruling
    from executus_core.run.session import Session


async def ask_person(session: Session, ruling: Ruling) -> None:
    """Settle a call about which a person is to be asked; its verdict stays "ask" when the run is to wait for one."""
    bound = _bind(session, ruling)
    standing = await _find_standing(session, bound)
    if standing is not None:
        ruling.settle("allow", standing.reason, "standing approval", standing.id)
        ruling.details = {"by": standing.by, "scope": standing.scope}
        return
    approver = session.host.ports.approver
    request = _make_request(session, ruling, bound)
    if session.emit:
        session.emit(ApprovalRequested(ruling.call, ruling.reason, request.id if approver else ""))
    if approver is None:
        ruling.settle("deny", f"{ruling.reason}, and nobody is there to ask", "nobody")
        return
    ruling.details = {"request_id": request.id}
    try:
        approval = await session.guard.ask(approver.approve, request, seconds=float("inf"))
        if not _is_answer(approval, request):
            raise TypeError(_complaint(approval, request))  # noqa: TRY301 - one way to fail closed
    except Exception as error:  # noqa: BLE001 - foreign code may raise anything
        session.guard.note("approver", approver, error)
        ruling.settle("deny", "the approver failed", "approver", session.host.ports.name_of(approver))
        return
    if approval.verdict != "ask":
        ruling.settle(approval.verdict, approval.reason or ruling.reason, "person", approval.by)
        if approval.verdict == "allow" and approval.scope != "once":
            await _keep(session, ruling, approval, request, bound)
    elif session.checkpointer is None:
        unanswered = f"{ruling.reason}, nobody can answer now, and the run is not durable"
        ruling.settle("deny", approval.reason or unanswered, "nobody")


def _bind(session: Session, ruling: Ruling) -> BoundCall | None:
    """Say which exact call it is; None when that can't be said, so that no approval can go on to hold for it."""
    try:
        arguments = canonical_arguments(ruling.text)
    except (ValueError, RecursionError):
        return None
    caller = session.caller
    return BoundCall(
        ruling.tool.name,
        ruling.tool.origin,
        arguments,
        caller.id,
        caller.tenant,
        session.run_id,
        session.invocation.channel_id,
    )


def _make_request(session: Session, ruling: Ruling, bound: BoundCall | None) -> ApprovalRequest:
    return ApprovalRequest(
        session.info,
        session.caller,
        ruling.tool.name,
        ruling.call,
        ruling.show(),
        ruling.reason,
        session.clock.new_id(),
        ruling.tool.origin,
        _scopes(session, bound),
    )


def _scopes(session: Session, bound: BoundCall | None) -> tuple[ApprovalScope, ...]:
    """Say for how long an approval could hold: what nobody can be told apart by, nobody can be granted."""
    scopes: list[ApprovalScope] = ["once"]
    if bound is not None:
        scopes.append("run")
        if bound.caller_id and bound.channel_id:
            scopes.append("conversation")
        if bound.caller_id and session.host.ports.standing_approvals is not None:
            scopes.append("always")
    return tuple(scopes)


def _is_answer(answer: object, request: ApprovalRequest) -> TypeGuard[Approval]:
    """Tell whether an approver's answer is one, word for word, and to this request."""
    if not isinstance(answer, Approval):
        return False
    words: tuple[object, ...] = (answer.verdict, answer.scope, answer.reason, answer.by, answer.request_id)
    if not all(type(word) is str for word in words):
        return False
    is_known = answer.verdict in VERDICT_ORDER and answer.scope in SCOPE_ORDER
    return is_known and answer.request_id in ("", request.id)


def _complaint(answer: object, request: ApprovalRequest) -> str:
    if isinstance(answer, Approval) and answer.request_id not in ("", request.id):
        return f"approve() answered the request {answer.request_id!r:.100}, not {request.id!r}"
    return f"approve() gave {answer!r:.100}, not an Approval"


def _store(session: Session) -> StandingApprovals:
    return session.host.ports.standing_approvals or session.host.approvals


async def _find_standing(session: Session, bound: BoundCall | None) -> StandingApproval | None:
    """Find an approval that holds for the call; a store that fails, or gives another one, has none."""
    if bound is None:
        return None
    store = _store(session)
    found = await session.guard.tell(
        "standing_approvals",
        store,
        store.find_approval,
        bound,
        seconds=session.host.defaults.port_timeout_s,
    )
    if found is None:
        return None
    if not isinstance(found, StandingApproval):
        session.guard.note(
            "standing_approvals", store, f"find_approval() gave {found!r:.100}, not a StandingApproval"
        )
        return None
    if not found.covers(bound):
        session.guard.note(
            "standing_approvals", store, f"find_approval() gave '{found.id}', which does not cover the call"
        )
        return None
    return found


async def _keep(
    session: Session, ruling: Ruling, approval: Approval, request: ApprovalRequest, bound: BoundCall | None
) -> None:
    """Keep an approval for as long as it was given, and can be held here."""
    reach = SCOPE_ORDER[approval.scope]
    reachable: list[ApprovalScope] = [scope for scope in request.scopes if SCOPE_ORDER[scope] <= reach]
    scope = reachable[-1]
    if scope != approval.scope:
        message = f"an approval of '{ruling.tool.name}' was given for '{approval.scope}' and holds for '{scope}' only"
        why_not = _why_not(session, approval.scope, bound)
        session.guard.note("approver", session.host.ports.approver, f"{message}: {why_not}")
    if scope == "once" or bound is None:
        return
    store = _store(session)
    given_at = datetime.fromtimestamp(session.clock.time(), UTC)
    kept = StandingApproval(session.clock.new_id(), bound, scope, approval.by, approval.reason, given_at)
    try:
        await session.guard.ask(store.save_approval, kept, seconds=session.host.defaults.port_timeout_s)
    except Exception as error:  # noqa: BLE001 - foreign code may raise anything
        session.guard.note("standing_approvals", store, error)
    else:
        ruling.details |= {"scope": scope, "approval_id": kept.id}


def _why_not(session: Session, scope: ApprovalScope, bound: BoundCall | None) -> str:
    """Say why an approval can't hold as long as it was given."""
    if bound is None:
        return "its arguments can't be told from others"
    if not bound.caller_id and scope != "run":
        return "the run's caller has no id to tell it from others"
    if scope == "always" and session.host.ports.standing_approvals is None:
        return "no plugin keeps standing approvals"
    return "the run is in no channel"
