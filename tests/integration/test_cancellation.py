"""A caller who is cancelled: the run is stopped, settled and cleaned up, and the cancellation goes on."""

from __future__ import annotations

import asyncio
import math
import signal
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from executus_core import Agent, Executor, Invocation, Ports, SessionTools, Target, tool
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryBudget,
    MemoryCheckpoints,
    MemoryDelivery,
    ScriptedModel,
    call,
    delay,
)

if TYPE_CHECKING:
    from executus_core.record.session import PostRun


class House:
    """A host with every port that is settled, and what became of them."""

    def __init__(self, model: ScriptedModel, *tools: object, clock: FakeClock | None = None) -> None:
        self.audit, self.budget, self.delivery = MemoryAudit(), MemoryBudget(max_runs=1), MemoryDelivery()
        self.checkpoints = MemoryCheckpoints(every_run=True)
        self.cleaned = 0
        self.heard: list[tuple[int, str, str]] = []
        ports = Ports(
            audit=self.audit,
            budget=self.budget,
            delivery=self.delivery,
            checkpointer=self.checkpoints,
            clock=clock,
        )
        self.executor = Executor(models=model, registry=tools, ports=ports)  # type: ignore[arg-type]

    def invocation(self, post_run: PostRun | None = None) -> Invocation:
        def clean() -> None:
            self.cleaned += 1

        def hear(transcript: object, output: str, error: BaseException | None) -> None:
            self.heard.append((len(transcript), output, type(error).__name__))  # type: ignore[arg-type]

        tools = SessionTools(post_run=post_run or hear, cleanup=clean)
        return Invocation(
            run_id="r", delivery=Target("memory", "1"), session_tool_factory=lambda session: tools
        )

    def assert_settled(self, status: str) -> None:
        record = self.audit.records["r"]
        assert record.stats is not None
        assert (record.stats.status, record.times_closed) == (status, 1)
        assert self.budget.running == 0
        assert self.checkpoints.journals["r"].state == "failed"
        assert len(self.delivery.delivered) == 1
        assert self.delivery.delivered[0].error is not None
        assert self.cleaned == 1


@tool
async def hang() -> str:
    """Hang."""
    await asyncio.Event().wait()
    return "never"


AGENT = Agent(name="x", tools=("hang",))


async def test_the_cancellation_of_the_callers_task_is_raised_again_after_settling() -> None:
    """Swallowing it would break the caller's structured concurrency."""
    house = House(ScriptedModel([["One.", call("hang")]]), hang)
    task = asyncio.create_task(house.executor.run(AGENT, "go", house.invocation()))
    for _ in range(20):
        await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    house.assert_settled("cancelled")
    assert house.heard == [(3, "One.", "CancelledError")]


async def test_an_outer_timeout_still_works_as_one() -> None:
    """The caller's asyncio.timeout becomes a TimeoutError, after settling."""
    house = House(ScriptedModel([call("hang")]), hang)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await house.executor.run(AGENT, "go", house.invocation())
    house.assert_settled("cancelled")


async def test_a_task_group_can_cancel_its_runs() -> None:
    """A sibling's failure stops the run and comes out of the group."""
    house = House(ScriptedModel([call("hang")]), hang)

    async def fail() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        raise LookupError

    async def run_both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(house.executor.run(AGENT, "go", house.invocation()))
            group.create_task(fail())

    with pytest.raises(ExceptionGroup) as caught:
        await run_both()
    assert caught.group_contains(LookupError)
    house.assert_settled("cancelled")


async def test_a_caller_who_goes_while_the_run_is_settled_stops_nothing(fake_clock: FakeClock) -> None:
    """The post-run hook is detached: artifacts are made and everything is closed, then the cancellation goes on."""
    made: list[str] = []

    async def slowly(transcript: object, output: str, error: BaseException | None) -> None:
        await fake_clock.sleep(3)
        made.append(output)

    house = House(ScriptedModel(["done"]), clock=fake_clock)
    task = asyncio.create_task(house.executor.run(Agent(name="x"), "go", house.invocation(slowly)))
    await fake_clock.advance(1)
    task.cancel()
    await fake_clock.advance(0)

    assert not task.done()
    with pytest.raises(asyncio.CancelledError):
        await fake_clock.run_until(task)
    assert made == ["done"]
    assert house.cleaned == 1
    record = house.audit.records["r"]
    assert record.stats is not None
    assert record.stats.status == "ok"


async def test_a_second_cancellation_does_not_cut_settling_short(fake_clock: FakeClock) -> None:
    """However impatient the caller."""

    class Slow(MemoryAudit):
        @override
        async def start_run(self, info):  # type: ignore[no-untyped-def]
            record = await super().start_run(info)

            class SlowRecord(type(record)):  # type: ignore[misc]
                async def close(self, stats: object) -> None:
                    await fake_clock.sleep(2)
                    closed.append(stats)

            return SlowRecord(info)

    closed: list[object] = []
    model = ScriptedModel([delay(math.inf, "never")], clock=fake_clock)
    executor = Executor(models=model, ports=Ports(audit=Slow(), clock=fake_clock))
    task = asyncio.create_task(executor.run(Agent(name="x"), "go"))
    await fake_clock.advance(1)
    for _ in range(3):
        task.cancel()
        await fake_clock.advance(0.1)

    with pytest.raises(asyncio.CancelledError):
        await fake_clock.run_until(task)
    assert len(closed) == 1


async def test_cancelling_whoever_awaits_a_handle_does_not_cancel_its_run() -> None:
    """The handle's own cancel does that."""
    gate = asyncio.Event()

    async def answer(_request: object) -> str:
        await gate.wait()
        return "done"

    run = Executor(models=ScriptedModel([answer])).start(Agent(name="x"), "go")

    async def wait() -> None:
        await run

    waiter = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.wait([waiter])
    gate.set()

    assert waiter.cancelled()
    assert (await run).status == "ok"


async def test_a_handle_that_is_cancelled_before_it_began_asks_nobody() -> None:
    """It is a result all the same."""
    run = Executor(models=ScriptedModel()).start(Agent(name="x"), "go")
    run.cancel()

    assert (await run).status == "cancelled"


async def test_cancelling_twice_or_after_the_end_does_nothing() -> None:
    """The first reason stays, and an end is an end."""
    run = Executor(models=ScriptedModel([delay(math.inf, "never")])).start(Agent(name="x"), "go")
    await asyncio.sleep(0)
    run.cancel("one")
    run.cancel("two")
    result = await run
    run.cancel("three")

    assert str(result.error) == "one"
    assert (await run) is result


async def test_a_cancelled_parallel_step_lets_go_of_every_call() -> None:
    """No tool of the run goes on after it, and no task is left."""
    stopped: list[int] = []

    @tool
    async def work(number: int) -> int:
        """Work."""
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(number)
        return number

    before = asyncio.all_tasks()
    model = ScriptedModel([[call("work", number=number) for number in range(5)]])
    run = Executor(models=model, registry=[work]).start(Agent(name="x", tools=("work",)), "go")
    for _ in range(20):
        await asyncio.sleep(0)
    run.cancel()
    result = await run
    await asyncio.sleep(0)

    assert result.status == "cancelled"
    assert sorted(stopped) == [0, 1, 2, 3, 4]
    assert asyncio.all_tasks() == before


def test_an_interrupt_of_the_host_is_settled_and_goes_on() -> None:
    """Ctrl-C in a running host ends the program, not before the run is closed."""
    house = House(ScriptedModel([call("press")]))

    @tool
    async def press() -> str:
        """Press Ctrl-C and wait."""
        signal.raise_signal(signal.SIGINT)
        await asyncio.Event().wait()
        return "never"

    house.executor.registry.add(press)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(house.executor.run(Agent(name="x", tools=("press",)), "go", house.invocation()))
    finally:
        signal.signal(signal.SIGINT, before)
    house.assert_settled("cancelled")


async def test_what_the_host_itself_raises_is_settled_and_raised_again() -> None:
    """A SystemExit out of the host's own clock is no plugin's failure."""

    class Exiting(FakeClock):
        left = math.inf

        @override
        def monotonic(self) -> float:
            self.left -= 1
            if self.left == 0:
                raise SystemExit(3)
            return super().monotonic()

    clock = Exiting()
    house = House(ScriptedModel([lambda _: (setattr(clock, "left", 1), call("hang"))[1]]), hang, clock=clock)

    with pytest.raises(SystemExit):
        await house.executor.run(AGENT, "go", house.invocation())
    house.assert_settled("error")
