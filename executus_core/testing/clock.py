"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
import random
import threading
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sized

    from executus_core.ports.clock import Alarm

__all__ = ["FakeClock", "NothingLeftToWaitForError"]

ResultT = TypeVar("ResultT")

_EPOCH_S = 1_767_225_600.0  # 2026-01-01T00:00:00Z
_ROUNDS = 10_000
"""Turns of the event loop to grant tasks that always have something to do, before time moves on nevertheless."""


class NothingLeftToWaitForError(AssertionError):
    """What a test drives waits for something that the clock can't bring."""


@define(order=True)
class _FakeAlarm:
    when: float
    number: int
    callback: Callable[[], None] | None = field(order=False)

    def cancel(self) -> None:
        """Forget it; does nothing when it has rung."""
        self.callback = None

    def ring(self) -> None:
        """Call back, unless somebody cancelled it or it has rung."""
        callback, self.callback = self.callback, None
        if callback is not None:
            callback()


class FakeClock:
    """A clock whose time moves only by ``advance`` and ``run_until``, so that tests of time never sleep.

    ``monotonic`` starts at 0, ``time`` at the start of 2026. Ids are valid UUIDv7; they and what ``random`` draws are the
    same in every run of the test.
    """

    def __init__(self, *, epoch_s: float = _EPOCH_S, patience_s: float = 0.1, seed: int = 0) -> None:
        """Stop the time.

        Args:
            epoch_s: What ``time`` shows at the start, in seconds since the epoch.
            patience_s: Real seconds to leave other threads for their work before ``run_until`` jumps; without other
                threads it never waits.
            seed: Which series of numbers ``random`` draws.
        """
        self._epoch_s = epoch_s
        self._patience_s = patience_s
        self._now = 0.0
        self._alarms: list[_FakeAlarm] = []
        self._alarms_set = 0
        self._ids_made = 0
        self._draw = random.Random(seed).random  # noqa: S311 - the same in every run of the test, on purpose

    def __repr__(self) -> str:
        """Show the time and who waits."""
        return f"<FakeClock at {self._now:g} s, {self.pending} pending>"

    @property
    def pending(self) -> int:
        """How many alarms and sleepers wait for their time."""
        return sum(alarm.callback is not None for alarm in self._alarms)

    def monotonic(self) -> float:
        """Seconds that the test has let pass."""
        return self._now

    def time(self) -> float:
        """Seconds since the epoch."""
        return self._epoch_s + self._now

    def call_at(self, when: float, callback: Callable[[], None]) -> Alarm:
        """Call back once the test has let time reach ``when``; in the loop's next turn if that is past."""
        if when <= self._now:
            return asyncio.get_running_loop().call_soon(callback)
        self._alarms_set += 1
        alarm = _FakeAlarm(when, self._alarms_set, callback)
        heapq.heappush(self._alarms, alarm)
        return alarm

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has let that many seconds pass."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        alarm = self.call_at(self._now + seconds, partial(_wake, woken))
        try:
            await woken
        finally:
            alarm.cancel()

    def random(self) -> float:
        """Draw the next number of this clock's series."""
        return self._draw()

    def new_id(self) -> str:
        """Make the next id: a UUIDv7 of this clock's time that counts up."""
        self._ids_made += 1
        stamp = f"{int(self.time() * 1000):012x}"
        return f"{stamp[:8]}-{stamp[8:]}-7000-8000-{self._ids_made:012x}"

    async def advance(self, seconds: float) -> None:
        """Let time pass: every alarm that falls due rings in its order, and all tasks run until they wait again.

        Args:
            seconds: How much; 0 only lets the tasks run.
        """
        end = self._now + seconds
        await _let_tasks_run()
        while (due := self._next_due()) is not None and due <= end:
            self._ring(due)
            await _let_tasks_run()
        self._now = max(self._now, end)
        await _let_tasks_run()

    async def run_until(self, awaitable: Awaitable[ResultT], *, limit_s: float = 86_400.0) -> ResultT:
        """Drive something to its end, jumping to the next alarm whenever all tasks wait.

        Meant for what lives in this process: real sockets and child processes have no place on a clock that jumps.

        Args:
            awaitable: What to wait for.
            limit_s: Most seconds of this clock to let pass.

        Returns:
            What it gave; what it raised is raised.

        Raises:
            NothingLeftToWaitForError: It waits, and no alarm is left that could wake it, or not within the limit.
        """
        task = asyncio.ensure_future(awaitable)
        end = self._now + limit_s
        try:
            while not await self._done_without_jump(task):
                due = self._next_due()
                if due is None or due > end:
                    left = (
                        "no alarm is set"
                        if due is None
                        else f"the next alarm is beyond the limit of {limit_s:g} s"
                    )
                    raise NothingLeftToWaitForError(f"still waiting at {self._now:g} s, but {left}: {task!r}")
                self._ring(due)
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await _let_tasks_run()

    async def _done_without_jump(self, task: asyncio.Future[ResultT]) -> bool:
        """Let everything happen that needs no time; other threads get some real time for their work."""
        await _let_tasks_run()
        patience = 50 if threading.active_count() > 1 else 0
        alarms_set = self._alarms_set
        while patience and not task.done() and alarms_set == self._alarms_set:
            await asyncio.sleep(self._patience_s / 50)
            patience -= 1
        await _let_tasks_run()
        return task.done()

    def _next_due(self) -> float | None:
        while self._alarms and self._alarms[0].callback is None:
            heapq.heappop(self._alarms)
        return self._alarms[0].when if self._alarms else None

    def _ring(self, due: float) -> None:
        alarm = heapq.heappop(self._alarms)
        self._now = max(self._now, due)
        # As a real loop does it, so that an alarm that raises ends up where it would in earnest.
        asyncio.get_running_loop().call_soon(alarm.ring)


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)


async def _let_tasks_run() -> None:
    """Give way until no task of this loop has anything left to do."""
    # Only the loop itself knows who is ready. One that does not tell gets a fixed number of turns.
    ready: Sized | None = getattr(asyncio.get_running_loop(), "_ready", None)
    for turn in range(_ROUNDS if ready is not None else 200):
        await asyncio.sleep(0)
        if ready is not None and turn and not len(ready):
            return
