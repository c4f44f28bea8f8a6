"""The permission ports: policies and the approver of single tool calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.record.caller import Caller
    from executus_core.record.permission import Approval, ApprovalRequest, Decision
    from executus_core.record.tool import Tool


class CallPolicy(Protocol):
    """Decides about concrete tool calls. Several may be installed: deny wins over ask wins over allow.

    Contract: fails closed: whatever it raises is a denial. Called for each call whose arguments validated, possibly many
    at once.
    """

    async def decide(self, tool: Tool, arguments: Mapping[str, object], caller: Caller) -> Decision:
        """Allow, deny or ask about one call; must not change the arguments."""
        ...


class Approver(Protocol):
    """Asks a person.

    Contract: may wait as long as the run's time allows. Whatever it raises is a denial.
    """

    async def approve(self, request: ApprovalRequest) -> Approval:
        """Show the request and return the answer."""
        ...
