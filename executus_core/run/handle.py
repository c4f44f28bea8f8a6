"""The handle of a run that goes on beside its caller."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Generic

from executus_core.errors import RunCancelledError
from executus_core.record.result import OutputT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

    from executus_core.record.events import RunEvent
    from executus_core.record.result import Result
    from executus_core.run.session import Session


class Run(Generic[OutputT]):
    """A run that was started: cancel it, watch its events, await its result.

    ``await run`` gives the ``Result`` and never raises for the run's own end; cancelling the waiter does not cancel the run.
    ``async for event in run`` gives each event once, from the first, and ends after ``RunFinished``.
    """

    def __init__(self, session: Session) -> None:
        """Make the handle of a session that is about to be driven."""
        self._session = session
        self._events: deque[RunEvent] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._task: asyncio.Task[Result[OutputT]] | None = None
        session.push = self._push

    def __repr__(self) -> str:
        """Show the id and whether it is done."""
        return f"<Run {self.run_id} {'done' if self.done() else 'running'}>"

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._session.run_id

    def done(self) -> bool:
        """Tell whether the run has ended and is settled."""
        return self._task is not None and self._task.done()

    def cancel(self, reason: str = "cancelled by the caller") -> None:
        """Ask the run to stop; it is settled and ends as ``cancelled``. Does nothing once it has ended."""
        self._session.stop.stop(RunCancelledError(reason))

    def begin(self, task: asyncio.Task[Result[OutputT]]) -> None:
        """Take the task that drives the run."""
        self._task = task
        task.add_done_callback(self._wake)
        task.add_done_callback(self._let_go)

    def __await__(self) -> Generator[object, None, Result[OutputT]]:
        """Wait for the result."""
        assert self._task is not None  # noqa: S101 - the caller looked
        return asyncio.shield(self._task).__await__()

    async def __aiter__(self) -> AsyncIterator[RunEvent]:
        """Watch the events."""
        events = self._events
        while True:
            while events:
                yield events.popleft()
            if self.done():
                return
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    def _push(self, event: RunEvent) -> None:
        self._events.append(event)
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _let_go(self, _task: object) -> None:
        """Let the host forget the run, also one whose task was cancelled before it began."""
        self._session.host.forget(self._session.stop)

    def _wake(self, _task: object) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
