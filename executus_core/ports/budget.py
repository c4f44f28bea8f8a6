"""The budget port: a ceiling across runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from executus_core.llm.usage import Usage
    from executus_core.record.budget import Estimate, Reservation, Spend


class Budget(Protocol):
    """Grants runs. Several may be installed: all must agree, and each refusal is final.

    Contract: fails closed: whatever ``check`` raises refuses the run before any model call. ``check`` reserves, so two runs
    that check at once can't both get the last unit; ``commit`` settles, once per reservation, also for failed and
    cancelled runs, and with a spend of nothing when another budget refused. Both may be called concurrently.
    """

    async def check(self, caller_id: str, estimate: Estimate) -> Reservation:
        """Set aside what a run may need.

        Raises:
            BudgetExceededError: The ceiling does not allow it; the message says which ceiling and when it opens again.
        """
        ...

    async def commit(self, reservation: Reservation, spend: Spend) -> None:
        """Replace the reservation by what was really spent."""


class MeteredBudget(Budget, Protocol):
    """A budget that also watches the run while it spends."""

    def record_usage(self, reservation: Reservation, usage: Usage) -> None:
        """Count one model call; returns at once, called after each step.

        Raises:
            BudgetExceededError: The run must stop here; it keeps what it has.
        """
