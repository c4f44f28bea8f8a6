"""Any order of starting, watching, steering, cancelling and closing: one end per run, and each start has its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import pytest
from attrs import define, field
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
)
from sweepkit import PICTURE, assert_paired, assert_whole

from executus_core import Agent, Executor, Invocation
from executus_core.config.defaults import Defaults
from executus_core.errors import ExecutusError
from executus_core.ports import Ports
from executus_core.record.events import RunFinished
from executus_core.record.run import RunStatus
from executus_core.record.session import AgentSession, SessionTools
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryBudget,
    MemoryCheckpoints,
    MemoryObserver,
    ScriptedModel,
    call,
    delay,
)
from executus_core.tool import tool

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from executus_core.llm.exchange import ModelRequest
    from executus_core.record.events import RunEvent
    from executus_core.record.result import Result
    from executus_core.run.handle import Run
    from executus_core.testing.script import Entry

T = TypeVar("T")
RUNTIME_S = 50.0


@tool
async def work(seconds: float) -> str:
    """Work for a while."""
    await _CLOCKS[-1].sleep(seconds)
    return "worked"


@tool
async def fail() -> str:
    """Fail."""
    raise RuntimeError("failed")


_CLOCKS: list[FakeClock] = [FakeClock()]
AGENT = Agent(name="machine", tools=("work", "fail"), durable=True, max_runtime_s=RUNTIME_S)

CALL = st.sampled_from(
    [
        call("work", seconds=0.0),
        call("work", seconds=3.0),
        call("work", seconds=9.0),
        call("fail"),
        call("nope"),
        call("work"),
    ]
)
ENTRY = st.one_of(
    st.just("an answer"),
    CALL,
    CALL,
    st.lists(CALL, min_size=2, max_size=4),
    st.lists(CALL, min_size=2, max_size=4),
    CALL.map(lambda each: delay(2.0, each)),
    st.just(delay(1_000.0, "too late")),
    st.just(SystemExit("the provider")),
)


@define(eq=False)
class Watched:
    """A run and everything that is known of it from outside.

    Attributes:
        handle: The run.
        steered: Texts that were put in while it went on.
        session: Its live side, once its session tools were made.
        events: What its listener was told.
        streamed: What was taken from its stream.
        is_cancelled: Whether somebody cancelled it before it was done.
    """

    handle: Run[None]
    events: list[RunEvent]
    sessions: list[AgentSession]
    steered: list[str] = field(factory=list)
    streamed: list[RunEvent] = field(factory=list)
    is_cancelled: bool = False
    cleanups: list[str] = field(factory=list)


class RunMachine(RuleBasedStateMachine):
    """An executor with ports in memory, and any number of runs at once."""

    runs = Bundle("runs")

    @initialize()
    def open(self) -> None:
        """Begin with an executor and a loop."""
        self.loop = asyncio.new_event_loop()
        self.clock = FakeClock()
        _CLOCKS.append(self.clock)
        self.audit = MemoryAudit()
        self.budget = MemoryBudget(max_runs=1_000)
        self.checkpoints = MemoryCheckpoints()
        self.observer = MemoryObserver()
        self.watched: list[Watched] = []
        self.scripts: list[list[Entry]] = []
        self.is_closed = False
        self.executor = Executor(
            models=ScriptedModel(self._answer, clock=self.clock, strict=False),
            registry=[work, fail],
            ports=Ports(
                audit=self.audit,
                budget=self.budget,
                checkpointer=self.checkpoints,
                observers=self.observer,
                clock=self.clock,
            ),
            defaults=Defaults(max_same_tool_call_repeats=None),
        )

    def _answer(self, request: ModelRequest) -> Entry:
        assert request.run is not None
        script = self.scripts[int(request.run.run_id)]
        return script.pop(0) if script else "done"

    def _do(self, coroutine: Coroutine[object, None, T]) -> T:
        return self.loop.run_until_complete(coroutine)

    @precondition(lambda self: len(self.watched) < 12)
    @rule(target=runs, script=st.lists(ENTRY, min_size=1, max_size=4), turns=st.integers(0, 12))
    def start(self, script: list[Entry], turns: int) -> Watched | None:
        """Start a run, and let it come as far as it does in some turns."""
        number = len(self.scripts)
        self.scripts.append(list(script))
        sessions: list[AgentSession] = []
        cleanups: list[str] = []
        events: list[RunEvent] = []

        async def make(session: AgentSession) -> SessionTools:
            sessions.append(session)
            await asyncio.sleep(0)
            return SessionTools([], cleanup=lambda: cleanups.append("cleaned up"))

        invocation = Invocation(run_id=str(number), session_tool_factory=make, on_event=events.append)

        async def begin() -> Run[None]:
            return self.executor.start(AGENT, "go", invocation)

        if self.is_closed:
            with pytest.raises(ExecutusError, match="closed"):
                self._do(begin())
            return None
        watched = Watched(self._do(begin()), events, sessions, cleanups=cleanups)
        self.watched.append(watched)
        self.turn(turns)
        return watched

    @rule(seconds=st.sampled_from([0.0, 1.0, 2.5, 60.0]))
    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._do(self.clock.advance(seconds))

    @rule(turns=st.integers(1, 9))
    def turn(self, turns: int) -> None:
        """Let the loop turn a few times, so that runs stand anywhere."""

        async def turn_round() -> None:
            for _ in range(turns):
                await asyncio.sleep(0)

        self._do(turn_round())

    @rule(watched=runs, count=st.integers(1, 5))
    def consume(self, watched: Watched | None, count: int) -> None:
        """Take some events of a run's stream, and stop watching in between."""
        if watched is None:
            return

        async def take() -> None:
            stream = aiter(watched.handle)
            for _ in range(count):
                nxt = asyncio.ensure_future(anext(stream))
                for _ in range(3):
                    await asyncio.sleep(0)
                if not nxt.done():
                    nxt.cancel()
                try:
                    watched.streamed.append(await nxt)
                except (StopAsyncIteration, asyncio.CancelledError):
                    return

        self._do(take())

    @rule(watched=runs, text=st.sampled_from(["look", "", " "]), with_image=st.booleans())
    def steer(self, watched: Watched | None, text: str, with_image: bool) -> None:
        """Show something to a run, whether it goes on or not."""
        if watched is None or not watched.sessions:
            return
        watched.sessions[0].attach_images(text, *[PICTURE] * with_image)
        if text.strip() or with_image:
            watched.steered.append(text)

    @rule(watched=runs)
    def cancel(self, watched: Watched | None) -> None:
        """Cancel a run, at any time and as often as one likes."""
        if watched is None:
            return
        watched.is_cancelled = watched.is_cancelled or not watched.handle.done()
        watched.handle.cancel()

    @rule(watched=runs)
    def stop_waiting(self, watched: Watched | None) -> None:
        """Cancel whoever waits for a run, which does not cancel the run."""
        if watched is None:
            return

        async def wait() -> None:
            waiter = asyncio.ensure_future(_result(watched.handle))
            await asyncio.sleep(0)
            waiter.cancel()
            await asyncio.wait([waiter])

        self._do(wait())

    @rule(sure=st.integers(0, 9))
    def close_sometimes(self, sure: int) -> None:
        """Close the executor; again, if it is closed."""
        if not sure:
            self.close()

    def close(self) -> None:
        """Close, and expect every run to have ended by then."""
        self.is_closed = True
        self._do(self.clock.run_until(self.executor.__aexit__(None, None, None)))
        assert all(watched.handle.done() for watched in self.watched)

    @rule(watched=consumes(runs))
    def finish(self, watched: Watched | None) -> None:
        """Wait for a run's end."""
        if watched is not None:
            self._check_end(watched)

    @invariant()
    def one_end_per_run(self) -> None:
        """Whatever has ended has ended once, for everybody who was told."""
        if not hasattr(self, "watched"):
            return
        for record in self.audit.records.values():
            assert record.times_closed <= 1
        for watched in self.watched:
            ends = [event for event in watched.events if isinstance(event, RunFinished)]
            assert len(ends) <= 1
            assert len(watched.cleanups) <= 1
            if watched.handle.done():
                assert len(ends) == bool(watched.events)
                assert_paired(watched.events)

    def _check_end(self, watched: Watched) -> None:
        """Check everything that holds once a run has ended."""
        result = self._do(self.clock.run_until(_result(watched.handle)))
        assert isinstance(result.status, RunStatus)
        if not watched.is_cancelled and not self.is_closed:
            assert result.status in {"ok", "error", "timeout"}
        if not watched.is_cancelled:
            assert (result.status == "cancelled") <= self.is_closed
        assert not result.notes
        assert_whole(result.messages)
        assert_paired(watched.events)
        number = result.run_id
        record = self.audit.records.get(number)
        assert record is None or (record.times_closed == 1 and record.stats is not None)
        assert record is None or (record.stats is not None and record.stats.status == result.status)
        assert len(watched.cleanups) == len(watched.sessions) or result.status == "cancelled"
        shown = [message for message in result.messages if message.role == "user"][1:]
        assert len(shown) <= len(watched.steered)
        journal = self.checkpoints.journals.get(number)
        assert journal is None or journal.state != "open" or (self.is_closed and result.status == "cancelled")

        async def rest() -> list[RunEvent]:
            return [event async for event in watched.handle]

        watched.streamed += self._do(self.clock.run_until(rest()))
        # What the listener was told without deltas is what the stream gave, from the first event to the last, each once.
        assert [id(event) for event in watched.streamed] == [id(event) for event in watched.events]
        assert [id(each) for each in self.observer.events.get(number, [])] == [
            id(each) for each in watched.events
        ] or (len(self.observer.events.get(number, [])) == len(watched.events))

    def teardown(self) -> None:
        """Let every run end by itself, close, and check what is left."""
        if not hasattr(self, "watched"):
            return
        for watched in self.watched:
            self._check_end(watched)
        self.close()
        assert self.budget.running == 0
        left = [task for task in asyncio.all_tasks(self.loop) if not task.done()]
        self._do(asyncio.sleep(0))
        assert not [task for task in left if not task.done()]
        self.loop.close()
        _CLOCKS.pop()


async def _result(run: Run[None]) -> Result[None]:
    return await run


HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large]
TestRuns = RunMachine.TestCase
TestRuns.settings = settings(max_examples=60, stateful_step_count=40, suppress_health_check=HEALTH)


@pytest.mark.slow
class TestManyRuns(RunMachine.TestCase):  # type: ignore[misc, name-defined]
    """The same with many more orders."""

    settings = settings(max_examples=2_000, stateful_step_count=50, suppress_health_check=HEALTH)
