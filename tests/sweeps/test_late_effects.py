"""What a tool does after it was given up: kept out of transcript and result, and recorded as long as somebody records."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
from attrs import define, field
from sweepkit import PICTURE, assert_paired, assert_whole

from executus_core import Agent, Executor, Invocation
from executus_core.ports import Ports
from executus_core.record.artifact import Artifact
from executus_core.record.tool import Tool, ToolContext  # noqa: TC001 - a tool's annotations are read at run time
from executus_core.testing import FakeClock, MemoryAudit, ScriptedModel, call
from executus_core.testing.leaks import no_leaks
from executus_core.tool import tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.llm.exchange import ModelRequest
    from executus_core.record.events import RunEvent

AGENT = Agent(name="late", tools=("stall",))


async def until(is_so: Callable[[], bool]) -> None:
    """Give way until something is so; a thread needs a moment that no event tells."""
    for _ in range(1_000_000):
        if is_so():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came")


@define(eq=False)
class Stalled:
    """A synchronous tool that waits for its release, whatever happens to its run, and then does all it can.

    Attributes:
        release: Lets it go on.
        ended: Set once it has done everything.
        thread: The thread that it ran on.
    """

    release: threading.Event = field(factory=threading.Event)
    began: threading.Event = field(factory=threading.Event)
    ended: threading.Event = field(factory=threading.Event)
    error: BaseException | None = None
    thread: threading.Thread | None = None

    def tool(self, timeout_s: float | None) -> Tool:
        @tool(timeout_s=timeout_s)
        def stall(ctx: ToolContext) -> str:
            """Wait for the release."""
            self.thread = threading.current_thread()
            self.began.set()
            assert self.release.wait(30)
            ctx.attach_images("too late", PICTURE)
            ctx.attach(Artifact("late.txt", "text/plain", b"late"))
            self.ended.set()
            if self.error is not None:
                raise self.error
            return "too late"

        return stall

    async def end(self) -> None:
        """Let it end, and its end arrive."""
        self.release.set()
        assert self.thread is not None
        await until(lambda: not self.thread.is_alive())  # type: ignore[union-attr]
        for _ in range(5):
            await asyncio.sleep(0)


@define(eq=False)
class Place:
    """An executor with a stalled tool, and what it records."""

    model: ScriptedModel
    stalled: Stalled
    timeout_s: float | None = None
    clock: FakeClock = field(factory=lambda: FakeClock(patience_s=0.01))
    audit: MemoryAudit = field(factory=MemoryAudit)
    events: list[RunEvent] = field(factory=list)
    executor: Executor = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.executor = Executor(
            models=self.model,
            registry=[self.stalled.tool(self.timeout_s)],
            ports=Ports(audit=self.audit, clock=self.clock),
        )

    @property
    def invocation(self) -> Invocation:
        return Invocation(on_event=self.events.append)


@pytest.mark.parametrize("error", [None, ValueError("late"), SystemExit("late")], ids=repr)
async def test_a_tool_that_ends_after_its_time_out_is_recorded_and_changes_nothing(error, caplog):
    """The model reads the time-out only; the late end is in the log and, as the run goes on, in the audit record."""
    stalled = Stalled(error=error)

    async def let_it_end(request: ModelRequest) -> str:
        assert "did not answer within 1 s" in request.messages[-1].text
        await stalled.end()
        return "done without it"

    place = Place(ScriptedModel([call("stall"), let_it_end]), stalled, timeout_s=1)
    async with no_leaks():
        result = await place.clock.run_until(place.executor.run(AGENT, "go", place.invocation))
    assert result.status == "ok"
    assert result.output == "done without it"
    assert [step.is_error for step in result.steps] == [True]
    assert_whole(result.messages)
    assert_paired(place.events)
    assert not result.artifacts
    (record,) = place.audit.records.values()
    assert [event.type for event in record.events].count("tool.late") == 1
    assert "too late" in caplog.text
    assert stalled.thread is not None
    assert stalled.thread.daemon, "a thread that can't be stopped must not keep the process alive"


async def test_what_a_given_up_tool_attaches_reaches_neither_model_nor_result():
    """Pictures and files that come after the time-out are not shown at the next step, while the run still goes on."""
    stalled = Stalled()

    async def let_it_end(request: ModelRequest) -> object:
        await stalled.end()
        return call("nothing_such")

    place = Place(ScriptedModel([call("stall"), let_it_end, "done"]), stalled, timeout_s=1)
    result = await place.clock.run_until(place.executor.run(AGENT, "go", place.invocation))
    assert result.status == "ok"
    assert [message.role for message in result.messages] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "tool",
        "assistant",
    ]
    assert not result.artifacts


async def test_a_tool_that_outlives_its_run_changes_neither_result_nor_record_nor_the_next_run(caplog):
    """After the run's own deadline the thread goes on alone; its end is in the log and nowhere else."""
    stalled = Stalled()
    place = Place(ScriptedModel([call("stall"), "unaffected"]), stalled)
    async with no_leaks():
        result = await place.clock.run_until(place.executor.run(AGENT, "go", place.invocation))
        assert result.status == "timeout"
        (record,) = place.audit.records.values()
        recorded, said, told = list(record.entries), list(result.messages), list(place.events)
        other = await place.clock.run_until(place.executor.run(AGENT, "go on"))
        await stalled.end()
    assert stalled.ended.is_set()
    assert record.entries == recorded
    assert record.times_closed == 1
    assert result.messages == said
    assert_whole(result.messages)
    assert not result.artifacts
    assert place.events == told
    assert_paired(place.events)
    assert "too late" in caplog.text
    assert other.output == "unaffected"
    assert [message.text for message in other.messages] == ["go on", "unaffected"]
    assert not other.artifacts


async def test_a_tool_that_outlives_a_cancelled_run_is_not_waited_for():
    """Cancelling returns while the thread still hangs, and its late end finds nobody."""
    stalled = Stalled()
    place = Place(ScriptedModel([call("stall")]), stalled)
    run = place.executor.start(AGENT, "go", place.invocation)
    await until(stalled.began.is_set)
    run.cancel()
    result = await run
    assert result.status == "cancelled"
    assert not stalled.ended.is_set()
    await stalled.end()
    assert_whole(result.messages)
    assert_paired(place.events)
    assert not result.artifacts


async def test_a_thread_that_ends_after_its_event_loop_is_gone_harms_nobody():
    """A loop that is closed can't be told any more; the thread ends without a word."""
    stalled = Stalled()

    def other_loop() -> None:
        async def main() -> None:
            place = Place(ScriptedModel([call("stall")]), stalled)
            run = place.executor.start(AGENT, "go")
            await until(stalled.began.is_set)
            run.cancel()
            await run

        asyncio.run(main())

    thread = threading.Thread(target=other_loop, daemon=True)
    thread.start()
    await until(lambda: not thread.is_alive())
    await stalled.end()
    assert stalled.ended.is_set()


async def test_a_coroutine_tool_that_ignores_its_cancellation_is_given_up():
    """After its grace the run ends without it, and what it comes to later is nobody's: no event follows the last one."""
    release = asyncio.Event()
    clock = FakeClock()
    audit = MemoryAudit()
    events: list[RunEvent] = []
    ended: list[str] = []

    @tool
    async def stubborn(number: int) -> str:
        """Go on whatever happens."""
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        ended.append(f"call {number}")
        return "too late"

    model = ScriptedModel([[call("stubborn", number=1), call("stubborn", number=2)]])
    executor = Executor(models=model, registry=[stubborn], ports=Ports(audit=audit, clock=clock))
    agent = Agent(name="late", tools=("stubborn",))
    before = asyncio.all_tasks()
    result = await clock.run_until(executor.run(agent, "go", Invocation(on_event=events.append)))
    assert result.status == "timeout"
    (record,) = audit.records.values()
    recorded, said = list(record.entries), list(result.messages)
    release.set()
    await until(lambda: not asyncio.all_tasks() - before)
    assert ended == ["call 1", "call 2"]
    assert result.messages == said
    assert_whole(result.messages)
    assert record.entries == recorded
    assert_paired(events)
