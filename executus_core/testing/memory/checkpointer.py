"""Journals of durable runs that last as long as the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import define, field

from executus_core.record.checkpoint import InterruptedRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.record.checkpoint import CheckpointEntry
    from executus_core.record.run import RunInfo

__all__ = ["MemoryCheckpoints", "MemoryJournal"]


@define(eq=False)
class MemoryJournal:
    """The journal of one run.

    Attributes:
        info: What the run started with.
        entries: What was saved, oldest first.
        state: Whether the run may be resumed ("open") or how it ended.
        error: Why it failed for good.
    """

    info: RunInfo
    entries: list[CheckpointEntry] = field(factory=list["CheckpointEntry"])
    state: Literal["open", "completed", "failed"] = "open"
    error: BaseException | None = None

    async def save(self, entry: CheckpointEntry) -> None:
        """Append an entry."""
        self._must_be_open("save")
        self.entries.append(entry)

    async def complete(self) -> None:
        """Close the journal of a run that ended well."""
        self._must_be_open("complete")
        self.state = "completed"

    async def fail(self, error: BaseException) -> None:
        """Close the journal of a run that failed for good."""
        self._must_be_open("fail")
        self.state = "failed"
        self.error = error

    def _must_be_open(self, what: str) -> None:
        if self.state != "open":
            raise RuntimeError(
                f"{what}() on the journal of run '{self.info.run_id}', which is {self.state} already"
            )


class MemoryCheckpoints:
    """Makes runs durable within the process: those whose agent asks for it, or all.

    Attributes:
        journals: The journals by run id, in the order in which the runs began.
    """

    def __init__(self, *, every_run: bool = False) -> None:
        """Start with no journals.

        Args:
            every_run: Whether to keep a journal also of runs whose agent is not durable.
        """
        self.journals: dict[str, MemoryJournal] = {}
        self._every_run = every_run

    async def begin(self, info: RunInfo) -> MemoryJournal | None:
        """Open the journal of a run; the one that is there already when the run is resumed."""
        if not (info.durable or self._every_run):
            return None
        journal = self.journals.get(info.run_id)
        if journal is None or journal.state != "open":
            journal = self.journals[info.run_id] = MemoryJournal(info)
        return journal

    async def interrupted(self) -> Sequence[InterruptedRun]:
        """List the runs whose journal is open."""
        return [
            InterruptedRun(journal.info, tuple(journal.entries))
            for journal in self.journals.values()
            if journal.state == "open"
        ]
