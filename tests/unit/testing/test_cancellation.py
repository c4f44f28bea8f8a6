"""Something can be cancelled at every point where it waits, in its own task and in those that it starts."""

from __future__ import annotations

import asyncio

import pytest

from executus_core.testing import FakeClock, cancel_at_each, count_suspensions, no_leaks


async def test_only_real_waits_are_counted() -> None:
    """An await that goes through without giving way is no suspension."""

    async def at_once() -> None:
        return None

    async def work() -> None:
        await at_once()
        await asyncio.sleep(0)
        await at_once()
        await asyncio.sleep(0)

    assert await count_suspensions(at_once) == 0
    assert await count_suspensions(work) == 2


async def test_waits_of_tasks_that_it_starts_are_counted() -> None:
    """Two children that wait once each, and their parent that waits for both."""

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(2):
                tasks.create_task(asyncio.sleep(0))

    assert await count_suspensions(work) == 3


async def test_each_wait_is_cancelled_once() -> None:
    """What runs after a cancellation is part of the run, and is cancelled at its own turn."""
    reached: list[str] = []

    async def work() -> str:
        try:
            await asyncio.sleep(0)
            reached.append("between")
            await asyncio.sleep(0)
        finally:
            reached.append("tidied")
        return "done"

    ends = [end async for end in cancel_at_each(work)]

    assert [(end.number, type(end.error)) for end in ends] == [
        (1, asyncio.CancelledError),
        (2, asyncio.CancelledError),
    ]
    assert reached == ["tidied", "between", "tidied", "between", "tidied"]
    assert all(end.where.endswith("in work") and "test_cancellation.py:" in end.where for end in ends)


async def test_a_cancellation_in_a_child_hits_the_whole() -> None:
    """The root is cancelled while its child waits, and its children end with it."""

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(asyncio.sleep(0))
            tasks.create_task(asyncio.Event().wait()).cancel()

    async with no_leaks():
        ends = [end async for end in cancel_at_each(work)]

    assert {type(end.error) for end in ends} == {asyncio.CancelledError}


async def test_who_swallows_a_cancellation_is_seen() -> None:
    """The result is given in place of an error."""

    async def stubborn() -> str:
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            return "went on"
        return "done"

    (end,) = [end async for end in cancel_at_each(stubborn)]

    assert (end.result, end.error) == ("went on", None)


async def test_who_replaces_a_cancellation_is_seen() -> None:
    """The error is the one that was raised."""

    async def careless() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            raise ValueError("in the way")

    (end,) = [end async for end in cancel_at_each(careless)]

    assert isinstance(end.error, ValueError)


async def test_a_fake_clock_can_drive_it(fake_clock: FakeClock) -> None:
    """Waits on a clock are cancelled too, and what drives is not counted."""

    async def work() -> None:
        await fake_clock.sleep(5)
        await fake_clock.sleep(5)

    assert await count_suspensions(work, drive=fake_clock.run_until) == 2
    assert len([end async for end in cancel_at_each(work, drive=fake_clock.run_until)]) == 2
    assert fake_clock.pending == 0


async def test_an_endless_one_is_given_up() -> None:
    """A limit keeps a sweep from running for ever."""

    async def endless() -> None:
        while True:  # noqa: ASYNC110 - it waits for nothing
            await asyncio.sleep(0)

    with pytest.raises(AssertionError, match="still not at its end after 5"):
        _ = [end async for end in cancel_at_each(endless, limit=5)]


async def test_the_loops_own_way_of_making_tasks_comes_back() -> None:
    """Counting leaves no trace in the event loop, and goes through a factory that was there."""
    loop = asyncio.get_running_loop()
    made: list[object] = []

    def factory(
        loop: asyncio.AbstractEventLoop, coroutine: object, **options: object
    ) -> asyncio.Task[object]:
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **options)

    loop.set_task_factory(factory)
    try:
        assert await count_suspensions(lambda: asyncio.sleep(0)) == 1
        assert loop.get_task_factory() is factory
        assert made
    finally:
        loop.set_task_factory(None)
