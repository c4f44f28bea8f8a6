"""Many runs while every candidate fails at random: nearly all succeed, and nobody is asked again for what had begun."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from attrs import define, field

from executus_core import Agent, Executor, Invocation, tool
from executus_core.errors import ModelUnavailableError
from executus_core.llm import Message, Response, TextDelta, ToolCall, Usage
from executus_core.model.candidate import Candidate
from executus_core.model.failover import FailoverModel
from executus_core.model.health import Health
from executus_core.model.place import Place
from executus_core.model.policy import FailoverPolicy
from executus_core.ports import Ports
from executus_core.testing import FakeClock, MemoryUsageSink

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from executus_core.llm import ModelEvent, ModelRequest
    from executus_core.record.result import Result

pytestmark = pytest.mark.usefixtures("quiet")

FAILS = 0.3
BREAKS = 0.05
"""Share of the failures that come after the answer has begun."""

NAMES = ("a", "b", "c")

AGENT = Agent(name="adder", tools=("add",))


@tool(effect="pure")
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@define
class Ledger:
    """Which questions were put, and which answers began.

    Attributes:
        asked: How often each question was put: a run and the length of its transcript.
        begun: Questions whose answer had begun when it broke off.
        replayed: Questions that were put again after that.
    """

    asked: Counter[tuple[str, int]] = field(factory=Counter)
    begun: set[tuple[str, int]] = field(factory=set)
    replayed: list[tuple[str, int]] = field(factory=list)

    def put(self, request: ModelRequest) -> tuple[str, int]:
        """Take note of a question."""
        assert request.run is not None
        question = (request.run.run_id, len(request.messages))
        self.asked[question] += 1
        if question in self.begun:
            self.replayed.append(question)
        return question


@define
class Flaky:
    """A model that takes its time and fails at random, mostly before its answer begins."""

    name: str
    clock: FakeClock
    dice: random.Random
    ledger: Ledger
    context_tokens: int = 0

    async def generate(self, request: ModelRequest) -> Response:
        """Answer whole, or fail."""
        async for piece in self.stream(request):
            if isinstance(piece, Response):
                return piece
        raise AssertionError("a stream ends with a response")

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer in pieces, or fail."""
        question = self.ledger.put(request)
        await self.clock.sleep(self.dice.uniform(0.05, 1.5))
        fails = self.dice.random() < FAILS
        breaks = fails and self.dice.random() < BREAKS
        if fails and not breaks:
            raise self._refusal()
        yield TextDelta("The ")
        if breaks:
            self.ledger.begun.add(question)
            raise ModelUnavailableError("the connection was reset", has_begun=True)
        await self.clock.sleep(0.1)
        yield self._answer(request)

    def _refusal(self) -> ModelUnavailableError:
        kind = self.dice.choice(("429", "503", "connection refused", "time-out"))
        retry_after_s = self.dice.uniform(0.2, 4) if kind == "429" else None
        return ModelUnavailableError(kind, retry_after_s=retry_after_s)

    def _answer(self, request: ModelRequest) -> Response:
        usage = Usage(10, 5, cost_usd=0.001)
        if request.messages[-1].role == "tool":
            return Response(Message.assistant("The sum is 3."), usage, self.name)
        return Response(Message.assistant("", (ToolCall("1", "add", '{"a": 1, "b": 2}'),)), usage, self.name)


@define
class Chains:
    """Makes each run a chain of its own; health and places are shared."""

    clock: FakeClock
    candidates: list[Candidate]

    async def resolve(self, spec: str) -> FailoverModel:
        """Make the model of one run."""
        return FailoverModel(
            spec,
            self.candidates,
            health=Health.of(self.clock),
            policy=FailoverPolicy(),
            clock=self.clock,
        )


async def _run_many(count: int, seed: int) -> tuple[list[Result[None]], Ledger, MemoryUsageSink]:
    clock, ledger, sink = FakeClock(seed=seed), Ledger(), MemoryUsageSink()
    models = [Flaky(name, clock, random.Random(f"{seed} {name}"), ledger) for name in NAMES]
    candidates = [Candidate(model.name, model, place=Place(400)) for model in models]
    executor = Executor(
        models=Chains(clock, candidates), registry=[add], ports=Ports(clock=clock, usage_sink=sink)
    )

    async def run(number: int) -> Result[None]:
        invocation = Invocation(run_id=f"r{number}")
        if number % 2:
            return await executor.run(AGENT, "What is 1 + 2?", invocation)
        async with executor.stream(AGENT, "What is 1 + 2?", invocation) as running:
            async for _ in running:
                pass
            return await running

    results = await clock.run_until(asyncio.gather(*(run(number) for number in range(count))))
    return results, ledger, sink


def _assert_served(results: list[Result[None]], ledger: Ledger, sink: MemoryUsageSink) -> None:
    """Check the figure, that nothing was replayed, and that every attempt was seen and counted."""
    broken = {run_id for run_id, _ in ledger.begun}
    whole = [result for result in results if result.run_id not in broken]
    served = [result for result in whole if result.ok]
    assert len(served) >= 0.99 * len(whole), Counter(repr(each.error) for each in whole if not each.ok)
    assert not ledger.replayed
    assert len(sink.seen) == sum(ledger.asked.values())
    answered = [attempt for attempt in sink.seen if attempt.outcome == "answered"]
    assert sum(result.usage.requests for result in results) == len(answered) + len(ledger.begun)
    for result in results:
        assert result.ok == (result.output == "The sum is 3."), result
        assert (result.usage.cost_usd is None) == (result.run_id in broken), (
            "a broken answer has no known price"
        )


async def test_a_sample_of_runs_is_served_while_every_candidate_fails() -> None:
    """Enough of them for rests and probes."""
    results, ledger, sink = await _run_many(120, seed=7)

    _assert_served(results, ledger, sink)
    assert ledger.begun


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
async def test_a_thousand_runs_are_served_while_every_candidate_fails(seed: int) -> None:
    """Each candidate fails at random 30 % of the time; a run asks twice."""
    results, ledger, sink = await _run_many(1_000, seed)

    _assert_served(results, ledger, sink)
