"""Records one run. What is called on the hot path appends a reference and returns."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

from executus_audit_sqlite.encode import end_event, error_event, logged_event, step_event, tool_event
from executus_audit_sqlite.pending import PendingRun
from executus_core.record.run import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_audit_sqlite.writer import Writer
    from executus_core.llm import JsonValue, Message, Response, ToolCall
    from executus_core.ports import RunInfo, RunStats


class SqliteRecorder(PendingRun):
    """The record of one run, as the run sees it."""

    __slots__ = ("_flush_events", "_step", "_writer")

    def __init__(self, info: RunInfo, writer: Writer, flush_events: int) -> None:
        """Note that the run begins."""
        super().__init__(info)
        self._step = 0
        self._writer = writer
        self._flush_events = flush_events

    def on_step(self, index: int, response: Response) -> None:
        """Record a model response."""
        self._step = index
        self.tally.usages.append(response.usage)
        self.events.append((step_event, time(), index, response))
        if len(self.events) >= self._flush_events:
            self._writer.flush_soon(self)

    def on_tool(self, call: ToolCall, result: Message, duration: float) -> None:
        """Record a finished tool call."""
        step = Step(self._step, call, result, result.is_error, duration)
        self.tally.calls.append(step)
        self.events.append((tool_event, time(), step))

    def log_event(self, type: str, payload: Mapping[str, JsonValue]) -> None:  # noqa: A002 - the port's word
        """Record anything else."""
        self.events.append((logged_event, time(), type, payload))

    def log_error(self, message: str) -> None:
        """Record that something failed, and save it soon: a run that fails may take its process along."""
        self.events.append((error_event, time(), message))
        self._writer.flush_soon(self)

    async def close(self, stats: RunStats) -> None:
        """Record how the run ended, and wait until all of it is safe.

        Raises:
            AuditDatabaseError: It is not, and why.
        """
        self.events.append((end_event, time(), stats))
        self.stats: RunStats | None = stats
        await self._writer.finish(self)
