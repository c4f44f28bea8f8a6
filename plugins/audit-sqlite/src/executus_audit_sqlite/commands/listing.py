"""The table of ``executus runs list``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from executus_audit_sqlite.commands import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_audit_sqlite.stored import StoredRun

# Columns that only fit beside the others from so many characters on.
_NUMBERS: Final = {"TOOK": 90, "STEPS": 100, "TOOLS": 120, "TOKENS": 120, "COST": 120}


def table_of(runs: Sequence[StoredRun], width: int) -> Table:
    """Make the table; a narrow terminal gets fewer columns, so that each run stays one line."""
    numbers = [name for name, from_width in _NUMBERS.items() if width >= from_width]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("RUN", no_wrap=True)
    table.add_column("STARTED", no_wrap=True)
    table.add_column("AGENT", no_wrap=True, max_width=None if "COST" in numbers else 12)
    table.add_column("STATUS", no_wrap=True)
    for name in numbers:
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("INPUT OR ERROR")  # the only one that gives way
    for run in runs:
        shown = _numbers_of(run)
        table.add_row(
            run.short_id,
            Text(words.ago(run.started_at), "dim"),
            words.plain(run.agent),
            Text(run.status, words.STYLES.get(run.status, "")),
            *(shown[name] for name in numbers),
            _about(run),
        )
    return table


def _numbers_of(run: StoredRun) -> dict[str, str]:
    usage = run.stats.usage
    return {
        "TOOK": words.duration(run.duration_s),
        "STEPS": str(run.stats.steps),
        "TOOLS": str(run.stats.tool_calls),
        "TOKENS": f"{usage.input_tokens + usage.output_tokens:,}",
        "COST": words.money(usage.cost_usd),
    }


def _about(run: StoredRun) -> Text:
    """Give what a person knows a run by: why it failed, or what was asked."""
    if run.stats.error:
        return Text(words.first_line(run.stats.error), "red", no_wrap=True, overflow="ellipsis")
    return Text(words.first_line(str(run.info.inputs.get("input", ""))), no_wrap=True, overflow="ellipsis")
