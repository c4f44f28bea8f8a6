"""A run that uses everything, cancelled wherever it waits: settled, cleaned up, nothing left, and the caller is told.

As SQLite tests a full disk: stop at the first suspension, then at the second, until a whole run passes untouched.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, TypeAlias

import pytest
from attrs import define, field
from sweepkit import AGENT, EVERYTHING, Proxy, Suspensions, World, assert_paired, assert_whole

from executus_core import Agent, Executor
from executus_core.config.defaults import Defaults
from executus_core.ports import Ports
from executus_core.testing import FakeClock, MemoryAudit, MemoryObserver, ScriptedCritic, ScriptedModel, call
from executus_core.testing.leaks import no_leaks
from executus_core.tool import tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.llm.exchange import ModelRequest
    from executus_core.record.result import Result
    from executus_core.run.handle import Run
    from executus_core.testing.script import Entry

pytestmark = pytest.mark.usefixtures("quiet")

Way: TypeAlias = Literal["task", "timeout", "handle", "stream", "close"]
WAYS: tuple[Way, ...] = ("task", "timeout", "handle", "stream", "close")

ENDED = {"ok", "cancelled"}


@functools.cache
def coroutine_methods(kind: type) -> list[str]:
    """List the coroutine methods of a class."""
    return [name for name, _ in inspect.getmembers(kind, inspect.iscoroutinefunction)]


@define(eq=False)
class Slow:
    """Makes each coroutine method of a provider wait before and after its work, and counts what came back.

    A method that opens something and is cancelled before it could hand it over undoes it, as its port wants.
    """

    done: Counter[str] = field(factory=Counter)

    def wrap(self, name: str, provider: object) -> object:
        if name == "on_event":
            return provider
        if inspect.iscoroutinefunction(provider):
            return self._slow(name, provider)
        if inspect.ismethod(provider):  # the compactor's factory
            return lambda *args: Proxy(
                provider(*args), compact=self._slow("compact", provider(*args).compact)
            )
        names = coroutine_methods(type(provider))
        return Proxy(provider, **{method: self._slow(method, getattr(provider, method)) for method in names})

    def _slow(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        async def slow(*args: object) -> object:
            await asyncio.sleep(0)
            made = await function(*args)  # type: ignore[misc]
            try:
                await asyncio.sleep(0)
            except BaseException:
                self._undo(function, args, made)
                raise
            self.done[name] += 1
            if name in {"start_run", "monitor", "begin"}:
                return self.wrap(name, made)
            return made

        return slow

    def _undo(self, function: Callable[..., object], args: tuple[object, ...], made: object) -> None:
        owner = getattr(function, "__self__", None)
        match function.__name__:
            case "check":
                owner._open.pop(made.id)  # type: ignore[union-attr, attr-defined]
            case "start_run":
                del owner.records[args[0].run_id]  # type: ignore[union-attr, attr-defined]
            case "begin":
                del owner.journals[args[0].run_id]  # type: ignore[union-attr, attr-defined]
            case "monitor":
                del owner.handles[args[0].run_id]  # type: ignore[union-attr, attr-defined]
            case "_open_session":
                owner.sessions -= 1  # type: ignore[union-attr]
            case _:
                pass


@define(eq=False)
class Attempt:
    """One run that is stopped in one way.

    Attributes:
        way: How it is stopped.
        world: Its ports.
        slow: What its providers did.
        stops: How often it was stopped.
        cancelling: How often the caller's task was asked to cancel when it came back.
        ending: What the caller got: a status, or the name of an exception.
    """

    way: Way
    slow: Slow = field(factory=Slow)
    world: World = field(init=False)
    stops: int = 0
    cancelling: int = 0
    ending: str = ""
    _task: asyncio.Task[None] | None = None
    _run: Run[None] | None = None
    _timeout: asyncio.Timeout | None = None
    _closing: list[asyncio.Task[None]] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.world = World(EVERYTHING, self.slow.wrap)

    async def call(self) -> None:
        """Run as the caller does."""
        self._task = asyncio.current_task()
        assert self._task is not None
        try:
            result = await self._call()
        except asyncio.CancelledError:
            self.ending = "CancelledError"
        except TimeoutError:
            self.ending = "TimeoutError"
        else:
            self.ending = result.status.value
        self.cancelling = self._task.cancelling()

    async def _call(self) -> Result[None]:
        world = self.world
        arguments = (AGENT, "Use everything.", world.invocation)
        match self.way:
            case "task":
                return await world.executor.run(*arguments)
            case "timeout":
                async with asyncio.timeout(None) as self._timeout:
                    return await world.executor.run(*arguments)
            case "stream":
                async with world.executor.stream(*arguments) as run:
                    async for _ in run:
                        pass
                    return await run
            case _:
                self._run = world.executor.start(*arguments)
                return await self._run

    def stop(self) -> None:
        """Stop the run, from wherever."""
        self.stops += 1
        loop = asyncio.get_running_loop()
        match self.way:
            case "timeout" if self._timeout is not None and not self._timeout.expired() and self.stops == 1:
                self._timeout.reschedule(loop.time())
            case "handle" if self._run is not None:
                self._run.cancel()
            case "close":
                self._closing.append(asyncio.Task(self.world.executor.__aexit__(None, None, None), loop=loop))
            case "task" | "stream" | "timeout" if self._task is not None:
                self._task.cancel()
            case _:
                self.stops -= 1

    def check(self, number: int) -> None:
        """Check everything that must hold after it, wherever it was stopped."""
        where = f"{self.way} stopped at suspension {number}: {self.ending}"
        self._check_caller(where)
        world, done = self.world, self.slow.done
        assert [record.times_closed for record in world.audit.records.values()] == [1] * done["start_run"], (
            where
        )
        statuses = {str(record.stats.status) for record in world.audit.records.values() if record.stats}
        assert statuses <= ENDED, where
        assert world.budget.running == 0, where
        assert done["check"] == done["commit"], where
        if not (self.way == "close" and self.ending == "cancelled"):  # a shutdown leaves it to be recovered
            assert done["complete"] + done["fail"] == done["begin"] == len(world.checkpoints.journals), where
            assert all(journal.state != "open" for journal in world.checkpoints.journals.values()), where
        assert [handle.times_stopped for handle in world.critic.handles.values()] == [1] * done["monitor"], (
            where
        )
        assert world.cleanups == done["cleanup"] == world.sessions, where
        assert world.post_runs == done["post_run"] == world.sessions, where
        assert len(world.delivery.delivered) == len(world.observer.ended), where
        assert_paired(world.events)
        for result in world.observer.ended.values():
            assert_whole(result.messages)
            assert not result.notes, where
            assert len(result.steps) == len({step.tool_call.id for step in result.steps}), where

    def _check_caller(self, where: str) -> None:
        if not self.stops:
            assert self.ending == "ok", where
            assert self.cancelling == 0, where
        elif self.way in {"task", "stream"}:
            assert self.ending == "CancelledError", where
            assert self.cancelling == self.stops, where
        elif self.way == "timeout":
            expected = {"TimeoutError"} if self.stops == 1 else {"CancelledError", "TimeoutError"}
            assert self.ending in expected, where
            assert self.cancelling == self.stops - 1, where
        else:
            assert self.ending in ENDED, where
            assert self.cancelling == 0, where


async def _attempt(way: Way, *numbers: int) -> tuple[Attempt, int]:
    """Run once, stopped at these suspensions; tells how many suspensions there were."""
    attempt = Attempt(way)
    suspensions = Suspensions(lambda number: attempt.stop() if number in numbers else None)
    async with no_leaks():
        task = await suspensions.drive(attempt.world.clock, attempt.call())
        task.result()
        for closing in attempt._closing:
            await attempt.world.clock.run_until(closing)
        await attempt.world.clock.run_until(attempt.world.executor.__aexit__(None, None, None))
        assert attempt.world.clock.monotonic() == 0, "somebody waited for what had ended"
    return attempt, suspensions.count


@pytest.mark.parametrize("way", WAYS)
async def test_a_run_that_is_stopped_at_any_suspension_is_settled_and_cleaned_up(way: Way, record_property):
    """Wherever the run waits when it is stopped, everything that was opened is closed, once, and the caller is told."""
    for number in range(1, 2_000):
        attempt, count = await _attempt(way, number)
        attempt.check(number)
        if count < number:
            assert not attempt.stops
            record_property("suspensions", count)
            return
    raise AssertionError("the run never passed untouched")


async def _stop_twice(way: Way, firsts: range) -> int:
    """Stop at one suspension, and again at each one that comes after it; tells how often."""
    pairs = 0
    for first in firsts:
        _, count = await _attempt(way, first)
        for second in range(first + 1, count + 1):
            attempt, _ = await _attempt(way, first, second)
            attempt.check(first)
            pairs += 1
    return pairs


@pytest.mark.parametrize("way", ["task", "timeout", "handle", "close"])
async def test_a_second_stop_while_the_first_settles_changes_nothing(way: Way, record_property):
    """An impatient caller ends nothing half-way: settling goes on to its end."""
    _, count = await _attempt(way)
    pairs = await _stop_twice(way, range(5, count, max(1, count // 12)))
    record_property("pairs", pairs)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
async def test_every_pair_of_stops_is_settled_and_cleaned_up(way: Way, record_property):
    """The same for every pair of suspensions."""
    _, count = await _attempt(way)
    pairs = await _stop_twice(way, range(1, count + 1))
    record_property("pairs", pairs)


class JumpingClock(FakeClock):
    """A clock that a test may set without giving way."""

    def jump(self, seconds: float) -> None:
        self._now += seconds


@pytest.mark.parametrize("has_tools", [False, True], ids=["direct", "loop"])
@pytest.mark.parametrize("audited", [False, True], ids=["bare", "audited"])
async def test_a_run_that_never_waits_is_stopped_at_its_deadline_and_its_caller_goes_on(
    has_tools: bool, audited: bool
):
    """The run's own cancellation stays inside of the run, also when there was no wait at which it could arrive."""
    clock = JumpingClock()

    def answer(_request: ModelRequest) -> Entry:
        clock.jump(10)
        return call("nope") if has_tools else "late"

    @tool
    async def idle() -> str:
        """Do nothing."""
        return ""

    executor = Executor(
        models=ScriptedModel(answer, strict=False),
        registry=[idle],
        ports=Ports(clock=clock, audit=MemoryAudit() if audited else None),
        defaults=Defaults(max_consecutive_tool_errors=None, max_same_tool_call_repeats=None, max_steps=1_000),
    )
    agent = Agent(name="busy", tools=("idle",) if has_tools else ())
    result = await executor.run(agent, "go")
    assert result.status == ("timeout" if has_tools else "ok")
    await _assert_not_cancelled()


async def _assert_not_cancelled() -> None:
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    for _ in range(3):
        await asyncio.sleep(0)  # an arrival that was left over would come here


@pytest.mark.parametrize("moment", ["start", "step", "tool"])
@pytest.mark.parametrize("script", [["bare"], [[call("add", a=1, b=1)], "done"]], ids=["text", "tools"])
async def test_a_critic_that_kills_stops_the_run_and_not_its_caller(moment: str, script: list[Entry]):
    """Wherever it decides, the caller gets a result and is not cancelled."""
    kill = lambda handle, *_args: handle.kill("enough")  # noqa: E731
    critic = ScriptedCritic(**{f"on_{'tool_start' if moment == 'tool' else moment}": kill})
    world = World(script, critic=critic)
    result = await world.clock.run_until(world.run())
    assert result.status in {"killed", "ok"}
    assert result.status == "killed" or moment != "start"
    assert_whole(result.messages)
    assert world.cleanups == 1
    await _assert_not_cancelled()


@pytest.mark.parametrize("port", ["start_run", "check", "resolve", "stage", "begin", "monitor", "decide"])
async def test_a_provider_that_swallows_the_callers_cancellation_does_not_keep_it(port: str):
    """The caller is told all the same, and what the provider made nevertheless is settled."""
    caller: list[asyncio.Task[object]] = []

    def wrap(name: str, provider: object) -> object:
        method = getattr(provider, port, None)
        if not inspect.iscoroutinefunction(method):
            return provider

        async def swallow(*args: object) -> object:
            caller[0].cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
            return await method(*args)

        return Proxy(provider, **{port: swallow})

    world = World(EVERYTHING, wrap)

    async def run() -> None:
        task = asyncio.current_task()
        assert task is not None
        caller.append(task)
        await world.run()

    async with no_leaks():
        task = asyncio.create_task(run())
        await world.clock.run_until(asyncio.wait([task]))
        assert task.cancelled()
    assert [record.times_closed for record in world.audit.records.values()] == [1] * len(world.audit.records)
    assert world.budget.running == 0
    assert world.cleanups == world.sessions
    assert all(handle.times_stopped == 1 for handle in world.critic.handles.values())
    assert_paired(world.events)


async def test_an_executor_that_closes_before_a_started_run_began_stops_it():
    """Closing waits for it, and nothing of it is opened."""
    world = World(EVERYTHING)
    run = world.executor.start(AGENT, "go", world.invocation)
    await world.executor.__aexit__(None, None, None)  # no turn of the loop before this
    assert run.done()
    assert (await run).status == "cancelled"
    assert not world.audit.records
    assert not world.model.requests


async def test_a_started_run_whose_task_never_began_does_not_hold_the_executor():
    """A loop that shuts down cancels tasks before their first step."""
    world = World(EVERYTHING)
    run = world.executor.start(AGENT, "go", world.invocation)
    assert run._task is not None
    run._task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    await world.clock.run_until(world.executor.__aexit__(None, None, None))
    assert world.clock.monotonic() == 0


def test_a_loop_that_is_closed_under_a_run_ends_it_without_a_word():
    """Nothing can be awaited any more, so nothing is: no provider is called, and no coroutine ignores its end."""
    slow = Slow()
    # An async observer's coroutines would be cut off too, which Python itself warns of.
    world = World(
        EVERYTHING, lambda name, each: MemoryObserver() if "async" in name else slow.wrap(name, each)
    )
    loop = asyncio.new_event_loop()

    async def begin() -> None:
        world.executor.start(AGENT, "go", world.invocation)
        for _ in range(40):
            await asyncio.sleep(0)

    loop.run_until_complete(begin())
    tasks = asyncio.all_tasks(loop)
    assert tasks
    loop.close()
    for task in tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # what the loop's owner did is not at stake
        coroutine = task.get_coro()
        assert coroutine is not None
        coroutine.close()  # type: ignore[union-attr]
    assert not [record for record in world.audit.records.values() if record.closed]
