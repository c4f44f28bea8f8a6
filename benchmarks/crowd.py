"""A crowd of concurrent runs in a process of its own: ``python -m benchmarks.crowd KIND RUNS``.

Prints what the crowd took, as JSON: processor and wall seconds, and the most memory that was in use at once on top of what
was in use before. ``traced`` counts every allocation, which takes its time; so times and memory are asked in different
processes.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import tracemalloc
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from benchmarks import bare
from benchmarks.fakes import PROMPT, WaitingModel
from benchmarks.hosts import make_agent, make_executor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from executus_core import Ports

STEPS = 3
MODEL = WaitingModel(STEPS)


async def crowd(runs: int, run: Callable[[int], Awaitable[str]]) -> dict[str, float]:
    """Let that many runs go on at once, after one that pays for what is only done once."""
    await run(-1)
    tracing = tracemalloc.is_tracing()
    before = 0
    if tracing:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
    cpu, wall = process_time(), perf_counter()
    await asyncio.gather(*map(run, range(runs)))
    took = {"cpu_s": process_time() - cpu, "wall_s": perf_counter() - wall}
    if tracing:
        took["bytes"] = tracemalloc.get_traced_memory()[1] - before
    return took


async def bare_crowd(runs: int) -> dict[str, float]:
    """Measure the bare loop."""

    async def run(_number: int) -> str:
        return await bare.run(MODEL)

    return await crowd(runs, run)


async def our_crowd(runs: int, ports: Ports | None = None) -> dict[str, float]:
    """Measure an executor."""
    agent = make_agent(steps=STEPS)
    async with make_executor(MODEL, ports) as executor:

        async def run(_number: int) -> str:
            result = await executor.run(agent, PROMPT)
            result.raise_for_status()
            if result.notes:
                raise RuntimeError(f"something went wrong beside a run: {result.notes}")
            return result.output

        return await crowd(runs, run)


async def audited_crowd(runs: int) -> dict[str, float]:
    """Measure an executor whose runs are kept in SQLite; closing it counts, and what is missing then."""
    from executus_audit_sqlite.audit import SqliteAudit  # noqa: PLC0415 - it may not be installed
    from executus_audit_sqlite.settings import Settings  # noqa: PLC0415
    from executus_core import Ports  # noqa: PLC0415

    with TemporaryDirectory(prefix="executus-benchmark-") as folder:
        path = Path(folder, "audit.db")
        async with SqliteAudit(Settings(path=path)) as audit:
            took = await our_crowd(runs, Ports(audit=(audit,)))
            cpu, wall = process_time(), perf_counter()
        took["cpu_s"] += process_time() - cpu
        took["wall_s"] += perf_counter() - wall
        with closing(sqlite3.connect(path)) as database:
            (saved,) = database.execute("SELECT count(*) FROM runs WHERE status = 'ok'").fetchone()
        took["lost"] = runs + 1 - saved
    return took


def main() -> None:
    """Measure the crowd that the command line names."""
    kind, runs, *options = sys.argv[1:]
    crowds = {"bare": bare_crowd, "ours": our_crowd, "audited": audited_crowd}
    if "traced" in options:
        tracemalloc.start()
    print(json.dumps(asyncio.run(crowds[kind](int(runs)))))


if __name__ == "__main__":
    main()
