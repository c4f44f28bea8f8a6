"""The same script in other people's loops, for orientation."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from benchmarks.child import run_module
from benchmarks.measure import ratio
from benchmarks.peers import PEERS
from benchmarks.table import Case, Goal

if TYPE_CHECKING:
    from benchmarks.measure import Effort, Figure
    from benchmarks.table import Measured

LENGTHS = {"run without tools": 1, "10 steps": 10, "100 steps": 100}
ROUNDS_SHARE = 8  # some of them take seconds for what takes the bare loop a fraction of a millisecond


def measure(effort: Effort) -> Measured:
    """Measure each peer that is installed."""
    measured: dict[str, Figure | str] = {}
    for name, package in PEERS.items():
        if find_spec(package) is None:
            measured[f"{name}, 10 steps"] = "not installed"
            continue
        for length, steps in LENGTHS.items():
            rounds = max(2, effort.rounds // ROUNDS_SHARE)
            told = run_module("benchmarks.peers", name, steps, rounds, effort.turn_s)
            measured[f"{name}, {length}"] = ratio(told["peer"], told["bare"], per=steps)
    return measured


PEERS_CASE = Case("peers", tuple(Goal(f"{name}, {length}") for name in PEERS for length in LENGTHS), measure)
