"""What keeping every run in SQLite costs."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from benchmarks.cases.concurrent import CROWD
from benchmarks.child import run_module
from benchmarks.measure import Figure, ratio
from benchmarks.table import Case, Goal

if TYPE_CHECKING:
    from benchmarks.measure import Effort
    from benchmarks.table import Measured

RUNS = 1_000


def measure(effort: Effort) -> Measured:
    """Measure a crowd with and without an audit, from its first run until the database is closed."""
    if find_spec("executus_audit_sqlite") is None:
        return dict.fromkeys((goal.row for goal in AUDIT.goals), "executus-audit-sqlite is not installed")
    plain: list[dict[str, float]] = []
    audited: list[dict[str, float]] = []
    for _ in range(effort.children):
        plain.append(run_module(CROWD, "ours", RUNS))
        audited.append(run_module(CROWD, "audited", RUNS))

    def compare(key: str, per: int) -> Figure:
        return ratio([one[key] for one in audited], [one[key] for one in plain], per=per)

    return {
        "wall time of 1,000 runs": compare("wall_s", 1),
        "CPU of a run": compare("cpu_s", RUNS),
        "runs lost": Figure(max(one["lost"] for one in audited)),
    }


AUDIT = Case(
    "audit-sqlite",
    (Goal("wall time of 1,000 runs", 1.3), Goal("CPU of a run"), Goal("runs lost", 0, "")),
    measure,
)
