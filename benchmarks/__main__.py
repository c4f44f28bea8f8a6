"""``python -m benchmarks [--quick] [--json] [--strict] [--list] [CASE ...]``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from benchmarks.cases import CASES
from benchmarks.measure import FULL, QUICK
from benchmarks.table import Row, to_json, to_lines

if TYPE_CHECKING:
    from benchmarks.measure import Effort
    from benchmarks.table import Case, Measured


def main() -> int:
    """Measure and print; says 1 only when it was asked to be strict and a goal was missed."""
    parser = _make_parser()
    options = parser.parse_args()
    names = [case.name for case in CASES]
    if unknown := [name for name in options.cases if name not in names]:
        parser.error(f"there is no case '{unknown[0]}'; choose from {', '.join(names)}")
    picked = [case for case in CASES if not options.cases or case.name in options.cases]
    rows: list[Row] = []
    for case in picked:
        measured = _list(case) if options.list else _measure(case, QUICK if options.quick else FULL)
        rows += [Row(case.name, goal, measured[goal.row]) for goal in case.goals if goal.row in measured]
    print(to_json(rows) if options.json else "\n".join(to_lines(rows)))
    return int(options.strict and any(row.verdict == "MISS" for row in rows))


def _list(case: Case) -> Measured:
    return dict.fromkeys((goal.row for goal in case.goals), "")


def _measure(case: Case, effort: Effort) -> Measured:
    print(f"{case.name} ...", file=sys.stderr, flush=True)
    return case.measure(effort)


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What executus costs.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="what to measure; everything by default")
    parser.add_argument("--quick", action="store_true", help="few rounds: a look, not a figure")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a goal was missed")
    parser.add_argument("--list", action="store_true", help="only say what would be measured")
    return parser


if __name__ == "__main__":
    sys.exit(main())
