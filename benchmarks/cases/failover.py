"""What it costs to ask a tier's chain in place of a plain model."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.fakes import PROMPT, FakeModel
from benchmarks.hosts import make_agent, make_executor
from benchmarks.measure import ratio, take_turns
from benchmarks.table import Case, Goal
from executus_core.model import ModelRouter

if TYPE_CHECKING:
    from benchmarks.measure import Effort, Make, Once
    from benchmarks.table import Measured
    from executus_core.llm import Model

STEPS = 10
CHAINS = {"a chain of one": 1, "a chain of three": 3}


def measure(effort: Effort) -> Measured:
    """Measure a run of ten steps, per step, on chains against a plain model; nobody fails."""
    contenders: dict[str, Make] = {"plain": lambda: _run(FakeModel(STEPS))}
    for name, count in CHAINS.items():
        contenders[name] = partial(_run_on_chain, count)
    times = asyncio.run(take_turns(contenders, effort))
    return {name: ratio(times[name], times["plain"], per=STEPS) for name in CHAINS}


def _run_on_chain(count: int) -> Once:
    models: dict[str, Model] = {f"fake/{number}": FakeModel(STEPS) for number in range(count)}
    return _run(ModelRouter(models, tiers={"fast": list(models)}))


def _run(models: Model | ModelRouter) -> Once:
    return partial(make_executor(models).run, make_agent(steps=STEPS), PROMPT)


FAILOVER = Case("failover", tuple(Goal(name) for name in CHAINS), measure)
