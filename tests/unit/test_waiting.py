"""Bounded waits: they end in time, and change nothing for what they bound."""

import asyncio

import pytest

from executus_core.testing import FakeClock
from executus_core.waiting import WaitedTooLongError, within


async def test_what_is_bounded_may_wait_more_than_once():
    """A coroutine that suspends several times goes on after each of them."""

    async def work() -> str:
        for _ in range(3):
            await asyncio.sleep(0)
        return "done"

    assert await within(FakeClock(), 1, work()) == "done"


async def test_what_takes_too_long_is_cancelled_and_says_so():
    """The time-out is an error of its own, and leaves the waiting task not cancelled."""
    clock = FakeClock()

    async def caller() -> int:
        with pytest.raises(WaitedTooLongError, match="within 2 s"):
            await within(clock, 2, asyncio.Event().wait())
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert await clock.run_until(caller()) == 0
    assert clock.monotonic() == 2
