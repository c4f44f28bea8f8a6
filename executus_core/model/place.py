"""A number of places that all runs share, as at a model server that takes so many calls at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class Place:
    """``async with place:`` waits for a free place and takes it; who came first gets the next one.

    A waiter that is cancelled takes none. Each event loop has places of its own, so that loops may come one after the other.
    """

    def __init__(self, count: int) -> None:
        """Have so many places.

        Args:
            count: How many there are.
        """
        self.count = count
        self._free: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}

    async def __aenter__(self) -> None:
        """Wait for a place, and take it."""
        await self._of_this_loop().acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give the place to the next one."""
        self._of_this_loop().release()

    def _of_this_loop(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        free = self._free.get(loop)
        if free is None:
            self._free = {held: places for held, places in self._free.items() if not held.is_closed()}
            free = self._free[loop] = asyncio.Semaphore(self.count)
        return free
