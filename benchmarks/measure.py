"""Times several ways of doing one thing in turns, so that a noisy machine disturbs all of them alike."""

from __future__ import annotations

import gc
import statistics
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

Once: TypeAlias = "Callable[[], Awaitable[object]]"
"""Does the thing once."""

Make: TypeAlias = "Callable[[], Once]"
"""Makes, outside of the time that counts, what does the thing."""


@frozen
class Effort:
    """How much time to spend.

    Attributes:
        rounds: How often each contender has its turn.
        turn_s: Seconds that one turn takes at least.
        children: How often each contender has its turn where a turn is a process.
        runs: Concurrent runs of the large case.
    """

    rounds: int = 40
    turn_s: float = 0.01
    children: int = 5
    runs: int = 10_000


FULL = Effort()
QUICK = Effort(rounds=8, turn_s=0.003, children=2, runs=1_000)


@frozen
class Figure:
    """What one row shows.

    Attributes:
        value: What is held against the goal; of a ratio the median over all rounds.
        of_minima: The ratio of the two minima, which a busy machine can only make worse; None for what is no ratio.
        baseline_s: Seconds that the baseline took at least, or None.
        measured_s: Seconds that it took at least, or None.
        note: What to know beside it.
    """

    value: float
    of_minima: float | None = None
    baseline_s: float | None = None
    measured_s: float | None = None
    note: str = ""


def ratio(
    measured_s: Sequence[float], baseline_s: Sequence[float], *, per: int = 1, note: str = ""
) -> Figure:
    """Compare two contenders round by round.

    Args:
        measured_s: What one took in each round.
        baseline_s: What the other took in the same rounds.
        per: Into how many parts to divide the seconds that are shown, for example steps.
        note: What to know beside it.
    """
    value = statistics.median(one / other for one, other in zip(measured_s, baseline_s, strict=True))
    least, least_baseline = min(measured_s), min(baseline_s)
    return Figure(value, least / least_baseline, least_baseline / per, least / per, note)


async def take_turns(contenders: Mapping[str, Make], effort: Effort) -> dict[str, list[float]]:
    """Let contenders do the same thing in turns: A B C, A B C, ...

    Before each turn the garbage of the one before is collected; within a turn the collector runs as it does by default,
    so that everybody pays for the garbage they make, and for nobody else's.

    Returns:
        Seconds per time, for each contender and round.

    Raises:
        RuntimeError: They don't come to the same text, so they don't do the same thing.
    """
    texts = {name: _text(await make()()) for name, make in contenders.items()}
    if len(set(texts.values())) > 1:
        raise RuntimeError(f"the contenders disagree: {texts}")
    times = {name: await _calibrate(make, effort.turn_s) for name, make in contenders.items()}
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(effort.rounds):
        for name, make in contenders.items():
            taken[name].append(await _turn(make, times[name]) / times[name])
    return taken


async def _calibrate(make: Make, seconds: float) -> int:
    """Find out how many times fill a turn."""
    times = 1
    while (taken := await _turn(make, times)) < seconds:
        times = max(times * 2, min(times * 100, int(times * seconds / taken)))
    return times


async def _turn(make: Make, times: int) -> float:
    once = make()
    gc.collect()
    started = perf_counter()
    for _ in range(times):
        await once()
    return perf_counter() - started


def _text(result: object) -> str:
    """Give what a contender came to: a text, or a result that has it as its output."""
    return str(getattr(result, "output", result))
