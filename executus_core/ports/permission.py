"""The permission ports: policies and the approver of single tool calls, and the approvals that go on to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core.record.caller import Caller
    from executus_core.record.permission import (
        Approval,
        ApprovalRequest,
        BoundCall,
        Decision,
        StandingApproval,
    )
    from executus_core.record.tool import Tool


class CallPolicy(Protocol):
    """Decides about concrete tool calls. Several may be installed: terminate wins over deny wins over ask wins over allow.

    Contract: fails closed: whatever it raises is a denial. Called for each call whose arguments validated, possibly many
    at once, after the policies before it and with the arguments as those left them. It must not change the arguments in
    place: other ones go with its decision.
    """

    async def decide(self, tool: Tool, arguments: Mapping[str, object], caller: Caller) -> Decision:
        """Allow, as it is or with other arguments, ask, deny, or end the run."""
        ...


class Approver(Protocol):
    """Asks a person.

    Contract: may wait as long as the run's time allows. Whatever it raises is a denial, and so is an answer to another
    request than the one it was asked.
    """

    async def approve(self, request: ApprovalRequest) -> Approval:
        """Show the request and return the answer."""
        ...


class StandingApprovals(Protocol):
    """Keeps the approvals that go on to hold: for a run, a conversation, or always.

    Contract: an approval holds for equal calls of the same caller and tenant, and for nobody else: what ``find_approval``
    gives must cover the call (``StandingApproval.covers``). Saved when ``save_approval`` returns. Any of them may be called
    many at once. A store that can't be read raises: the person is then asked.
    """

    async def find_approval(self, call: BoundCall) -> StandingApproval | None:
        """Find an approval that covers the call, or give None."""
        ...

    async def save_approval(self, approval: StandingApproval) -> None:
        """Keep an approval; one with the same id is replaced."""
        ...

    async def list_approvals(self, caller: Caller) -> Sequence[StandingApproval]:
        """List what a caller has been granted, oldest first; callers are told apart by tenant and id."""
        ...

    async def revoke_approval(self, caller: Caller, approval_id: str) -> bool:
        """Forget one of a caller's approvals; False when the caller has none of that id."""
        ...
