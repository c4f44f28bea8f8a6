"""Whole runs on a chain of models: what they come to, what they cost, and what audit, sinks and budgets see."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from attrs import define, field

from executus_core import Agent, Executor, Invocation, Ports, tool
from executus_core.errors import BudgetExceededError, ModelUnavailableError
from executus_core.llm import ModelAttempt, ModelRequest, Response, TextDelta, Usage
from executus_core.model.candidate import Candidate
from executus_core.model.failover import FailoverModel
from executus_core.model.health import Health
from executus_core.model.policy import FailoverPolicy
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryBudget,
    MemoryTraceSink,
    MemoryUsageSink,
    ScriptedModel,
    SecretRedactor,
    call,
    delay,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from executus_core.llm import ModelEvent
    from executus_core.record.result import Result
    from executus_core.testing.script import Entry


@tool(effect="pure")
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


AGENT = Agent(name="adder", tools=("add",))


def lost(text: str, usage: Usage | None = None, *, has_begun: bool = False) -> ModelUnavailableError:
    """Make an error of an attempt that failed."""
    error = ModelUnavailableError(text, has_begun=has_begun)
    error.usage = usage
    return error


@define
class World:
    """Chains of scripted models "a" and "b", a new one per run, and ports that watch."""

    clock: FakeClock
    first: list[Entry]
    second: list[Entry] = field(factory=list)
    audit: MemoryAudit = field(factory=MemoryAudit)
    usages: MemoryUsageSink = field(factory=MemoryUsageSink)
    traces: MemoryTraceSink = field(factory=MemoryTraceSink)
    budget: MemoryBudget = field(factory=lambda: MemoryBudget(max_cost_usd=100, reserve_usd=1))
    secrets: tuple[str, ...] = ()
    candidates: list[Candidate] = field(init=False)

    def __attrs_post_init__(self) -> None:
        scripts = {"a": self.first, "b": self.second}
        self.candidates = [
            Candidate(
                name, ScriptedModel(script, name=name, clock=self.clock, usage=Usage(10, 5, cost_usd=0.25))
            )
            for name, script in scripts.items()
        ]

    async def resolve(self, spec: str) -> FailoverModel:
        """Make the model of one run."""
        return FailoverModel(
            spec, self.candidates, health=Health.of(self.clock), policy=FailoverPolicy(), clock=self.clock
        )

    async def run(self, agent: Agent = AGENT, *, is_streamed: bool = False) -> Result[None]:
        """Run the agent to its result."""
        ports = Ports(
            clock=self.clock,
            audit=self.audit,
            budget=self.budget,
            usage_sink=self.usages,
            trace_sink=self.traces,
            redactor=SecretRedactor(self.secrets) if self.secrets else (),
        )
        executor = Executor(models=self, registry=[add], ports=ports)
        if not is_streamed:
            return await self.clock.run_until(
                executor.run(agent, "go", Invocation(caller_id="alice", run_id="r"))
            )
        async with executor.stream(agent, "go", Invocation(caller_id="alice", run_id="r")) as run:
            return await self.clock.run_until(run)

    def events(self) -> list[dict[str, object]]:
        """Attempts on record."""
        return [
            dict(event.payload) for event in self.audit.records["r"].events if event.type == "model.attempt"
        ]


@pytest.mark.parametrize("is_streamed", [False, True])
async def test_a_run_goes_on_with_the_next_model_and_each_attempt_is_on_record(
    fake_clock: FakeClock, *, is_streamed: bool
) -> None:
    """Its transcript and its usage are those of a run in which nothing failed."""
    world = World(
        fake_clock, [delay(2, lost("503"))], [delay(1, call("add", a=1, b=2)), delay(1, "It is 3.")]
    )

    result = await world.run(is_streamed=is_streamed)

    assert (result.output, result.usage) == ("It is 3.", Usage(20, 10, cost_usd=0.5, requests=2))
    assert [message.role for message in result.messages] == ["user", "assistant", "tool", "assistant"]
    assert world.events()[0] == {
        "tier": "fast",
        "candidate": "a",
        "number": 1,
        "outcome": "failed",
        "duration_s": 2,
        "first_token_s": None,
        "waited_s": 0,
        "input_tokens": None,
        "output_tokens": None,
        "cost_usd": None,
        "model": "",
        "error": "ModelUnavailableError: 503",
    }
    assert [(each["candidate"], each["number"], each["outcome"]) for each in world.events()[1:]] == [
        ("b", 2, "answered"),
        ("b", 1, "answered"),
    ]
    assert [(seen.run_id, seen.caller_id, seen.tier) for seen in world.usages.seen] == [
        ("r", "alice", "fast")
    ] * 3
    assert [seen.attempt for seen in world.traces.seen] == world.usages.seen
    assert [seen.response is None for seen in world.traces.seen] == [True, False, False]


async def test_what_failed_attempts_consumed_is_the_runs_and_the_budgets(fake_clock: FakeClock) -> None:
    """A refusal consumed nothing; a call that was of no use did, when the provider says so."""
    world = World(fake_clock, [lost("cut", Usage(30, 2, cost_usd=2.0)), "done"], [lost("503")])

    result = await world.run()

    assert result.output == "done"
    assert result.usage == Usage(40, 7, cost_usd=2.25, requests=2)
    assert world.budget.spent_usd == 2.25
    assert world.audit.records["r"].stats.steps == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("is_chain", [True, False])
@pytest.mark.parametrize("is_watched", [True, False])
async def test_an_answer_that_broke_off_has_an_unknown_price(
    fake_clock: FakeClock, *, is_chain: bool, is_watched: bool
) -> None:
    """Of a chain and of a plain model, whether somebody watches or not: it is a request, and never a guessed 0."""
    world = World(fake_clock, [lost("reset", has_begun=True)])
    ports = Ports(clock=fake_clock, audit=world.audit) if is_watched else Ports(clock=fake_clock)
    models = world if is_chain else world.candidates[0].model

    result = await fake_clock.run_until(Executor(models=models, ports=ports).run(Agent(name="x"), "go"))

    assert repr(result.error) == "ModelUnavailableError('reset')"
    assert result.usage == Usage(requests=1, cost_usd=None)


@pytest.mark.parametrize("is_watched", [True, False])
async def test_what_the_provider_said_of_a_failed_call_is_counted_once(
    fake_clock: FakeClock, *, is_watched: bool
) -> None:
    """Also of a plain model."""
    model = ScriptedModel([lost("cut", Usage(7, 1, cost_usd=0.1), has_begun=True)])
    ports = Ports(clock=fake_clock, usage_sink=MemoryUsageSink()) if is_watched else Ports(clock=fake_clock)

    result = await fake_clock.run_until(Executor(models=model, ports=ports).run(Agent(name="x"), "go"))

    assert result.usage == Usage(7, 1, cost_usd=0.1)


async def test_a_budget_that_a_failed_attempt_exhausts_stops_the_run(fake_clock: FakeClock) -> None:
    """No further candidate is asked."""
    world = World(
        fake_clock,
        [delay(1, lost("cut", Usage(30, 2, cost_usd=9.0)))],
        [],
        budget=MemoryBudget(max_cost_usd=1, reserve_usd=1),
    )
    world.candidates[1] = Candidate("b", ScriptedModel([delay(1, "done")], clock=fake_clock, strict=False))

    result = await world.run()

    assert isinstance(result.error, BudgetExceededError)
    assert world.budget.spent_usd == 9


async def test_a_run_ends_in_time_however_long_its_models_rest(fake_clock: FakeClock) -> None:
    """It does not wait for its own time-out when no wait would fit."""
    world = World(fake_clock, [ModelUnavailableError("slow down", retry_after_s=3_600)])
    world.candidates.pop()

    result = await world.run(Agent(name="x", max_runtime_s=30))

    assert (result.status, fake_clock.monotonic()) == ("error", 0)
    assert str(result.error) == "slow down (asked 'a' once for 'fast'; somebody may be asked again in 3600 s)"


async def test_a_run_that_times_out_in_an_attempt_has_it_on_record(fake_clock: FakeClock) -> None:
    """And the candidate is free for others."""
    world = World(fake_clock, [delay(100, "late")])

    result = await world.run(Agent(name="x", max_runtime_s=5))

    assert result.status == "timeout"
    assert [(each["outcome"], each["duration_s"]) for each in world.events()] == [("failed", 5)]


async def test_a_secret_in_an_error_is_not_on_record(fake_clock: FakeClock) -> None:
    """Attempts are redacted as all that is recorded."""
    world = World(fake_clock, [lost("bad gateway for sk-123")], ["done"], secrets=("sk-123",))

    await world.run()

    assert world.events()[0]["error"] == "ModelUnavailableError: bad gateway for ***"


class Breaking:
    """A model whose stream breaks off after a piece."""

    name = "breaking"
    context_tokens = 0

    async def generate(self, request: ModelRequest) -> Response:
        raise AssertionError("it is streamed")

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        yield TextDelta("It i")
        raise ModelUnavailableError("reset")


async def test_a_stream_that_broke_off_ends_the_run_with_what_was_shown(fake_clock: FakeClock) -> None:
    """Nobody writes the answer anew behind the first half of another."""
    world = World(fake_clock, [], [])
    world.candidates[0] = Candidate("a", Breaking())

    result = await world.run(is_streamed=True)

    assert (result.status, result.output) == ("error", "It i")
    assert [each["outcome"] for each in world.events()] == ["broken"]


async def test_a_plain_model_is_seen_by_the_same_ports(fake_clock: FakeClock) -> None:
    """With the time to its first piece, also where it fails. On record are its steps and the run's error."""
    world = World(fake_clock, [])
    model = ScriptedModel([delay(3, call("add", a=1, b=2)), lost("503")], name="mine", clock=fake_clock)
    ports = Ports(clock=fake_clock, usage_sink=world.usages, audit=world.audit)
    executor = Executor(models=model, registry=[add], ports=ports)

    async with executor.stream(AGENT, "go", Invocation(run_id="r")) as run:
        await fake_clock.run_until(run)

    assert world.usages.seen == [
        ModelAttempt(
            "r",
            "",
            "fast",
            "mine",
            1,
            "answered",
            3,
            first_token_s=3,
            usage=Usage(10, 5, cost_usd=0.0),
            model="mine",
        ),
        ModelAttempt("r", "", "fast", "mine", 1, "failed", 0, error="ModelUnavailableError: 503"),
    ]
    assert world.events() == []


async def test_a_sink_that_fails_sees_no_more_of_a_run_and_takes_nothing_from_it(
    fake_clock: FakeClock,
) -> None:
    """Also in the middle of a failover."""

    class Broken:
        calls = 0

        def record_usage(self, attempt: ModelAttempt) -> None:
            self.calls += 1
            raise OSError("full")

    world, broken = World(fake_clock, [lost("503")], [call("add", a=1, b=2), "done"]), Broken()
    ports = Ports(clock=fake_clock, usage_sink=[broken, world.usages])
    executor = Executor(models=world, registry=[add], ports=ports)

    result = await fake_clock.run_until(executor.run(AGENT, "go"))

    assert result.output == "done"
    assert [note.port for note in result.notes] == ["usage_sink"]
    assert (broken.calls, len(world.usages.seen)) == (1, 3)


async def test_runs_that_overlap_share_what_they_learn_of_a_candidate(fake_clock: FakeClock) -> None:
    """When it rests, the next run does not ask it."""
    count = FailoverPolicy().failures_to_rest
    world = World(fake_clock, [delay(1, lost("503")) for _ in range(count)], ["done"] * (count + 3))
    executor = Executor(models=world, ports=Ports(clock=fake_clock))
    agent = Agent(name="x")

    first = asyncio.gather(*(executor.run(agent, "go") for _ in range(count)))
    assert all(result.ok for result in await fake_clock.run_until(first))
    later = asyncio.gather(*(executor.run(agent, "go") for _ in range(3)))
    assert all(result.ok for result in await fake_clock.run_until(later))
