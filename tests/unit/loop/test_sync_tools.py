"""Synchronous tools run on worker threads."""

import asyncio
import contextvars
import threading

from executus_core import Agent, Executor, Invocation, Ports, ToolContext, tool
from executus_core.testing import FakeClock, MemoryAudit, ScriptedModel, call

where: contextvars.ContextVar[str] = contextvars.ContextVar("where", default="nowhere")


async def test_a_synchronous_tool_does_not_run_on_the_event_loops_thread() -> None:
    """It may block without stalling other runs."""
    threads: list[str] = []

    @tool
    def look() -> str:
        """Look."""
        threads.append(threading.current_thread().name)
        return "here"

    model = ScriptedModel([call("look"), "done"])
    result = await Executor(models=model, registry=[look]).run(Agent(name="x", tools=("look",)), "go")

    assert result.steps[0].result.text == "here"
    assert threads == ["executus-tool-look"]


async def test_the_event_loop_goes_on_while_a_synchronous_tool_blocks() -> None:
    """Two that wait for each other both end, so neither blocks the other nor the loop."""
    barrier = threading.Barrier(2, timeout=10)

    @tool
    def meet(name: str) -> str:
        """Meet."""
        barrier.wait()
        return name

    model = ScriptedModel([[call("meet", name="a"), call("meet", name="b")], "done"])
    result = await Executor(models=model, registry=[meet]).run(Agent(name="x", tools=("meet",)), "go")

    assert [step.result.text for step in result.steps] == ["a", "b"]


async def test_a_synchronous_tool_sees_the_callers_context() -> None:
    """Context variables reach the thread, and so does the tool's own context."""

    @tool
    def ask(ctx: ToolContext) -> str:
        """Ask."""
        return f"{where.get()}, {ctx.run.run_id}, {ctx.state.steps}"

    where.set("here")
    model = ScriptedModel([call("ask"), "done"])
    executor = Executor(models=model, registry=[ask])
    result = await executor.run(Agent(name="x", tools=("ask",)), "go", Invocation(run_id="r"))

    assert result.steps[0].result.text == "here, r, 1"


async def test_one_that_outlives_its_timeout_is_abandoned_and_not_awaited(fake_clock: FakeClock) -> None:
    """The run goes on at once, and the late end is recorded and goes nowhere else."""
    audit = MemoryAudit()
    release, ended = threading.Event(), threading.Event()

    @tool(timeout_s=5)
    def block() -> str:
        """Block."""
        release.wait(10)
        ended.set()
        return "too late"

    async def let_it_end(_request: object) -> str:
        release.set()
        await asyncio.to_thread(ended.wait, 10)
        while audit.records["r"].events[-1].type != "tool.late":  # noqa: ASYNC110 - it comes in the loop's own time
            await asyncio.sleep(0)
        return "went on"

    model = ScriptedModel([call("block"), let_it_end])
    executor = Executor(models=model, registry=[block], ports=Ports(clock=fake_clock, audit=audit))
    run = executor.run(Agent(name="x", tools=("block",)), "go", Invocation(run_id="r"))
    result = await fake_clock.run_until(run)

    assert (result.status, result.output) == ("ok", "went on")
    assert result.steps[0].result.text.startswith("error: the tool 'block' did not answer within 5 s")
    assert "too late" not in str(result.messages)
    late = next(event for event in audit.records["r"].events if event.type == "tool.late")
    assert late.payload["tool"] == "block"
    assert late.payload["ending"] == "ended"


async def test_a_cancelled_run_does_not_wait_for_a_thread(fake_clock: FakeClock) -> None:
    """A thread can't be stopped, so the run lets it go."""
    release, started = threading.Event(), threading.Event()

    @tool
    def block() -> str:
        """Block."""
        started.set()
        release.wait(10)
        return "too late"

    model = ScriptedModel([call("block")])
    run = Executor(models=model, registry=[block]).start(Agent(name="x", tools=("block",)), "go")
    await asyncio.to_thread(started.wait, 10)
    run.cancel()
    try:
        result = await asyncio.wait_for(run, 5)
    finally:
        release.set()

    assert result.status == "cancelled"
    assert "too late" not in str(result.messages)
    assert result.steps == []
