"""One peer against the bare loop, in a process of its own: ``python -m benchmarks.peers NAME STEPS ROUNDS TURN_S``.

Prints the seconds of each round as JSON. A process of its own, since what a peer imports and starts would weigh on the
others.
"""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial
from importlib import import_module

from benchmarks import bare
from benchmarks.fakes import FakeModel
from benchmarks.measure import Effort, Make, take_turns


def main() -> None:
    """Measure the peer that the command line names."""
    name, steps, rounds, turn_s = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    module = import_module(f"benchmarks.peers.{name.replace('-', '_')}_")
    model = FakeModel(steps)
    contenders: dict[str, Make] = {
        "bare": lambda: partial(bare.run, model),
        "peer": partial(module.make, steps),
    }
    print(json.dumps(asyncio.run(take_turns(contenders, Effort(rounds=rounds, turn_s=turn_s)))))


if __name__ == "__main__":
    main()
