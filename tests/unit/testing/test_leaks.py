"""Tasks and threads that are left behind are found and named."""

from __future__ import annotations

import asyncio
import threading

import pytest

from executus_core.testing import no_leaks


async def test_a_block_that_tidies_up_passes() -> None:
    """Tasks that ended, and those that were there before, are no leaks."""
    before = asyncio.create_task(asyncio.sleep(60))

    async with no_leaks():
        task = asyncio.create_task(asyncio.sleep(60))
        task.cancel()
        await asyncio.to_thread(int)

    before.cancel()


async def test_a_task_that_is_left_is_named_with_its_place() -> None:
    """The message says which coroutine waits where."""
    task = None

    async def forgotten() -> None:
        await asyncio.Event().wait()

    with pytest.raises(
        AssertionError, match=r"left behind: task 'the one' \(.*forgotten at .*test_leaks.py:\d+\)"
    ):
        async with no_leaks():
            task = asyncio.create_task(forgotten(), name="the one")

    task.cancel()


async def test_a_thread_that_is_left_is_named() -> None:
    """A thread that keeps the process alive is a leak; a daemon is a decision."""
    go = threading.Event()
    threads = [
        threading.Thread(target=go.wait, name=f"worker-{daemon}", daemon=daemon) for daemon in (True, False)
    ]

    async def leak() -> None:
        async with no_leaks(patience_s=0.01):
            for thread in threads:
                thread.start()

    with pytest.raises(AssertionError, match=r"left behind: thread 'worker-False'$"):
        await leak()

    go.set()
    for thread in threads:
        thread.join()


async def test_a_thread_that_is_about_to_end_is_waited_for() -> None:
    """Ending takes a moment."""
    go = threading.Event()

    async with no_leaks():
        thread = threading.Thread(target=go.wait)
        thread.start()
        go.set()

    assert not thread.is_alive()
