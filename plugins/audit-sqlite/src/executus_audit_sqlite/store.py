"""Saves many runs in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from executus_audit_sqlite.encode import events_text, info_text, json_text, stats_json, tally_json
from executus_audit_sqlite.process import this_process

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from executus_audit_sqlite.pending import PendingRun
    from executus_core.ports import RunStats

# Rows per statement. SQLite lets go of the interpreter's lock for each statement, and beside a busy event loop it may take
# 5 ms to get it back: a statement per row would make a burst of ended runs wait for seconds.
_ROWS: Final = (64, 8, 1)

# A run that was resumed is the same run: it keeps its place and its start.
_RESUMED: Final = """ ON CONFLICT (run_id) DO UPDATE SET
    status = excluded.status, process = excluded.process, info = excluded.info, stats = excluded.stats"""
_SAVE_RUNS: Final = (
    "INSERT INTO runs (run_id, agent, caller_id, tenant, parent_run_id, started_at, status, process, info, stats) VALUES ",
    "(?,?,?,?,?,?,?,?,?,?)",
    _RESUMED,
)
_SAVE_EVENTS: Final = ("INSERT INTO events (run_id, batch) VALUES ", "(?,?)", "")


class Saved(NamedTuple):
    """What one transaction saved of one run.

    Attributes:
        run: The run.
        events: How many of its events, counted from the oldest that were waiting.
        ended: Whether its end is among it.
    """

    run: PendingRun
    events: int
    ended: bool


def save(connection: sqlite3.Connection, runs: Iterable[PendingRun]) -> list[Saved]:
    """Save what waits of some runs: all of it or, when it raises, nothing. The runs are left as they are."""
    saved: list[Saved] = []
    run_rows: list[tuple[object, ...]] = []
    event_rows: list[tuple[object, ...]] = []
    process = this_process()
    for run in runs:
        # Events come in meanwhile. Whoever ends a run sets its end after its last event, so look in this order.
        stats = run.stats
        events = run.events[:]
        saved.append(Saved(run, len(events), stats is not None))
        run_rows.append(_run_row(run, stats, process))
        if events:
            event_rows.append((_text(run.info.run_id), events_text(events)))
    connection.execute("BEGIN IMMEDIATE")
    try:
        _insert(connection, _SAVE_RUNS, run_rows)
        _insert(connection, _SAVE_EVENTS, event_rows)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return saved


def forget_saved(saved: Iterable[Saved]) -> None:
    """Let go of what is in the database."""
    for one in saved:
        del one.run.events[: one.events]


def _run_row(run: PendingRun, stats: RunStats | None, process: str) -> tuple[object, ...]:
    info = run.info
    return (
        _text(info.run_id),
        _text(info.name),
        _text(info.caller_id),
        _text(info.tenant),
        _text(info.parent_run_id),
        run.began_at_s if info.started_at is None else info.started_at.timestamp(),
        None if stats is None else stats.status.value,
        process,
        info_text(info),
        json_text(tally_json(run.tally) if stats is None else stats_json(stats)),
    )


def _text(text: str) -> str:
    """Give what SQLite can keep: a lone half of a surrogate pair has no UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _insert(
    connection: sqlite3.Connection, statement: tuple[str, str, str], rows: Sequence[tuple[object, ...]]
) -> None:
    head, row, tail = statement
    start = 0
    for size in _ROWS:
        while len(rows) - start >= size:
            values = [value for values in rows[start : start + size] for value in values]
            connection.execute(f"{head}{','.join([row] * size)}{tail}", values)
            start += size
