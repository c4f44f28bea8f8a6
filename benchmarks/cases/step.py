"""What a step costs, and a run that has only one."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import bare
from benchmarks.fakes import FakeModel
from benchmarks.hosts import with_ports, without_ports
from benchmarks.measure import ratio, take_turns
from benchmarks.table import Case, Goal

if TYPE_CHECKING:
    from benchmarks.measure import Effort, Figure, Make
    from benchmarks.table import Measured

SHORT, LONG = 10, 300
PORTS = ("ports empty", "all in memory")


def measure_steps(effort: Effort) -> Measured:
    """Measure short and long runs, per step of the whole run; and what a run costs more for each step more."""
    times = asyncio.run(_all_of({steps: _contenders(steps) for steps in (SHORT, LONG)}, effort))
    measured: dict[str, Figure] = {}
    more = {
        name: [
            (long - short) / (LONG - SHORT)
            for long, short in zip(times[LONG][name], times[SHORT][name], strict=True)
        ]
        for name in times[SHORT]
    }
    for ports in PORTS:
        for steps in (SHORT, LONG):
            measured[f"{steps} steps, {ports}"] = ratio(times[steps][ports], times[steps]["bare"], per=steps)
        measured[f"one step more, {ports}"] = ratio(more[ports], more["bare"])
    return measured


def measure_one(effort: Effort) -> Measured:
    """Measure a run without tools."""
    times = asyncio.run(take_turns(_contenders(1), effort))
    return {ports: ratio(times[ports], times["bare"]) for ports in PORTS}


async def _all_of(lengths: dict[int, dict[str, Make]], effort: Effort) -> dict[int, dict[str, list[float]]]:
    return {steps: await take_turns(contenders, effort) for steps, contenders in lengths.items()}


def _contenders(steps: int) -> dict[str, Make]:
    model = FakeModel(steps)
    empty, full = PORTS
    return {
        "bare": lambda: partial(bare.run, model),
        empty: lambda: without_ports(model, steps),
        full: lambda: with_ports(model, steps),
    }


STEP = Case(
    "step",
    (
        Goal("10 steps, ports empty", 1.5),
        Goal("300 steps, ports empty", 1.5),
        Goal("one step more, ports empty"),
        Goal("10 steps, all in memory", 3),
        Goal("300 steps, all in memory", 3),
        Goal("one step more, all in memory"),
    ),
    measure_steps,
)
RUN = Case("run", (Goal("ports empty", 5), Goal("all in memory", 15)), measure_one)
