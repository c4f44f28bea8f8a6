"""The checkpointer port: a durable run's journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.record.checkpoint import CheckpointEntry, InterruptedRun
    from executus_core.record.run import RunInfo


class Checkpointer(Protocol):
    """The journal of one run.

    Contract: ``save`` appends and is never told anything twice; its cost does not grow with the transcript. Exactly one of
    ``complete`` and ``fail`` is called at the end, and neither for a run that paused. What raises is noted on the result;
    the run goes on without its checkpoint.
    """

    async def save(self, entry: CheckpointEntry) -> None:
        """Append one entry; when it returns the entry survives a killed process."""

    async def complete(self) -> None:
        """The run ended well; its journal is no longer needed."""

    async def fail(self, error: BaseException) -> None:
        """The run ended for good without success; it must not be resumed."""


class CheckpointerFactory(Protocol):
    """Decides which runs are durable."""

    async def begin(self, info: RunInfo) -> Checkpointer | None:
        """Open the journal of a run, or give None: then the run pays nothing."""
        ...

    async def interrupted(self) -> Sequence[InterruptedRun]:
        """List the runs that were begun and neither completed nor failed, oldest first."""
        ...
