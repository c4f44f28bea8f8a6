"""What must not be left behind: tasks and threads."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection

__all__ = ["no_leaks"]

_TURNS = 50
"""Turns of the event loop that a cancelled task gets to end in."""


@asynccontextmanager
async def no_leaks(*, patience_s: float = 1.0) -> AsyncGenerator[None]:
    """Check that the block leaves no task and no thread that keeps the process alive.

    Args:
        patience_s: Real seconds for a thread that is about to end; only a thread that is left costs them.

    Raises:
        AssertionError: Naming every task, with where it waits, and every thread.
    """
    tasks = asyncio.all_tasks()
    threads = set(threading.enumerate())
    yield
    left = [
        *(f"task {_describe(task)}" for task in await _tasks_left(tasks)),
        *(f"thread '{thread.name}'" for thread in _threads_left(threads, patience_s)),
    ]
    if left:
        raise AssertionError("left behind: " + "; ".join(left))


async def _tasks_left(before: Collection[asyncio.Task[object]]) -> list[asyncio.Task[object]]:
    # Set-up and end of a fixture run in tasks of their own: whoever asks is no leak.
    known = {*before, asyncio.current_task()}
    left: list[asyncio.Task[object]] = []
    for _ in range(_TURNS):
        left = [task for task in asyncio.all_tasks() if task not in known and not task.done()]
        if not left:
            break
        await asyncio.sleep(0)
    return left


def _threads_left(before: Collection[threading.Thread], patience_s: float) -> list[threading.Thread]:
    # A daemon thread is somebody's decision to let it go: a tool that hangs can't be stopped. The workers of
    # `asyncio.to_thread` belong to the event loop, which ends them when it closes.
    new = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not thread.daemon and not thread.name.startswith("asyncio_")
    ]
    for thread in new:
        thread.join(patience_s)
    return [thread for thread in new if thread.is_alive()]


def _describe(task: asyncio.Task[object]) -> str:
    stack = task.get_stack(limit=1)
    where = f" at {stack[0].f_code.co_filename}:{stack[0].f_lineno}" if stack else ""
    return f"'{task.get_name()}' ({getattr(task.get_coro(), '__qualname__', task.get_coro())}{where})"
