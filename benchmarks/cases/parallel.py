"""Eight tool calls in one answer."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import bare
from benchmarks.fakes import FakeModel
from benchmarks.hosts import without_ports
from benchmarks.measure import ratio, take_turns
from benchmarks.table import Case, Goal

if TYPE_CHECKING:
    from benchmarks.measure import Effort, Make
    from benchmarks.table import Measured

CALLS = 8


def measure(effort: Effort) -> Measured:
    """Measure a run whose first answer calls eight tools; the seconds are those of the whole run."""
    model = FakeModel(2, calls=CALLS)
    contenders: dict[str, Make] = {
        "bare": lambda: partial(bare.run_side_by_side, model),
        "empty": lambda: without_ports(model, 2),
    }
    taken = asyncio.run(take_turns(contenders, effort))
    return {"8 calls, ports empty": ratio(taken["empty"], taken["bare"])}


PARALLEL = Case("parallel", (Goal("8 calls, ports empty", 1.5),), measure)
