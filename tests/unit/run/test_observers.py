"""Observers and sinks: told how runs go, beside the run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from executus_core import Agent, Executor, Invocation, Ports, tool
from executus_core.record.events import RunFinished, RunStarted
from executus_core.testing import (
    FakeClock,
    MemoryObserver,
    MemoryTraceSink,
    MemoryUsageSink,
    ScriptedModel,
    call,
    delay,
)

if TYPE_CHECKING:
    from executus_core import Result
    from executus_core.record.events import RunEvent
    from executus_core.record.run import RunInfo


@tool
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


AGENT = Agent(name="adder", tools=("add",))


class Slow:
    """An observer that takes a second for everything."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.seen: list[str] = []

    async def on_run_start(self, run: RunInfo) -> None:
        await self.clock.sleep(1)
        self.seen.append("start")

    async def on_event(self, run: RunInfo, event: RunEvent) -> None:
        await self.clock.sleep(1)
        self.seen.append(type(event).__name__)

    async def on_run_end(self, run: RunInfo, result: Result[object]) -> None:
        await self.clock.sleep(1)
        self.seen.append(f"end {result.status}")


async def test_an_observer_is_told_the_start_every_event_and_the_end() -> None:
    """With the run's own values."""
    observer = MemoryObserver()
    model = ScriptedModel([call("add", a=1, b=1), "2"])

    result = await Executor(models=model, registry=[add], ports=Ports(observers=(observer,))).run(AGENT, "go")

    assert [run.run_id for run in observer.started] == [result.run_id]
    events = observer.events[result.run_id]
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    assert observer.ended == {result.run_id: result}


async def test_an_async_observer_is_awaited_beside_the_run_and_in_order(fake_clock: FakeClock) -> None:
    """The run does not wait for it, but for its end."""
    observer = Slow(fake_clock)
    executor = Executor(models=ScriptedModel(["done"]), ports=Ports(observers=(observer,), clock=fake_clock))

    result = await fake_clock.run_until(executor.run(Agent(name="x"), "go"))

    assert result.duration == 0
    assert sorted(observer.seen) == sorted(["start", "RunStarted", "StepFinished", "RunFinished", "end ok"])
    assert observer.seen[:2] == ["start", "RunStarted"]
    assert result.notes == ()


async def test_an_async_observer_that_does_not_keep_up_is_given_up(fake_clock: FakeClock) -> None:
    """It has the cleanup time, and a note."""

    class Stuck(Slow):
        async def on_run_start(self, run: RunInfo) -> None:
            await asyncio.Event().wait()

    executor = Executor(
        models=ScriptedModel(["done"]), ports=Ports(observers=(Stuck(fake_clock),), clock=fake_clock)
    )
    result = await fake_clock.run_until(executor.run(Agent(name="x"), "go"))

    assert result.status == "ok"
    assert [note.port for note in result.notes] == ["observer"]
    assert 10 <= fake_clock.monotonic() <= 12


async def test_a_caller_who_goes_while_observers_finish_leaves_nothing_behind(fake_clock: FakeClock) -> None:
    """The cancellation goes on, and the executor forgets the run."""
    executor = Executor(
        models=ScriptedModel(["done"]), ports=Ports(observers=(Slow(fake_clock),), clock=fake_clock)
    )
    task = asyncio.create_task(executor.run(Agent(name="x"), "go"))
    await fake_clock.advance(1.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fake_clock.run_until(task)

    before = fake_clock.monotonic()
    await fake_clock.run_until(executor.__aexit__(None, None, None))
    assert fake_clock.monotonic() == before


async def test_sinks_see_each_model_call_with_the_run_it_belongs_to(fake_clock: FakeClock) -> None:
    """Usage for meters, the whole call for traces."""
    usages, traces = MemoryUsageSink(), MemoryTraceSink()
    model = ScriptedModel([delay(2, call("add", a=1, b=1)), delay(3, "2")], clock=fake_clock, name="mine")
    ports = Ports(usage_sink=usages, trace_sink=traces, clock=fake_clock)

    executor = Executor(models=model, registry=[add], ports=ports)
    result = await fake_clock.run_until(executor.run(AGENT, "go", Invocation(run_id="r")))

    assert [(seen.run_id, seen.tier, seen.candidate, seen.model) for seen in usages.seen] == [
        ("r", "fast", "mine", "mine")
    ] * 2
    assert sum(seen.usage.requests for seen in usages.seen if seen.usage) == result.usage.requests
    assert [seen.attempt for seen in traces.seen] == usages.seen
    assert [seen.attempt.duration for seen in traces.seen] == [2, 3]
    assert [seen.response.message for seen in traces.seen] == [result.messages[1], result.messages[3]]
    assert [seen.request.messages for seen in traces.seen] == [result.messages[:1], result.messages[:3]]
