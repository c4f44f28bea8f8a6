"""The audit port: what happened in a run, for later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.exchange import Response
    from executus_core.llm.json import JsonValue
    from executus_core.llm.message import Message, ToolCall
    from executus_core.record.run import RunInfo, RunStats, RunTally


class RunRecorder(Protocol):
    """Records one run.

    Contract: the plain methods are on the hot path: they return at once, do no I/O, and never raise. They are called from
    the run's event loop, in the order in which things happened, never two at a time for one run; many runs record
    concurrently. They keep references, not copies: nobody changes a message or a response once it is made. ``close`` is
    called exactly once, whatever happened, and when it returns the record is complete and safe. A recorder that breaks
    its promise is noted on the result and not called again for that run.
    """

    @property
    def tally(self) -> RunTally:
        """Live counts of what was recorded, for whoever watches the run."""
        ...

    def on_step(self, index: int, response: Response) -> None:
        """Record a model response; ``index`` counts from 1 and only grows."""

    def on_tool(self, call: ToolCall, result: Message, duration: float) -> None:
        """Record a finished tool call, also a refused one; ``duration`` in seconds. Called in call order within a step."""

    def log_event(self, type: str, payload: Mapping[str, JsonValue]) -> None:  # noqa: A002 - the contract's word
        """Record anything else; ``type`` is a dotted lower-case word such as "run.input"."""

    def log_error(self, message: str) -> None:
        """Record that something failed, in words."""

    async def close(self, stats: RunStats) -> None:
        """Record how the run ended and make the record safe; bounded by the run's cleanup time."""


class Audit(Protocol):
    """Keeps what happened in runs. Several may be installed: each records.

    Contract: ``start_run`` is called before the budget gate, so refused runs are recorded too. A failure in it is noted on
    the result and the run goes on without this audit.
    """

    async def start_run(self, info: RunInfo) -> RunRecorder | None:
        """Open the record of a run, or give None to skip this run."""
        ...
