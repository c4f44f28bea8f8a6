"""The observer port: what the observation hooks of plugins are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from executus_core.record.events import RunEvent
    from executus_core.record.result import Result
    from executus_core.record.run import RunInfo


class Observer(Protocol):
    """Is told how runs go. Several may be installed.

    Contract: each method may be plain or a coroutine function. A plain one returns at once. A coroutine is awaited beside
    the run, in order, and given the run's cleanup time to finish. What it raises is logged with its name; after five
    failures in a row it is no longer called by that host.
    """

    def on_run_start(self, run: RunInfo) -> Awaitable[None] | None:
        """A run begins."""

    def on_event(self, run: RunInfo, event: RunEvent) -> Awaitable[None] | None:
        """Something happened in a run."""

    def on_run_end(self, run: RunInfo, result: Result[object]) -> Awaitable[None] | None:
        """A run has ended and is settled."""
