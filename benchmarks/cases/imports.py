"""What it costs to import executus, before anything is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.child import run_code
from benchmarks.measure import Figure, ratio
from benchmarks.table import Case, Goal

if TYPE_CHECKING:
    from benchmarks.measure import Effort
    from benchmarks.table import Measured

IMPORTS = {
    "asyncio": "import asyncio",
    "core": "import executus_core",
    "hello": "from executus_core import Agent, Ports, tool",
}
TIMES_AS_MANY = 4  # a turn is short

# what the site brought in at the start is not ours; what opens a socket or asks a name server says so to an audit hook
CODE = """
import sys, json
from time import perf_counter, process_time
reached = []
sys.addaudithook(lambda event, _: reached.append(event) if event.startswith("socket.") else None)
before = set(sys.modules)
wall, cpu = perf_counter(), process_time()
{statement}
wall, cpu = perf_counter() - wall, process_time() - cpu
brought = {{name.partition(".")[0] for name in set(sys.modules) - before}}
heavy = brought & {{"pydantic", "litellm", "socket", "ssl", "http", "httpx"}}
print(json.dumps({{"wall_s": wall, "cpu_s": cpu, "heavy": len(heavy) + len(reached)}}))
"""


def measure(effort: Effort) -> Measured:
    """Measure imports in fresh processes, the start of the interpreter not counted."""
    told: dict[str, list[dict[str, float]]] = {name: [] for name in IMPORTS}
    for _ in range(effort.children * TIMES_AS_MANY):
        for name, statement in IMPORTS.items():
            told[name].append(run_code(CODE.format(statement=statement)))

    def compare(name: str, key: str) -> Figure:
        return ratio([one[key] for one in told[name]], [one[key] for one in told["asyncio"]])

    return {
        "import executus_core, wall time": compare("core", "wall_s"),
        "import executus_core, CPU": compare("core", "cpu_s"),
        "pydantic, litellm or sockets in it": Figure(max(one["heavy"] for one in told["core"])),
        "Agent, Ports and tool imported": compare("hello", "wall_s"),
    }


IMPORT = Case(
    "import",
    (
        Goal("import executus_core, wall time", 2.5),
        Goal("import executus_core, CPU", 2.5),
        Goal("pydantic, litellm or sockets in it", 0, ""),
        Goal("Agent, Ports and tool imported"),
    ),
    measure,
)
