"""Standing approvals in memory, for as long as the process lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from executus_core.record.caller import Caller
    from executus_core.record.permission import BoundCall, StandingApproval

MAX_HELD: Final = 10_000
"""Approvals held in memory unless the host says otherwise; the oldest give way, and their calls ask again."""


class ApprovalMemory:
    """Keeps standing approvals in memory. An executor without a provider of the port uses one."""

    def __init__(self, *, max_held: int = MAX_HELD) -> None:
        """Begin with none.

        Args:
            max_held: How many are held; beyond that the oldest give way.
        """
        self._max_held = max_held
        self._held: dict[str, StandingApproval] = {}
        self._ids: dict[tuple[str, ...], list[str]] = {}

    async def find_approval(self, call: BoundCall) -> StandingApproval | None:
        """Find an approval that covers the call, or give None."""
        held = (self._held[approval_id] for approval_id in self._ids.get(_key(call), ()))
        return next((approval for approval in held if approval.covers(call)), None)

    async def save_approval(self, approval: StandingApproval) -> None:
        """Keep an approval; one with the same id is replaced."""
        self.add(approval)

    @property
    def held(self) -> Collection[StandingApproval]:
        """Everything that is held, oldest first."""
        return self._held.values()

    def add(self, approval: StandingApproval) -> None:
        """Keep an approval at once."""
        self._forget(approval.id)
        self._held[approval.id] = approval
        self._ids.setdefault(_key(approval.call), []).append(approval.id)
        if len(self._held) > self._max_held:
            self._forget(next(iter(self._held)))

    async def list_approvals(self, caller: Caller) -> list[StandingApproval]:
        """List what a caller has been granted, oldest first."""
        return [approval for approval in self._held.values() if is_of(approval, caller)]

    async def revoke_approval(self, caller: Caller, approval_id: str) -> bool:
        """Forget one of a caller's approvals; False when the caller has none of that id."""
        approval = self._held.get(approval_id)
        if approval is None or not is_of(approval, caller):
            return False
        self._forget(approval_id)
        return True

    def _forget(self, approval_id: str) -> None:
        approval = self._held.pop(approval_id, None)
        if approval is None:
            return
        key = _key(approval.call)
        self._ids[key].remove(approval_id)
        if not self._ids[key]:
            del self._ids[key]


def is_of(approval: StandingApproval, caller: Caller) -> bool:
    """Tell whether an approval was given to a caller."""
    return (approval.call.tenant, approval.call.caller_id) == (caller.tenant, caller.id)


def _key(call: BoundCall) -> tuple[str, ...]:
    """Give what must be equal in any case, so that a look-up is one look into a mapping."""
    return (call.tenant, call.caller_id, call.tool, call.origin, call.arguments)
