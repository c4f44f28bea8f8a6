"""A fake clock moves only when it is told, and whatever waits on it moves along in order."""

from __future__ import annotations

import asyncio
import threading
import uuid

import pytest

from executus_core.testing import FakeClock, NothingLeftToWaitForError


async def test_time_stands_still_until_it_is_moved(fake_clock: FakeClock) -> None:
    """Both clocks move together, by exactly what was asked."""
    before = fake_clock.time()
    await asyncio.sleep(0)
    assert fake_clock.monotonic() == 0

    await fake_clock.advance(1.5)

    assert fake_clock.monotonic() == 1.5
    assert fake_clock.time() - before == 1.5


async def test_alarms_ring_in_the_order_of_their_time(fake_clock: FakeClock) -> None:
    """Each sees the time that it asked for; at the same time the one that was set first rings first."""
    rung: list[tuple[str, float]] = []
    for name, when in (("late", 3), ("early", 1), ("second", 1), ("never", 9)):
        fake_clock.call_at(when, lambda name=name: rung.append((name, fake_clock.monotonic())))

    await fake_clock.advance(5)

    assert rung == [("early", 1), ("second", 1), ("late", 3)]
    assert fake_clock.monotonic() == 5
    assert fake_clock.pending == 1


async def test_an_alarm_set_by_an_alarm_rings_in_the_same_advance(fake_clock: FakeClock) -> None:
    """Tasks run between alarms, so a chain of waits plays out."""
    ticks: list[float] = []

    async def tick() -> None:
        for _ in range(3):
            await fake_clock.sleep(2)
            ticks.append(fake_clock.monotonic())

    task = asyncio.create_task(tick())
    await fake_clock.advance(7)

    assert ticks == [2, 4, 6]
    assert task.done()


async def test_a_cancelled_alarm_does_not_ring(fake_clock: FakeClock) -> None:
    """Also when what cancels it falls due at the very same time."""
    rung: list[str] = []
    second = None
    fake_clock.call_at(1, lambda: second.cancel())  # noqa: PLW0108 - it is set below
    second = fake_clock.call_at(1, lambda: rung.append("second"))
    fake_clock.call_at(2, lambda: rung.append("third")).cancel()

    await fake_clock.advance(5)

    assert rung == []
    second.cancel()


async def test_an_alarm_of_the_past_rings_at_once_but_not_inside_of_the_call(fake_clock: FakeClock) -> None:
    """As with a real loop, who sets an alarm goes on first."""
    rung: list[str] = []
    await fake_clock.advance(5)

    fake_clock.call_at(3, lambda: rung.append("past"))
    fake_clock.call_at(3, lambda: rung.append("cancelled")).cancel()
    assert rung == []

    await fake_clock.advance(0)
    assert rung == ["past"]


async def test_a_sleeper_that_is_cancelled_leaves_no_alarm(fake_clock: FakeClock) -> None:
    """A time-out that hit something else does not keep the clock busy."""
    task = asyncio.create_task(fake_clock.sleep(60))
    await fake_clock.advance(1)
    assert fake_clock.pending == 1

    task.cancel()
    await fake_clock.advance(0)

    assert task.cancelled()
    assert fake_clock.pending == 0


@pytest.mark.parametrize("seconds", [0, -1])
async def test_a_sleep_of_nothing_gives_way_once(fake_clock: FakeClock, seconds: float) -> None:
    """It lets others run and needs no alarm."""
    others: list[int] = []
    asyncio.get_running_loop().call_soon(others.append, 1)

    await fake_clock.sleep(seconds)

    assert others == [1]


def test_ids_are_valid_grow_and_are_the_same_in_every_run() -> None:
    """An id is a UUIDv7 of the clock's time."""
    clock, again = FakeClock(), FakeClock()

    ids = [clock.new_id() for _ in range(100)]

    assert ids == sorted(set(ids)) == [again.new_id() for _ in range(100)]
    parsed = uuid.UUID(ids[0])
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == int(clock.time() * 1000)


async def test_later_ids_sort_after_earlier_ones(fake_clock: FakeClock) -> None:
    """Also over time."""
    first = fake_clock.new_id()
    await fake_clock.advance(3600)

    assert first < fake_clock.new_id()


async def test_run_until_jumps_over_every_wait(fake_clock: FakeClock) -> None:
    """A day of waiting takes no time of the test."""

    async def work() -> str:
        await fake_clock.sleep(3600)
        await asyncio.gather(fake_clock.sleep(60), fake_clock.sleep(30))
        return "done"

    assert await fake_clock.run_until(work()) == "done"
    assert fake_clock.monotonic() == 3660


async def test_run_until_moves_no_time_for_what_needs_none(fake_clock: FakeClock) -> None:
    """An alarm that waits for something else is not rung in passing."""
    fake_clock.call_at(5, lambda: pytest.fail("nobody waited for this"))

    async def work() -> str:
        for _ in range(100):
            await asyncio.sleep(0)
        return "done"

    assert await fake_clock.run_until(work()) == "done"
    assert fake_clock.monotonic() == 0


async def test_run_until_raises_what_was_raised(fake_clock: FakeClock) -> None:
    """An exception comes through as it is."""

    async def work() -> None:
        await fake_clock.sleep(1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await fake_clock.run_until(work())


async def test_run_until_says_when_nothing_can_wake_what_it_drives(fake_clock: FakeClock) -> None:
    """A deadlock fails the test instead of hanging it, and what was driven is cancelled."""
    task = asyncio.ensure_future(asyncio.Event().wait())

    with pytest.raises(NothingLeftToWaitForError, match="no alarm is set"):
        await fake_clock.run_until(task)

    assert task.cancelled()


async def test_run_until_ends_at_its_limit(fake_clock: FakeClock) -> None:
    """Something that ticks for ever is not driven for ever."""

    async def tick() -> None:
        while True:
            await fake_clock.sleep(1)

    with pytest.raises(NothingLeftToWaitForError, match="beyond the limit of 60 s"):
        await fake_clock.run_until(tick(), limit_s=60)

    assert fake_clock.monotonic() == 60


async def test_run_until_waits_for_a_thread_before_it_jumps() -> None:
    """A synchronous tool that is at work does not run into its time-out because the clock is fake."""
    clock = FakeClock(patience_s=5)
    go = threading.Event()
    asyncio.get_running_loop().call_later(0.01, go.set)

    async def work() -> str:
        async with asyncio.TaskGroup() as tasks:
            alarm = clock.call_at(10, lambda: pytest.fail("jumped while the thread was at work"))
            await tasks.create_task(asyncio.to_thread(go.wait))
            alarm.cancel()
        return "done"

    assert await clock.run_until(work()) == "done"


async def test_tasks_that_never_rest_do_not_stop_the_clock(fake_clock: FakeClock) -> None:
    """A task that spins is given many turns, and then time goes on."""

    async def spin() -> None:
        while fake_clock.monotonic() < 5:  # noqa: ASYNC110 - it spins on purpose
            await asyncio.sleep(0)

    task = asyncio.create_task(spin())

    await fake_clock.advance(5)

    assert task.done()


async def test_it_shows_the_time_and_who_waits(fake_clock: FakeClock) -> None:
    """Its repr is there to be read in a failed assertion."""
    fake_clock.call_at(7, lambda: None)

    await fake_clock.advance(5)

    assert repr(fake_clock) == "<FakeClock at 5 s, 1 pending>"
