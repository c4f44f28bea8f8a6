"""An observer that keeps what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from executus_core.record.events import RunEvent
    from executus_core.record.result import Result
    from executus_core.record.run import RunInfo

__all__ = ["MemoryObserver"]


class MemoryObserver:
    """Keeps starts, events and ends of runs.

    Attributes:
        started: The runs that began, in order.
        events: The events by run id, in order.
        ended: The results by run id.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.started: list[RunInfo] = []
        self.events: dict[str, list[RunEvent]] = {}
        self.ended: dict[str, Result[object]] = {}

    def on_run_start(self, run: RunInfo) -> None:
        """Keep that a run began."""
        self.started.append(run)

    def on_event(self, run: RunInfo, event: RunEvent) -> None:
        """Keep what happened."""
        self.events.setdefault(run.run_id, []).append(event)

    def on_run_end(self, run: RunInfo, result: Result[object]) -> None:
        """Keep what a run came to."""
        self.ended[run.run_id] = result
