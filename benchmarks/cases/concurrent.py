"""Very many runs at once, each of which waits for its model most of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.child import run_module
from benchmarks.measure import Figure, ratio
from benchmarks.table import Case, Goal

if TYPE_CHECKING:
    from benchmarks.measure import Effort
    from benchmarks.table import Measured

CROWD = "benchmarks.crowd"


def measure(effort: Effort) -> Measured:
    """Measure the processor's time in turns, and memory once: it is the same each time."""
    taken: dict[str, list[float]] = {"bare": [], "ours": []}
    for _ in range(effort.children):
        for kind, seconds in taken.items():
            seconds.append(run_module(CROWD, kind, effort.runs)["cpu_s"])
    kib = {
        kind: run_module(CROWD, kind, effort.runs, "traced")["bytes"] / effort.runs / 1024 for kind in taken
    }
    return {
        "CPU of a run": ratio(taken["ours"], taken["bare"], per=effort.runs, note=f"of {effort.runs:,} runs"),
        "memory of a run": Figure(kib["ours"], note=f"the bare one's: {kib['bare']:.1f}"),
    }


CONCURRENT = Case("concurrent", (Goal("CPU of a run", 2.5), Goal("memory of a run", 8, " KiB")), measure)
