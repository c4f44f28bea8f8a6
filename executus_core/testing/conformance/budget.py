"""What every budget must do."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import TYPE_CHECKING, cast

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from executus_core.errors import BudgetExceededError
from executus_core.llm.usage import Usage
from executus_core.record.budget import Estimate, Reservation, Spend
from executus_core.testing.conformance.base import Conformance, cancelled_at_once, cannot_check, interleaved
from executus_core.testing.hotpath import assert_returns_at_once

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from executus_core.ports.budget import Budget, MeteredBudget

__all__ = ["BudgetConformance"]

_NOTHING = Spend()


class BudgetConformance(Conformance):
    """What every budget must do.

    Give the fixture ``open_budget``: a function that gives a fresh budget, or an async context manager of one, with room
    for exactly ``room`` runs of ``alice`` that spend ``full_spend`` each.

    Attributes:
        room: How many runs the budget has room for.
        full_spend: What a run really spends that uses its whole reservation.
        overspend: A model call that a metered budget must stop when the budget has nothing left; None when this budget
            does not meter.
    """

    room: int = 3
    full_spend: Spend = Spend(1.0, Usage(1000, 500, cost_usd=0.3))
    overspend: Usage | None = None

    @pytest.fixture
    def open_budget(self) -> Callable[[], Budget | AbstractAsyncContextManager[Budget]]:
        """Makes fresh budgets to check."""
        raise NotImplementedError("give the fixture 'open_budget'")

    @pytest_asyncio.fixture
    async def budget(self, open_budget: Callable[[], object]) -> AsyncGenerator[Budget]:
        """A fresh budget."""
        async with _entered(open_budget) as budget:
            yield budget

    # ------------------------------------------------------------------------------------------------- the ceiling

    async def test_a_reservation_says_what_it_is_for(self, budget: Budget) -> None:
        """Each reservation has an id of its own, the caller and the estimate."""
        first, second = await _check(budget), await _check(budget)

        assert first.id != second.id
        assert (first.caller_id, first.estimate) == ("alice", _estimate())
        await _commit_all(budget, [first, second])

    async def test_the_room_is_granted_and_no_more(self, budget: Budget) -> None:
        """One run after the other is granted until the ceiling; the next is refused in words."""
        granted = await self._fill(budget)

        with pytest.raises(BudgetExceededError) as refusal:
            await _check(budget)

        assert str(refusal.value), "the refusal must say which ceiling and when it opens again"
        await _commit_all(budget, granted)

    async def test_runs_that_start_together_cannot_spend_the_same_unit(self, budget: Budget) -> None:
        """Of fifty checks at once exactly as many are granted as there is room, and each other one is refused cleanly."""
        outcomes = await interleaved(_check(budget) for _ in range(50))

        granted = [outcome for outcome in outcomes if isinstance(outcome, Reservation)]
        others = {type(outcome) for outcome in outcomes if not isinstance(outcome, Reservation)}
        assert (len(granted), others) == (self.room, {BudgetExceededError})
        assert len({reservation.id for reservation in granted}) == self.room
        await _commit_all(budget, granted)

    async def test_what_was_spent_stays_spent(self, budget: Budget) -> None:
        """Runs that were settled with what they spent leave no room for others, however they are interleaved."""

        async def run() -> None:
            reservation = await _check(budget)
            await asyncio.sleep(0)
            await budget.commit(reservation, self.full_spend)

        waves = [await interleaved(run() for _ in range(20)) for _ in range(3)]

        assert sum(outcome is None for wave in waves for outcome in wave) == self.room

    async def test_a_run_that_spent_nothing_gives_its_room_back(self, budget: Budget) -> None:
        """A reservation that another budget's refusal made needless is as if it had never been."""
        for _ in range(3):
            await _commit_all(budget, await self._fill(budget))

        await _commit_all(budget, await self._fill(budget))

    async def test_an_unknown_price_is_settled_too(self, budget: Budget) -> None:
        """Settling a run whose price nobody knows works, and never opens room beyond the ceiling."""
        granted = await self._fill(budget)

        for reservation in granted:
            await budget.commit(reservation, Spend(1.0, Usage(1000, 500, cost_usd=None)))

        assert len(await self._take_all(budget)) <= self.room

    # ----------------------------------------------------------------------------------------------------- settling

    async def test_a_reservation_is_settled_once(self, budget: Budget) -> None:
        """Settling again, whether it raises or not, neither spends again nor gives anything back."""
        granted = await self._fill(budget)
        await budget.commit(granted[0], self.full_spend)

        for spend in (_NOTHING, self.full_spend, _NOTHING):
            await interleaved([budget.commit(granted[0], spend)])

        assert await self._take_all(budget) == []
        await budget.commit(granted[1], _NOTHING)
        assert len(await self._take_all(budget)) == 1

    async def test_any_order_of_reserving_and_settling_holds_the_ceiling(
        self, open_budget: Callable[[], object]
    ) -> None:
        """A machine that reserves, settles, releases and settles again in any order never gets past the ceiling."""
        suite = self

        class Machine(_BudgetMachine):
            def __init__(self) -> None:
                super().__init__(open_budget, suite.room, suite.full_spend)

        # In a thread: the machine brings its own event loop, and one is running here already.
        await asyncio.to_thread(
            run_state_machine_as_test,
            Machine,
            settings=settings(
                max_examples=30,
                stateful_step_count=30,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )

    # ----------------------------------------------------------------------------------------------------- metering

    async def test_metering_returns_at_once(self, budget: Budget) -> None:
        """Counting a model call that is within the reservation does no I/O and gives nothing."""
        metered = self._metered(budget)
        reservation = await _check(budget)

        counted = assert_returns_at_once(
            "record_usage", lambda: metered.record_usage(reservation, Usage(1, 1, cost_usd=0.0))
        )

        assert counted is None
        await budget.commit(reservation, _NOTHING)

    async def test_a_run_that_spends_more_than_there_is_must_stop(self, budget: Budget) -> None:
        """With nothing left to extend its reservation by, a run is stopped by the model call that exceeds it."""
        metered = self._metered(budget)
        granted = await self._fill(budget)
        assert self.overspend is not None

        with pytest.raises(BudgetExceededError):
            metered.record_usage(granted[0], self.overspend)

        await _commit_all(budget, granted)

    # ------------------------------------------------------------------------------------------------------- faults

    async def test_a_check_that_nobody_waits_for_reserves_nothing(self, budget: Budget) -> None:
        """A run that is cancelled while it is checked has no reservation, so nobody will ever settle one."""
        waited = False
        for _ in range(10):
            waited = await cancelled_at_once(lambda: _check(budget)) or waited
        if not waited:
            return  # it never gives way, so it can't be cancelled half way

        assert len(await self._take_all(budget)) == self.room

    async def _fill(self, budget: Budget) -> list[Reservation]:
        granted = await self._take_all(budget)
        assert len(granted) == self.room, (
            f"the suite says room={self.room}, and {len(granted)} runs were granted"
        )
        return granted

    async def _take_all(self, budget: Budget) -> list[Reservation]:
        granted: list[Reservation] = []
        for _ in range(self.room + 1):
            try:
                granted.append(await _check(budget))
            except BudgetExceededError:
                break
        return granted

    def _metered(self, budget: Budget) -> MeteredBudget:
        if self.overspend is None or not hasattr(budget, "record_usage"):
            cannot_check("overspend")
        return cast("MeteredBudget", budget)


class _BudgetMachine(RuleBasedStateMachine):
    """Reserves and settles in any order, and counts along."""

    reservations: Bundle[Reservation] = Bundle("reservations")
    settled: Bundle[Reservation] = Bundle("settled")

    def __init__(self, open_budget: Callable[[], object], room: int, full_spend: Spend) -> None:
        super().__init__()
        self.room, self.full_spend = room, full_spend
        self.open = self.spent = 0
        self.runner = asyncio.Runner()
        self.context = _entered(open_budget)
        self.budget = self.runner.run(_enter(self.context))

    @rule(target=reservations, together=st.integers(1, 5))
    def reserve(self, together: int) -> MultipleResults[Reservation]:
        """Some runs start together."""

        async def check_all() -> list[Reservation | BaseException]:
            return await interleaved(_check(self.budget) for _ in range(together))

        outcomes = self.runner.run(check_all())
        granted = [outcome for outcome in outcomes if isinstance(outcome, Reservation)]
        assert all(isinstance(outcome, (Reservation, BudgetExceededError)) for outcome in outcomes)
        assert len(granted) == min(together, self.room - self.open - self.spent)
        self.open += len(granted)
        return multiple(*granted)

    @rule(target=settled, reservation=consumes(reservations), spends=st.booleans())
    def settle(self, reservation: Reservation, *, spends: bool) -> Reservation:
        """A run ends, having spent everything or nothing."""
        self.runner.run(_commit_all(self.budget, [reservation], self.full_spend if spends else _NOTHING))
        self.open -= 1
        self.spent += spends
        return reservation

    @rule(reservation=settled, spends=st.booleans())
    def settle_again(self, reservation: Reservation, *, spends: bool) -> None:
        """Somebody settles twice; a budget may raise, and must not count it."""
        with suppress(Exception):
            self.runner.run(_commit_all(self.budget, [reservation], self.full_spend if spends else _NOTHING))

    @invariant()
    def the_ceiling_holds(self) -> None:
        """What is open and what is spent fit under the ceiling."""
        assert self.open + self.spent <= self.room

    @override
    def teardown(self) -> None:
        """Close the budget."""
        self.runner.run(_leave(self.context))
        self.runner.close()


@asynccontextmanager
async def _entered(open_budget: Callable[[], object]) -> AsyncGenerator[Budget]:
    opened = open_budget()
    if isinstance(opened, AbstractAsyncContextManager):
        async with cast("AbstractAsyncContextManager[Budget]", opened) as budget:
            yield budget
    else:
        yield cast("Budget", opened)


async def _enter(context: AbstractAsyncContextManager[Budget]) -> Budget:
    return await context.__aenter__()


async def _leave(context: AbstractAsyncContextManager[Budget]) -> None:
    await context.__aexit__(None, None, None)


def _estimate() -> Estimate:
    return Estimate("run-1", "fast", max_steps=12, max_runtime_s=60.0, tenant="tenant-1")


async def _check(budget: Budget) -> Reservation:
    return await budget.check("alice", _estimate())


async def _commit_all(budget: Budget, reservations: Iterable[Reservation], spend: Spend = _NOTHING) -> None:
    for reservation in reservations:
        await budget.commit(reservation, spend)
