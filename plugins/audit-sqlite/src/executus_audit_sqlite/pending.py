"""A run whose record is not in the database yet, or not whole: what the recorder fills and the writer saves."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

from executus_audit_sqlite.encode import start_event
from executus_core.ports import RunTally

if TYPE_CHECKING:
    from executus_audit_sqlite.encode import Event
    from executus_core.ports import RunInfo, RunStats


class PendingRun:
    """What is known of a run and waits to be saved.

    The run's event loop appends, the writer's thread takes what it has saved from the front; each does so in one step that
    the interpreter does not interrupt, so they need no lock.

    Attributes:
        info: What the run started with.
        began_at_s: When its record began, in seconds since the epoch.
        tally: Live counts.
        events: What happened and is not saved yet, oldest first.
        stats: How the run ended, set after its last event; None while it goes on.
    """

    __slots__ = ("began_at_s", "events", "info", "stats", "tally")

    def __init__(self, info: RunInfo) -> None:
        """Note that the run begins."""
        self.info: RunInfo = info
        self.began_at_s: float = time()
        self.tally: RunTally = RunTally()
        self.events: list[Event] = [(start_event, self.began_at_s)]
        self.stats: RunStats | None = None
