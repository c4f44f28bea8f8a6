"""What a run leaves behind: its result, and nothing that waits for the garbage collector."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from executus_core import Agent, Executor, Ports, tool
from executus_core.errors import ModelUnavailableError
from executus_core.model import ModelRouter
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryBudget,
    MemoryCheckpoints,
    ScriptedCritic,
    ScriptedModel,
    call,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from executus_core.llm import ModelAttempt, ModelRequest, Response


@tool
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


class Meter:
    """A sink that looks and keeps nothing."""

    def record_usage(self, attempt: ModelAttempt) -> None:
        assert attempt.candidate

    def record_call(self, attempt: ModelAttempt, request: ModelRequest, response: Response | None) -> None:
        assert attempt.run_id


class Down:
    """A model that can't answer; it keeps no hold of its error, as a script does."""

    name = "down"
    context_tokens = 0

    async def generate(self, request: ModelRequest) -> Response:
        raise ModelUnavailableError("503")


async def _left_by(run: Callable[[], Awaitable[None]]) -> list[object]:
    """Tell what some runs leave behind that only the collector takes away, once the first has made what is made once."""
    await run()
    gc.collect()
    gc.disable()
    try:
        for _ in range(4):
            await run()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        return [thing for thing in gc.garbage if type(thing).__module__.startswith("executus_core")]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def test_a_run_leaves_nothing_for_the_collector() -> None:
    """Cycles would keep each transcript until the collector comes, and make it come more often."""
    executor = Executor(
        models=ScriptedModel([call("add", a=1, b=2), "3"] * 5),
        registry=[add],
        ports=Ports(
            audit=MemoryAudit(),
            budget=MemoryBudget(max_runs=9),
            critic=ScriptedCritic(),
            checkpointer=MemoryCheckpoints(),
        ),
    )
    agent = Agent(name="x", tools=["add"], critic=True, durable=True)

    async def run() -> None:
        assert (await executor.run(agent, "go")).status == "ok"

    assert await _left_by(run) == []


async def test_a_run_on_a_chain_leaves_nothing_for_the_collector() -> None:
    """Neither where a model failed, whose error holds the frames it came through, nor for those who watched."""
    clock = FakeClock()
    sound = ScriptedModel(
        lambda request: "3" if request.messages[-1].role == "tool" else call("add", a=1, b=2)
    )
    router = ModelRouter({"x/down": Down(), "x/sound": sound}, tiers={"fast": "x/down, x/sound"}, clock=clock)
    ports = Ports(clock=clock, audit=MemoryAudit(), usage_sink=Meter(), trace_sink=Meter())
    executor = Executor(models=router, registry=[add], ports=ports)
    agent = Agent(name="x", tools=["add"])

    async def run_each_way() -> None:
        assert (await executor.run(agent, "go")).output == "3"
        async with executor.stream(agent, "go") as run:
            assert (await run).output == "3"

    assert await _left_by(run_each_way) == []
