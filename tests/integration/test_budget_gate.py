"""The budget gate: before any model call, all must agree, and what was reserved is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from executus_core import Agent, Executor, Invocation, Ports, tool
from executus_core.errors import BudgetExceededError
from executus_core.llm import Usage
from executus_core.record.budget import Reservation
from executus_core.testing import FakeClock, MemoryAudit, MemoryBudget, ScriptedModel, call, delay

if TYPE_CHECKING:
    from executus_core.record.budget import Estimate, Spend


@tool
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


class Ledger:
    """A budget that grants everything and keeps what it is told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Estimate]] = []
        self.spends: list[Spend] = []

    async def check(self, caller_id: str, estimate: Estimate) -> Reservation:
        self.asked.append((caller_id, estimate))
        return Reservation("r", caller_id, estimate)

    async def commit(self, reservation: Reservation, spend: Spend) -> None:
        self.spends.append(spend)


async def test_a_refused_run_is_recorded_and_asks_no_model() -> None:
    """The audit opens before the budget gate."""
    audit = MemoryAudit()
    ports = Ports(audit=audit, budget=MemoryBudget(max_runs=0))

    result = await Executor(models=ScriptedModel(), ports=ports).run(Agent(name="x"), "go")

    assert result.status == "budget_exceeded"
    assert isinstance(result.error, BudgetExceededError)
    record = audit.records[result.run_id]
    assert record.stats is not None
    assert (record.stats.status, record.stats.steps, record.times_closed) == ("budget_exceeded", 0, 1)
    assert record.stats.error.startswith("BudgetExceededError: the budget of 0 runs is used up")


async def test_all_budgets_must_agree_and_what_the_first_reserved_is_given_back() -> None:
    """A refusal by the second settles the first with a spend of nothing."""
    first, second = MemoryBudget(max_runs=5), MemoryBudget(max_runs=0)

    result = await Executor(models=ScriptedModel(), ports=Ports(budget=[first, second])).run(
        Agent(name="x"), "go"
    )

    assert result.status == "budget_exceeded"
    assert (first.running, first.runs, first.spent_usd) == (0, 0, 0)


async def test_a_refused_run_spends_nothing_however_long_the_refusal_took(fake_clock: FakeClock) -> None:
    """Waiting for the second budget's answer is not a spend of the first."""

    class Slow(MemoryBudget):
        @override
        async def check(self, caller_id: str, estimate: Estimate) -> Reservation:
            await fake_clock.sleep(5)
            return await super().check(caller_id, estimate)

    ledger = Ledger()
    ports = Ports(budget=[ledger, Slow(max_runs=0)], clock=fake_clock)
    await fake_clock.run_until(Executor(models=ScriptedModel(), ports=ports).run(Agent(name="x"), "go"))

    assert [(spend.runtime_s, spend.usage.requests, spend.usage.cost_usd) for spend in ledger.spends] == [
        (0, 0, 0)
    ]


async def test_a_budget_is_told_what_was_really_spent_also_when_the_run_failed(fake_clock: FakeClock) -> None:
    """Seconds, tokens and dollars."""
    ledger = Ledger()
    usage = Usage(10, 5, cost_usd=0.25)
    model = ScriptedModel([delay(4, call("add", a=1, b=1)), ValueError("no")], clock=fake_clock, usage=usage)
    executor = Executor(models=model, registry=[add], ports=Ports(budget=ledger, clock=fake_clock))

    result = await fake_clock.run_until(executor.run(Agent(name="x", tools=("add",)), "go"))

    assert result.status == "error"
    assert [(spend.runtime_s, spend.usage) for spend in ledger.spends] == [(4, usage)]


async def test_budgets_are_asked_in_plugin_order_and_told_what_is_coming() -> None:
    """A refusal by the first asks no second, and the estimate holds what is known before the start."""
    first, second = Ledger(), Ledger()
    agent = Agent(name="x", model_tier="smart", max_steps=3, max_runtime_s=9)
    invocation = Invocation(caller_id="al", run_id="r", parent_run_id="p")

    await Executor(models=ScriptedModel(["ok"]), ports=Ports(budget=[first, second])).run(
        agent, "go", invocation
    )
    await Executor(models=ScriptedModel(), ports=Ports(budget=[MemoryBudget(max_runs=0), first])).run(
        agent, "go"
    )

    assert len(first.asked) == len(second.asked) == 1
    caller_id, estimate = first.asked[0]
    assert (caller_id, estimate.run_id, estimate.parent_run_id) == ("al", "r", "p")
    assert (estimate.model_tier, estimate.max_steps, estimate.max_runtime_s) == ("smart", 3, 9)


async def test_runs_that_start_together_can_not_spend_the_same_unit() -> None:
    """Check reserves: of three at once, one gets the last unit."""
    budget = MemoryBudget(max_runs=1)
    executor = Executor(models=ScriptedModel(lambda _: delay(0, "ok")), ports=Ports(budget=budget))
    runs = [executor.start(Agent(name="x"), "go") for _ in range(3)]

    statuses = sorted([(await run).status.value for run in runs])

    assert statuses == ["budget_exceeded", "budget_exceeded", "ok"]
    assert (budget.runs, budget.running) == (1, 0)


async def test_a_budget_that_fails_refuses_the_run() -> None:
    """Fails closed: no model call, and the error names the budget and its failure."""

    class Broken(Ledger):
        @override
        async def check(self, caller_id: str, estimate: Estimate) -> Reservation:
            raise ConnectionError("the ledger is gone")

    result = await Executor(models=ScriptedModel(), ports=Ports(budget=Broken())).run(Agent(name="x"), "go")

    assert result.status == "budget_exceeded"
    assert "ConnectionError: the ledger is gone" in str(result.error)
    assert "Broken" in str(result.error)


async def test_a_budget_can_stop_the_run_on_the_way() -> None:
    """The run keeps what it has, and the spend counts."""
    budget = MemoryBudget(max_cost_usd=1.0, reserve_usd=0.5)
    usage = Usage(10, 5, cost_usd=0.6)
    model = ScriptedModel([["One.", call("add", a=1, b=1)], ["Two.", call("add", a=2, b=2)]], usage=usage)

    result = await Executor(models=model, registry=[add], ports=Ports(budget=budget)).run(
        Agent(name="x", tools=("add",)), "go"
    )

    assert result.status == "budget_exceeded"
    assert (result.output, len(result.steps), result.usage.requests) == ("Two.", 1, 2)
    assert budget.spent_usd == 1.2
    assert {message.tool_call_id for message in result.messages if message.role == "tool"} == {
        tool_call.id for message in result.messages for tool_call in message.tool_calls
    }
