"""The table of ``executus runs list``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from executus_audit_sqlite.commands import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_audit_sqlite.stored import StoredRun

_WIDE = 110


def table_of(runs: Sequence[StoredRun], width: int) -> Table:
    """Make the table; a narrow terminal gets fewer columns, so that each run stays one line."""
    wide = width >= _WIDE
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("RUN", no_wrap=True)
    table.add_column("STARTED", no_wrap=True)
    table.add_column("AGENT", no_wrap=True, max_width=None if wide else 16)
    table.add_column("STATUS", no_wrap=True)
    for name in ("TOOK", "STEPS", *(("TOOLS", "TOKENS", "COST") if wide else ())):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("INPUT OR ERROR", no_wrap=True, overflow="ellipsis", ratio=1)
    for run in runs:
        usage = run.stats.usage
        numbers = [words.duration(run.duration_s), str(run.stats.steps)]
        if wide:
            numbers += [
                str(run.stats.tool_calls),
                f"{usage.input_tokens + usage.output_tokens:,}",
                words.money(usage.cost_usd),
            ]
        table.add_row(
            run.short_id,
            Text(words.ago(run.started_at), "dim"),
            words.plain(run.agent),
            Text(run.status, words.STYLES.get(run.status, "")),
            *numbers,
            _about(run),
        )
    return table


def _about(run: StoredRun) -> Text:
    """Give what a person knows a run by: why it failed, or what was asked."""
    if run.stats.error:
        return Text(words.first_line(run.stats.error), "red")
    return Text(words.first_line(str(run.info.inputs.get("input", ""))))
