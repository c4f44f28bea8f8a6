"""The audit port on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from executus_audit_sqlite.recorder import SqliteRecorder
from executus_audit_sqlite.writer import Writer

if TYPE_CHECKING:
    from types import TracebackType

    from executus_audit_sqlite.settings import Settings
    from executus_core.ports import RunInfo


class SqliteAudit:
    """Keeps every event of every run in one SQLite file.

    Many processes may write to one file at once. Entering is not needed; leaving saves what waits and lets go of the file.
    """

    def __init__(self, settings: Settings) -> None:
        """Touch nothing yet: a database that can't be used is told to the runs that miss it, and stops nobody."""
        self._writer = Writer(settings)
        self._flush_events = settings.flush_events

    async def start_run(self, info: RunInfo) -> SqliteRecorder:
        """Open the record of a run; it is in the database by the next interval."""
        run = SqliteRecorder(info, self._writer, self._flush_events)
        self._writer.begin(run)
        return run

    async def __aenter__(self) -> Self:
        """Give the audit."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Save what waits and let go of the file."""
        await self._writer.stop()
