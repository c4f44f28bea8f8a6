"""A budget with a hard ceiling, kept in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from executus_core.errors import BudgetExceededError, ConfigError
from executus_core.record.budget import Reservation

if TYPE_CHECKING:
    from executus_core.llm.usage import Usage
    from executus_core.record.budget import Estimate, Spend

__all__ = ["MemoryBudget"]

_DUST_USD = 1e-9
"""Sums of floats miss a round ceiling by less than this."""


@define
class _Open:
    """A reservation that is not settled yet."""

    reserved_usd: float
    spent_usd: float = 0.0


class MemoryBudget:
    """Admits runs up to a ceiling in runs, in US dollars, or both.

    A run reserves before it starts, so runs that start together can't spend the same dollar. When a run has spent its
    reservation, it gets more as long as there is more, and is stopped when there is not. A price that nobody knows counts
    as the whole reservation.

    Attributes:
        spent_usd: What settled runs have cost.
        runs: How many settled runs asked a model at all.
    """

    def __init__(
        self,
        *,
        max_runs: int | None = None,
        max_cost_usd: float | None = None,
        reserve_usd: float | None = None,
    ) -> None:
        """Set the ceilings.

        Args:
            max_runs: Most runs, running ones included; None for no ceiling.
            max_cost_usd: Most that all runs may cost; None for no ceiling.
            reserve_usd: What one run sets aside; needed with ``max_cost_usd``, since the price of a run is not known before.

        Raises:
            ConfigError: A ceiling in dollars without the reservation that makes it hold.
        """
        if max_cost_usd is not None and not reserve_usd:
            raise ConfigError(
                "MemoryBudget: max_cost_usd needs reserve_usd, the most that one run is expected to cost"
            )
        self.spent_usd: float = 0.0
        self.runs: int = 0
        self._max_runs = max_runs
        self._max_cost_usd = max_cost_usd
        self._reserve_usd = reserve_usd or 0.0
        self._open: dict[str, _Open] = {}
        self._granted = 0

    @property
    def reserved_usd(self) -> float:
        """What running runs have set aside."""
        return sum(grant.reserved_usd for grant in self._open.values())

    @property
    def running(self) -> int:
        """How many reservations are not settled yet."""
        return len(self._open)

    async def check(self, caller_id: str, estimate: Estimate) -> Reservation:
        """Set aside one run and its dollars, or refuse."""
        # Nothing is awaited between the look and the grant: that is what makes it safe.
        if self._max_runs is not None and self.runs + self.running >= self._max_runs:
            raise BudgetExceededError(
                f"the budget of {self._max_runs} runs is used up ({self.runs} done, {self.running} running); "
                "raise max_runs, or wait for a running one that turns out to need nothing",
                budget="memory",
            )
        if self._left_usd() < self._reserve_usd - _DUST_USD:
            raise BudgetExceededError(
                f"the budget of ${self._max_cost_usd:g} has ${max(0.0, self._left_usd()):.4f} left, and a run reserves "
                f"${self._reserve_usd:g} (${self.spent_usd:.4f} spent, ${self.reserved_usd:.4f} reserved); raise "
                "max_cost_usd, or wait until running ones have settled",
                budget="memory",
            )
        self._granted += 1
        reservation = Reservation(f"memory-{self._granted}", caller_id, estimate)
        self._open[reservation.id] = _Open(self._reserve_usd)
        return reservation

    def record_usage(self, reservation: Reservation, usage: Usage) -> None:
        """Count one model call; stop the run when its reservation is spent and nothing is left to extend it by."""
        grant = self._open[reservation.id]
        if usage.cost_usd is None or self._max_cost_usd is None:
            return
        grant.spent_usd += usage.cost_usd
        more = grant.spent_usd - grant.reserved_usd
        if more <= _DUST_USD:
            return
        if more > self._left_usd() + _DUST_USD:
            raise BudgetExceededError(
                f"the run has spent ${grant.spent_usd:.4f}, more than the ${grant.reserved_usd:g} it reserved, and the "
                f"budget of ${self._max_cost_usd:g} has nothing left to add; raise max_cost_usd or reserve_usd",
                budget="memory",
            )
        grant.reserved_usd += more

    async def commit(self, reservation: Reservation, spend: Spend) -> None:
        """Replace the reservation by what was really spent; a run that asked no model gives its unit back.

        Raises:
            LookupError: The reservation is not this budget's, or is settled already.
        """
        grant = self._open.pop(reservation.id, None)
        if grant is None:
            raise LookupError(f"reservation '{reservation.id}' is not open: each is settled exactly once")
        if spend.usage.requests:
            self.runs += 1
        cost_usd = spend.usage.cost_usd
        self.spent_usd += max(grant.reserved_usd, grant.spent_usd) if cost_usd is None else cost_usd

    def _left_usd(self) -> float:
        if self._max_cost_usd is None:
            return float("inf")
        return self._max_cost_usd - self.spent_usd - self.reserved_usd
