"""What a run leaves behind: its result, and nothing that waits for the garbage collector."""

from __future__ import annotations

import gc

from executus_core import Agent, Executor, Ports, tool
from executus_core.testing import (
    MemoryAudit,
    MemoryBudget,
    MemoryCheckpoints,
    ScriptedCritic,
    ScriptedModel,
    call,
)


@tool
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


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
    await executor.run(agent, "go")
    gc.collect()
    gc.disable()
    try:
        for _ in range(4):
            assert (await executor.run(agent, "go")).status == "ok"
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = [thing for thing in gc.garbage if type(thing).__module__.startswith("executus_core")]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()

    assert left == []
