"""Reads the audit trail, and leaves no trace in its folder."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final

from attrs import asdict, frozen
from pydantic import ValidationError

from executus_audit_sqlite.database import open_to_read
from executus_audit_sqlite.errors import AuditDatabaseError, UnknownRunError
from executus_audit_sqlite.process import is_gone
from executus_audit_sqlite.stored import (
    EVENTS,
    INTERRUPTED,
    OPEN,
    RunDetail,
    StoredInfo,
    StoredRun,
    StoredStats,
    TailLine,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from pathlib import Path

_SHORTEST_ID: Final = 8
_COLUMNS: Final = "run_id, agent, caller_id, tenant, parent_run_id, started_at, status, process, info, stats"


@frozen
class RunFilter:
    """Which runs to list; None for any.

    Attributes:
        status: How they ended, or ``open`` or ``interrupted``.
        agent: The agent's name.
        caller_id: Who they were for.
        tenant: Whose caller that is.
        parent_run_id: The run that delegated to them.
    """

    status: str | None = None
    agent: str | None = None
    caller_id: str | None = None
    tenant: str | None = None
    parent_run_id: str | None = None


class AuditReader:
    """Looks into one database as it is at one moment; made by ``open_audit``."""

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        """Read through an open connection; None for a database that is not there yet, which has no runs."""
        self._connection = connection

    def list_runs(self, wanted: RunFilter | None = None, limit: int | None = None) -> list[StoredRun]:
        """List runs, newest first."""
        conditions = {} if wanted is None else {k: v for k, v in asdict(wanted).items() if v is not None}
        status = conditions.get("status")
        if status in (OPEN, INTERRUPTED):  # which of the two it is, only the process tells
            conditions["status"] = None
        where = " AND ".join(f"{column} IS ?" for column in conditions) or "TRUE"
        rows = self._rows(f"SELECT {_COLUMNS} FROM runs WHERE {where} ORDER BY id DESC", *conditions.values())  # noqa: S608 - names of fields
        runs = (run for row in rows if (run := self._run(row)).status == status or status is None)
        return list(islice(runs, limit))

    def get_run(self, run_id: str) -> StoredRun:
        """Give the run with an id, or with the only id that begins, or else ends, like this.

        Raises:
            UnknownRunError: There is none, or more than one.
        """
        found = self._ids("run_id = ?", run_id)
        found = found or self._ids("run_id >= ? AND run_id < ?", run_id, f"{run_id}\U0010ffff")
        found = found or self._ids("substr(run_id, ?) = ?", -len(run_id), run_id)
        if not run_id or not found:
            raise UnknownRunError(run_id, near=self._near(run_id))
        if len(found) > 1:
            raise UnknownRunError(run_id, several=found)
        (row,) = self._rows(f"SELECT {_COLUMNS} FROM runs WHERE run_id = ?", *found)  # noqa: S608 - a constant
        return self._run(row)

    def read_run(self, run: StoredRun) -> RunDetail:
        """Read all that happened in a run."""
        batches = self._rows("SELECT batch FROM events WHERE run_id = ? ORDER BY id", run.run_id)
        events = [event for (batch,) in batches for event in EVENTS.validate_json(str(batch))]
        children = self._ids("parent_run_id = ?", run.run_id)
        return RunDetail(run=run, events=tuple(events), children=tuple(children))

    def last_batch(self) -> int:
        """Give the number of the batch that was written last; 0 when there is none."""
        for (number,) in self._rows("SELECT max(id) FROM events"):
            return int(str(number or 0))
        return 0

    def read_tail(self, count: int, run_id: str | None = None) -> list[TailLine]:
        """Read the last events, of one run or of all, oldest first."""
        newest_first = self._batches("TRUE", "DESC", run_id)
        lines: list[TailLine] = []
        for batch in newest_first:
            lines += batch
            if len(lines) >= count:
                break
        return sorted(lines, key=_moment)[-count:] if count else []

    def read_news(self, after_batch: int, run_id: str | None = None) -> list[TailLine]:
        """Read the events of batches that were written after one, oldest first."""
        batches = self._batches(f"events.id > {after_batch:d}", "ASC", run_id)
        return sorted((line for batch in batches for line in batch), key=_moment)

    # -------------------------------------------------------------------------------------------------- rows

    def _rows(self, query: str, *values: object) -> Iterable[tuple[object, ...]]:
        return () if self._connection is None else self._connection.execute(query, values)

    def _ids(self, condition: str, *values: object) -> list[str]:
        rows = self._rows(f"SELECT run_id FROM runs WHERE {condition} ORDER BY id DESC", *values)  # noqa: S608 - written above
        return [str(run_id) for (run_id,) in rows]

    def _batches(self, condition: str, order: str, run_id: str | None) -> Iterator[list[TailLine]]:
        one_run = "AND events.run_id = ?" if run_id else ""
        rows = self._rows(
            "SELECT run_id, agent, batch FROM events JOIN runs USING (run_id)"  # noqa: S608 - written above
            f" WHERE {condition} {one_run} ORDER BY events.id {order}",
            *([run_id] if run_id else []),
        )
        for its_run_id, agent, batch in rows:
            events = EVENTS.validate_json(str(batch))
            yield [TailLine(run_id=str(its_run_id), agent=str(agent), event=event) for event in events]

    def _run(self, row: Sequence[object]) -> StoredRun:
        values = dict(zip(_COLUMNS.split(", "), row, strict=True))
        values["short_id"] = self._shortest(str(values["run_id"]))
        values["started_at"] = datetime.fromtimestamp(float(str(values["started_at"])), UTC)
        if values["status"] is None:
            values["status"] = INTERRUPTED if is_gone(str(values["process"])) else OPEN
        values["info"] = StoredInfo.model_validate_json(str(values["info"]))
        values["stats"] = StoredStats.model_validate_json(str(values["stats"]))
        return StoredRun.model_validate(values)

    def _shortest(self, run_id: str) -> str:
        """Find the shortest beginning of an id that tells it from its neighbours, and so from all others."""
        shared = _SHORTEST_ID - 1
        for query in (
            "SELECT max(run_id) FROM runs WHERE run_id < ?",
            "SELECT min(run_id) FROM runs WHERE run_id > ?",
        ):
            for (neighbour,) in self._rows(query, run_id):
                alike = takewhile(
                    lambda pair: pair[0] == pair[1], zip(run_id, str(neighbour or ""), strict=False)
                )
                shared = max(shared, sum(1 for _ in alike))
        return run_id[: shared + 1]

    def _near(self, run_id: str) -> list[str]:
        newest = [
            str(known) for (known,) in self._rows("SELECT run_id FROM runs ORDER BY id DESC LIMIT 1000")
        ]
        near = get_close_matches(run_id, newest, n=3, cutoff=0.5) or newest[:3]
        return [self._shortest(known) for known in near]


@contextmanager
def open_audit(path: Path) -> Generator[AuditReader]:
    """Open a database for reading; one that is not there yet has no runs.

    Raises:
        AuditDatabaseError: It can't be read, and why; also from within the block.
    """
    try:
        with open_to_read(path) as connection:
            yield AuditReader(connection)
    except ValidationError as error:
        (first, *_) = error.errors()
        raise AuditDatabaseError(
            f"the audit database {path} holds a record that can't be read ({first['loc']}: {first['msg']}); "
            "it was damaged or changed by hand"
        ) from error


def _moment(line: TailLine) -> float:
    return line.event.at
