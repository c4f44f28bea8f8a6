"""What a piece of a streamed answer costs on its way to whoever watches the run."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import bare
from benchmarks.fakes import PROMPT, WritingModel
from benchmarks.hosts import make_agent, make_executor
from benchmarks.measure import ratio, take_turns
from benchmarks.table import Case, Goal
from executus_core.llm import TextDelta

if TYPE_CHECKING:
    from benchmarks.measure import Effort, Figure, Make
    from benchmarks.table import Measured
    from executus_core.run.executor import Executor

DELTAS = 1_000


def measure(effort: Effort) -> Measured:
    """Measure pieces that come all at once, and one per turn of the event loop."""
    return {
        "delta, all at once": _compare(effort, WritingModel(DELTAS, gives_way=False)),
        "delta, one per turn of the event loop": _compare(effort, WritingModel(DELTAS, gives_way=True)),
    }


def _compare(effort: Effort, model: WritingModel) -> Figure:
    contenders: dict[str, Make] = {
        "bare": lambda: partial(bare.watch, model),
        "empty": lambda: partial(_watch, make_executor(model)),
    }
    taken = asyncio.run(take_turns(contenders, effort))
    return ratio(taken["empty"], taken["bare"], per=DELTAS)


async def _watch(executor: Executor) -> int:
    pieces = 0
    async with executor.stream(make_agent(steps=1), PROMPT) as run:
        async for event in run:
            if isinstance(event, TextDelta):
                pieces += 1
    return pieces


STREAM = Case(
    "stream", (Goal("delta, all at once", 5), Goal("delta, one per turn of the event loop")), measure
)
