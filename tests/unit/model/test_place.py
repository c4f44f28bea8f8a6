"""Places that all runs share: never more at a time, first come, first served, and nothing lost by a cancellation."""

from __future__ import annotations

import asyncio

from executus_core.model.place import Place


async def hold(place: Place, name: int, log: list[int], done: asyncio.Event) -> None:
    async with place:
        log.append(name)
        await done.wait()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_no_more_than_so_many_have_a_place_and_the_first_comes_next() -> None:
    place, log = Place(2), list[int]()
    ends = [asyncio.Event() for _ in range(5)]
    tasks = [asyncio.create_task(hold(place, name, log, end)) for name, end in enumerate(ends)]
    await settled()
    assert log == [0, 1]

    ends[1].set()
    await settled()
    assert log == [0, 1, 2]

    for end in ends:
        end.set()
    await asyncio.gather(*tasks)
    assert log == [0, 1, 2, 3, 4]


async def test_whoever_is_cancelled_while_it_waits_or_holds_leaks_no_place() -> None:
    place, log, end = Place(1), list[int](), asyncio.Event()
    tasks = [asyncio.create_task(hold(place, name, log, end)) for name in range(4)]
    await settled()

    tasks[1].cancel()
    await settled()
    tasks[0].cancel()
    await settled()
    assert log == [0, 2]

    end.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert log == [0, 2, 3]


def test_event_loops_may_come_one_after_the_other() -> None:
    """Also when the first was left while somebody held a place."""
    place = Place(1)

    async def contend() -> list[int]:
        log, end = list[int](), asyncio.Event()
        tasks = [asyncio.create_task(hold(place, name, log, end)) for name in range(2)]
        await settled()
        if log == [0]:
            tasks[1].cancel()
        return log

    assert asyncio.run(contend()) == [0]
    assert asyncio.run(contend()) == [0]
