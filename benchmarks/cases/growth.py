"""Whether a late step costs more than an early one, as it would if anything copied or scanned the transcript."""

from __future__ import annotations

import asyncio
import gc
from time import perf_counter
from typing import TYPE_CHECKING

from typing_extensions import override

from benchmarks.fakes import FakeModel
from benchmarks.hosts import with_ports, without_ports
from benchmarks.measure import ratio
from benchmarks.table import Case, Goal

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.measure import Effort, Figure, Once
    from benchmarks.table import Measured
    from executus_core.llm import ModelRequest, Response

STEPS = 300
WINDOW = 10
RUNS_PER_ROUND = 10


class StampingModel(FakeModel):
    """Notes when each step begins."""

    def __init__(self) -> None:
        """Prepare the answers of a long run."""
        super().__init__(STEPS)
        self.began: list[float] = []

    @override
    async def generate(self, request: ModelRequest) -> Response:
        """Note the time, and answer."""
        self.began.append(perf_counter())
        return self._answers[(len(request.messages) - 1) // self._per_step]

    def window_s(self, last: int) -> float:
        """Give the seconds that the steps up to ``last``, counted from 1, took."""
        return self.began[last] - self.began[last - WINDOW]


def measure(effort: Effort) -> Measured:
    """Measure both kinds of run."""
    return {"ports empty": _compare(effort, without_ports), "all in memory": _compare(effort, with_ports)}


def _compare(effort: Effort, make: Callable[[FakeModel, int], Once]) -> Figure:
    """Hold the ten steps before the last against the ten around step 10, of the same runs."""

    async def run_all() -> None:
        for _ in range(effort.rounds * RUNS_PER_ROUND):
            model = StampingModel()
            await make(model, STEPS)()
            early.append(model.window_s(STEPS // 20))
            late.append(model.window_s(STEPS - 1))

    early: list[float] = []
    late: list[float] = []
    # The collector comes by at the same step of each run: that would show as growth, or hide it.
    gc.collect()
    gc.disable()
    try:
        asyncio.run(run_all())
    finally:
        gc.enable()
    return ratio(late, early, per=WINDOW)


GROWTH = Case("growth", (Goal("ports empty", 1.1), Goal("all in memory", 1.1)), measure)
