"""The suite for budgets: what is in memory passes it, and what breaks a promise does not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from executus_core.errors import BudgetExceededError
from executus_core.llm.usage import Usage
from executus_core.record.budget import Reservation, Spend
from executus_core.testing import BudgetConformance, MemoryBudget

if TYPE_CHECKING:
    from collections.abc import Callable


class TestMemoryBudgetOfRuns(BudgetConformance):
    @pytest.fixture
    def open_budget(self):
        return lambda: MemoryBudget(max_runs=3)


class TestMemoryBudgetOfDollars(BudgetConformance):
    overspend = Usage(1, 1, cost_usd=0.5)

    @pytest.fixture
    def open_budget(self):
        return lambda: MemoryBudget(max_cost_usd=1.0, reserve_usd=0.3)


class TestMemoryBudgetOfBoth(BudgetConformance):
    room = 2
    full_spend = Spend(1.0, Usage(10, 5, cost_usd=0.5))
    overspend = Usage(1, 1, cost_usd=0.51)

    @pytest.fixture
    def open_budget(self):
        return lambda: MemoryBudget(max_runs=5, max_cost_usd=1.0, reserve_usd=0.5)


class Budget(MemoryBudget):
    def __init__(self, **ceilings):
        super().__init__(**(ceilings or {"max_cost_usd": 1.0, "reserve_usd": 0.3}))


class OneId(Budget):
    async def check(self, caller_id, estimate):
        reservation = await super().check(caller_id, estimate)
        return Reservation("the one", reservation.caller_id, reservation.estimate)


class OneTooMany(Budget):
    def __init__(self):
        super().__init__(max_runs=4)


class RefusesWithoutWords(Budget):
    async def check(self, caller_id, estimate):
        try:
            return await super().check(caller_id, estimate)
        except BudgetExceededError:
            raise BudgetExceededError("") from None


class LooksBeforeItReserves(Budget):
    async def check(self, caller_id, estimate):
        if self._left_usd() < 0.3:
            return await super().check(caller_id, estimate)
        await asyncio.sleep(0)
        spent, self.spent_usd = self.spent_usd, -1000.0
        reservation = await super().check(caller_id, estimate)
        self.spent_usd = spent
        return reservation


class ForgetsWhatWasSpent(Budget):
    async def commit(self, reservation, spend):
        await super().commit(reservation, evolve(spend, usage=Usage(cost_usd=0.0)))


class KeepsWhatWasNotSpent(Budget):
    async def commit(self, reservation, spend):
        await super().commit(reservation, evolve(spend, usage=Usage(cost_usd=0.3)))


class MultipliesPrices(Budget):
    async def commit(self, reservation, spend):
        await super().commit(reservation, evolve(spend, usage=Usage(cost_usd=spend.usage.cost_usd * 1)))


class GivesBackTwice(Budget):
    async def commit(self, reservation, spend):
        if reservation.id not in self._open:
            self.spent_usd -= 0.3
            return
        await super().commit(reservation, spend)


class MetersIntoAFile(Budget):
    def record_usage(self, reservation, usage):
        with Path("/dev/null").open("w") as file:
            file.write(str(usage))


class NeverStopsARun(Budget):
    def record_usage(self, reservation, usage):
        pass


class ReservesAndThenWaits(Budget):
    async def check(self, caller_id, estimate):
        reservation = await super().check(caller_id, estimate)
        await asyncio.sleep(0)
        return reservation


BROKEN = [
    ("test_a_reservation_says_what_it_is_for", OneId),
    ("test_the_room_is_granted_and_no_more", OneTooMany),
    ("test_the_room_is_granted_and_no_more", RefusesWithoutWords),
    ("test_runs_that_start_together_cannot_spend_the_same_unit", LooksBeforeItReserves),
    ("test_what_was_spent_stays_spent", ForgetsWhatWasSpent),
    ("test_a_run_that_spent_nothing_gives_its_room_back", KeepsWhatWasNotSpent),
    ("test_an_unknown_price_is_settled_too", MultipliesPrices),
    ("test_a_reservation_is_settled_once", GivesBackTwice),
    ("test_any_order_of_reserving_and_settling_holds_the_ceiling", GivesBackTwice),
    ("test_any_order_of_reserving_and_settling_holds_the_ceiling", LooksBeforeItReserves),
    ("test_metering_returns_at_once", MetersIntoAFile),
    ("test_a_run_that_spends_more_than_there_is_must_stop", NeverStopsARun),
    ("test_a_check_that_nobody_waits_for_reserves_nothing", ReservesAndThenWaits),
]


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(check: str, provider: Callable[[], object], assert_caught) -> None:
    """The check fails for a provider that breaks just its promise."""
    await assert_caught(TestMemoryBudgetOfDollars(), check, budget=provider, open_budget=lambda: provider)


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(TestMemoryBudgetOfDollars, BROKEN)
