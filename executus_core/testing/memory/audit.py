"""An audit that keeps its records in memory, for tests to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from attrs import define, field

from executus_core.record.run import RunTally, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from executus_core.llm.exchange import Response
    from executus_core.llm.json import JsonValue
    from executus_core.llm.message import Message, ToolCall
    from executus_core.record.run import RunInfo, RunStats

__all__ = ["MemoryAudit", "MemoryRecord", "RecordedError", "RecordedEvent", "RecordedStep"]


@define
class RecordedStep:
    """A model response as the recorder saw it."""

    index: int
    response: Response


@define
class RecordedEvent:
    """An event that is neither a step nor a tool call."""

    type: str
    payload: Mapping[str, JsonValue]


@define
class RecordedError:
    """Something that failed, in words."""

    message: str


Recorded: TypeAlias = "RecordedStep | Step | RecordedEvent | RecordedError"


@define(eq=False)
class MemoryRecord:
    """The record of one run: the recorder that the run writes to, and what a test reads.

    Attributes:
        info: What the run started with.
        entries: Everything, in the order in which it happened; a tool call as a ``Step``.
        tally: Live counts.
        stats: How the run ended; None until the record is closed.
        times_closed: How often it was closed: once, if the run keeps its contract.
    """

    info: RunInfo
    entries: list[Recorded] = field(factory=list["Recorded"], repr=False)
    tally: RunTally = field(factory=RunTally)
    stats: RunStats | None = None
    times_closed: int = 0

    @property
    def steps(self) -> list[RecordedStep]:
        """The model responses."""
        return [entry for entry in self.entries if isinstance(entry, RecordedStep)]

    @property
    def tools(self) -> list[Step]:
        """The tool calls."""
        return self.tally.calls

    @property
    def events(self) -> list[RecordedEvent]:
        """The other events."""
        return [entry for entry in self.entries if isinstance(entry, RecordedEvent)]

    @property
    def errors(self) -> list[str]:
        """The messages of what failed."""
        return [entry.message for entry in self.entries if isinstance(entry, RecordedError)]

    @property
    def closed(self) -> bool:
        """Whether the record is complete."""
        return self.times_closed > 0

    def on_step(self, index: int, response: Response) -> None:
        """Keep a model response."""
        self.tally.usages.append(response.usage)
        self.entries.append(RecordedStep(index, response))

    def on_tool(self, call: ToolCall, result: Message, duration: float) -> None:
        """Keep a finished tool call."""
        step = Step(self.tally.steps, call, result, result.is_error, duration)
        self.tally.calls.append(step)
        self.entries.append(step)

    def log_event(self, type: str, payload: Mapping[str, JsonValue]) -> None:  # noqa: A002 - the port's word
        """Keep an event."""
        self.entries.append(RecordedEvent(type, payload))

    def log_error(self, message: str) -> None:
        """Keep what failed."""
        self.entries.append(RecordedError(message))

    async def close(self, stats: RunStats) -> None:
        """Keep how the run ended."""
        self.stats = stats
        self.times_closed += 1


class MemoryAudit:
    """Records every run, or those that a predicate picks.

    Attributes:
        records: The records by run id, in the order in which the runs started.
    """

    def __init__(self, *, only: Callable[[RunInfo], bool] | None = None) -> None:
        """Start with no records.

        Args:
            only: Which runs to record; all when not given.
        """
        self.records: dict[str, MemoryRecord] = {}
        self._only = only

    async def start_run(self, info: RunInfo) -> MemoryRecord | None:
        """Open the record of a run."""
        if self._only is not None and not self._only(info):
            return None
        record = self.records[info.run_id] = MemoryRecord(info)
        return record
