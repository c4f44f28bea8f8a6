"""Records one run. What is called on the hot path appends a reference and returns."""

from __future__ import annotations

from functools import partial
from time import time
from typing import TYPE_CHECKING

from executus_core.record.run import RunTally, Step

from executus_audit_sqlite.encode import error_event, logged_event, step_event, tool_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm import JsonValue, Message, Response, ToolCall
    from executus_core.ports import RunInfo, RunStats

    from executus_audit_sqlite.writer import Writer


class SqliteRecorder:
    """The record of one run, kept here until the writer has saved it.

    Attributes:
        info: What the run started with.
        started_at_s: Seconds since the epoch when it started.
        tally: Live counts.
        events: What happened and is not saved yet, oldest first. Each gives its JSON when it is called, which the writer does.
        stats: How the run ended; None while it goes on.
        known: Whether the database knows of the run.
    """

    __slots__ = ("_flush_events", "_step", "_writer", "events", "info", "known", "started_at_s", "stats", "tally")

    def __init__(self, info: RunInfo, writer: Writer, flush_events: int) -> None:
        """Start with nothing recorded."""
        self.info = info
        self.started_at_s = info.started_at.timestamp() if info.started_at else time()
        self.tally = RunTally()
        self.events: list[partial[dict[str, object]]] = []
        self.stats: RunStats | None = None
        self.known = False
        self._step = 0
        self._writer = writer
        self._flush_events = flush_events

    def on_step(self, index: int, response: Response) -> None:
        """Record a model response."""
        self._step = index
        self.tally.usages.append(response.usage)
        self.events.append(partial(step_event, time(), index, response))
        if len(self.events) >= self._flush_events:
            self._writer.flush_soon(self)

    def on_tool(self, call: ToolCall, result: Message, duration: float) -> None:
        """Record a finished tool call."""
        step = Step(self._step, call, result, result.is_error, duration)
        self.tally.calls.append(step)
        self.events.append(partial(tool_event, time(), step))

    def log_event(self, type: str, payload: Mapping[str, JsonValue]) -> None:  # noqa: A002 - the port's word
        """Record anything else."""
        self.events.append(partial(logged_event, time(), type, payload))

    def log_error(self, message: str) -> None:
        """Record that something failed, and save it soon: a run that fails may take its process along."""
        self.events.append(partial(error_event, time(), message))
        self._writer.flush_soon(self)

    async def close(self, stats: RunStats) -> None:
        """Record how the run ended, and wait until all of it is safe.

        Raises:
            AuditDatabaseError: It is not, and why.
        """
        self.stats = stats
        await self._writer.finish(self)
