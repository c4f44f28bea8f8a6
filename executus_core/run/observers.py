"""Observers, plain and async, beside the run."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from typing import TYPE_CHECKING, cast

from attrs import define, field

from executus_core.waiting import is_abandoned, see_through

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from executus_core.ports.clock import Clock
    from executus_core.ports.observer import Observer
    from executus_core.record.events import RunEvent
    from executus_core.record.result import Result
    from executus_core.record.run import RunInfo
    from executus_core.run.guard import Guard

MAX_FAILURES_IN_A_ROW = 5
logger: logging.Logger = logging.getLogger("executus")


@define(eq=False)
class HostObserver:
    """An observer as the whole host knows it.

    Attributes:
        observer: The provider.
        name: Its plugin's name.
        failures: How often it failed in a row.
    """

    observer: Observer
    name: str
    failures: int = 0

    @property
    def is_silenced(self) -> bool:
        """Whether it failed too often to be called again."""
        return self.failures >= MAX_FAILURES_IN_A_ROW

    def succeeded(self) -> None:
        """Begin to count anew."""
        self.failures = 0

    def failed(self, guard: Guard, error: BaseException) -> None:
        """Count and note a failure."""
        self.failures += 1
        guard.note("observer", self.name, error)
        if self.is_silenced:
            logger.error(
                "observer %s failed %d times in a row and is no longer called", self.name, self.failures
            )


@define(eq=False)
class RunObserver:
    """An observer of one run. What it returns to be awaited is awaited beside the run, in order."""

    host: HostObserver
    run: RunInfo
    guard: Guard
    _waiting: deque[Awaitable[None]] = field(factory=cast("type[deque[Awaitable[None]]]", deque))
    _pump: asyncio.Task[None] | None = None

    def on_start(self) -> None:
        """Tell it that the run begins."""
        self._tell("on_run_start", self.run)

    def on_event(self, event: RunEvent) -> None:
        """Tell it what happened."""
        self._tell("on_event", self.run, event)

    def on_end(self, result: Result[object]) -> None:
        """Tell it how the run ended."""
        self._tell("on_run_end", self.run, result)

    async def finish(self, clock: Clock, seconds: float) -> asyncio.CancelledError | None:
        """Let it finish what it awaits, at most so long.

        Returns:
            The cancellation of the caller that came meanwhile, if one did.
        """
        if self._pump is None:
            return None
        is_done, interruption = await see_through(clock, [self._pump], seconds)
        if not is_done:
            self._pump.cancel()
            _, again = await see_through(clock, [self._pump], 1.0)
            interruption = again or interruption
            self.host.failed(
                self.guard, TimeoutError(f"it did not keep up within {seconds:g} s after the run")
            )
        self._forget_waiting()
        return interruption

    def _forget_waiting(self) -> None:
        """Close what will not be awaited any more."""
        for pending in self._waiting:
            if isinstance(pending, Coroutine):
                pending.close()
        self._waiting.clear()

    def _tell(self, method: str, *args: object) -> None:
        if self.host.is_silenced:
            return
        try:
            pending = getattr(self.host.observer, method)(*args)
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            self.host.failed(self.guard, error)
            return
        if pending is None or not hasattr(pending, "__await__"):
            self.host.succeeded()
            return
        self._waiting.append(pending)
        if self._pump is None or self._pump.done():
            self._pump = asyncio.get_running_loop().create_task(self._run_pump())

    async def _run_pump(self) -> None:
        task = asyncio.current_task()
        while self._waiting:
            try:
                await self._waiting.popleft()
            except BaseException as error:
                is_stopped = (
                    isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling()
                )
                if is_stopped or (isinstance(error, GeneratorExit) and is_abandoned()):
                    self._forget_waiting()
                    raise
                self.host.failed(self.guard, error)
            else:
                self.host.succeeded()
