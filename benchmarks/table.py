"""The rows that there are to be, and how they are shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from benchmarks.measure import Effort, Figure

Verdict: TypeAlias = Literal["PASS", "MISS", ""]
Unit: TypeAlias = Literal["x", " KiB", ""]

HEADINGS = ("case", "row", "goal", "median", "minima", "baseline", "measured", "")


@frozen
class Goal:
    """A row that the table has, whether or not it can be measured here.

    Attributes:
        row: What is measured, unique within its case.
        at_most: What to stay under; None for a row that is there for orientation.
        unit: The unit of the value.
    """

    row: str
    at_most: float | None = None
    unit: Unit = "x"


Measured: TypeAlias = "Mapping[str, Figure | str]"
"""A figure for each row, or why there is none."""


@frozen
class Case:
    """Rows that are measured together.

    Attributes:
        name: What to call it on the command line.
        goals: Its rows.
        measure: Measures all of them.
    """

    name: str
    goals: tuple[Goal, ...]
    measure: Callable[[Effort], Measured]


@frozen
class Row:
    """A row with what came of it.

    Attributes:
        case: The case's name.
        goal: What was to be measured.
        figure: What was measured, or why it was not.
    """

    case: str
    goal: Goal
    figure: Figure | str

    @property
    def verdict(self) -> Verdict:
        """Whether the goal was met; "" when there is none, or no figure."""
        if isinstance(self.figure, str) or self.goal.at_most is None:
            return ""
        return "PASS" if self.figure.value <= self.goal.at_most else "MISS"

    def as_json(self) -> dict[str, object]:
        """Give everything about it as plain values."""
        told: dict[str, object] = {"case": self.case, "row": self.goal.row, "goal": self.goal.at_most}
        if isinstance(self.figure, str):
            return {**told, "value": None, "note": self.figure, "verdict": ""}
        figure = self.figure
        return {
            **told,
            "value": figure.value,
            "of_minima": figure.of_minima,
            "baseline_s": figure.baseline_s,
            "measured_s": figure.measured_s,
            "note": figure.note,
            "verdict": self.verdict,
        }

    def as_cells(self) -> tuple[str, ...]:
        """Give what the table shows."""
        goal, figure = self.goal, self.figure
        limit = "" if goal.at_most is None else f"≤ {goal.at_most:g}{goal.unit}"
        if isinstance(figure, str):
            return (self.case, goal.row, limit, "", "", "", "", figure)
        minima = "" if figure.of_minima is None else _number(figure.of_minima, goal.unit)
        said = " ".join(filter(None, (self.verdict, figure.note)))
        seconds = (_seconds(figure.baseline_s), _seconds(figure.measured_s))
        return (self.case, goal.row, limit, _number(figure.value, goal.unit), minima, *seconds, said)


def to_json(rows: Iterable[Row]) -> str:
    """Write rows as a JSON array."""
    return json.dumps([row.as_json() for row in rows], indent=2)


def to_lines(rows: Sequence[Row]) -> list[str]:
    """Lay rows out in columns."""
    cells = [HEADINGS, *(row.as_cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    return [_line(line, widths) for line in cells]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    last = len(cells) - 1
    padded = [
        cell if column == last else cell.ljust(width) if column < 2 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def _number(value: float, unit: Unit) -> str:
    digits = (
        f"{value:,.0f}" if value >= 100 or not unit else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    )
    return f"{digits}{unit}"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    milliseconds = seconds * 1_000
    if milliseconds < 1:
        return f"{milliseconds * 1_000:.2f} µs"
    return f"{milliseconds:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"
