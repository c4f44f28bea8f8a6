"""The scheduler port: runs at their time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.record.schedule import Schedule


class Scheduler(Protocol):
    """Starts saved agents at their time.

    Contract: an id that is not known raises ``KeyError``. All but ``run_forever`` return soon.
    """

    async def schedule(self, schedule: Schedule) -> str:
        """Keep a schedule.

        Returns:
            Its id.
        """
        ...

    async def list(self) -> Sequence[Schedule]:
        """List the schedules by id."""
        ...

    async def pause(self, schedule_id: str) -> None:
        """Stop starting runs for it until it is scheduled anew."""

    async def remove(self, schedule_id: str) -> None:
        """Forget it."""

    async def run_forever(self) -> None:
        """Start runs as they fall due, until cancelled."""
