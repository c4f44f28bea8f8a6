"""The executors that are measured: one without any port, and one with those that keep an eye on a run.

The providers are those of ``executus_core.testing``. They do honest work in memory: the audit keeps each response and call
in order and counts them, the budget reserves, adds up and settles dollars, the critic sees each response and call and is
asked before each step, the checkpointer appends what each step added. A fresh set is made for each turn, so that what they
keep does not pile up.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.fakes import PROMPT, book
from executus_core import Agent, Executor, Ports, tool
from executus_core.testing import MemoryAudit, MemoryBudget, MemoryCheckpoints, ScriptedCritic

if TYPE_CHECKING:
    from benchmarks.fakes import FakeModel
    from benchmarks.measure import Once
    from executus_core.model.resolve import Models

BOOK = tool(book)


def make_agent(*, steps: int, is_watched: bool = False) -> Agent:
    """Make an agent that may take so many steps; one that takes a single step has no tools."""
    return Agent(
        name="booker",
        tools=("book",) if steps > 1 else (),
        max_steps=steps,
        critic=is_watched,
        durable=is_watched,
    )


def make_executor(model: Models, ports: Ports | None = None) -> Executor:
    """Make an executor that has the tool."""
    return Executor(models=model, registry=[BOOK], ports=ports)


def ports_in_memory() -> Ports:
    """Make the ports that watch every step."""
    return Ports(
        audit=(MemoryAudit(),),
        budget=(MemoryBudget(max_cost_usd=1e9, reserve_usd=1.0),),
        critic=ScriptedCritic(),
        checkpointer=MemoryCheckpoints(),
    )


def without_ports(model: FakeModel, steps: int) -> Once:
    """Make what runs the agent once, ports empty."""
    return partial(make_executor(model).run, make_agent(steps=steps), PROMPT)


def with_ports(model: FakeModel, steps: int) -> Once:
    """Make what runs the agent once, with audit, budget, critic and checkpointer in memory."""
    return partial(
        make_executor(model, ports_in_memory()).run, make_agent(steps=steps, is_watched=True), PROMPT
    )
