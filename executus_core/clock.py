"""The system's clock."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from typing import TYPE_CHECKING, Any, Final  # noqa: TID251 - what a coroutine yields is asyncio's affair

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CoroutineType

    from executus_core.ports.clock import Alarm


class SystemClock:
    """The clock of the machine and of the running event loop."""

    monotonic: staticmethod[[], float] = staticmethod(time.monotonic)
    time: staticmethod[[], float] = staticmethod(time.time)
    random: staticmethod[[], float] = staticmethod(random.random)
    sleep: staticmethod[[float], CoroutineType[Any, Any, None]] = staticmethod(asyncio.sleep)  # type: ignore[arg-type]  # mypy does not know coroutine types

    def __init__(self) -> None:
        """Start a series of ids."""
        self._until = 0.0
        self._head = ""
        self._low = 0

    def call_at(self, when: float, callback: Callable[[], None]) -> Alarm:
        """Call back in the running event loop once ``monotonic()`` has reached ``when``."""
        loop = asyncio.get_running_loop()
        # The loop's clock need not be ours (a test loop, uvloop), so hand over a distance and not a moment.
        return loop.call_later(max(0.0, when - time.monotonic()), callback)

    def new_id(self) -> str:
        """Make a UUIDv7 (RFC 9562, section 5.7).

        Within one millisecond the last 48 bits count up from a random start (section 6.2, method 2), so that ids sort in the
        order in which they were made and making one costs no system call. A clock that goes back keeps the last millisecond.
        """
        if time.time() >= self._until:
            self._begin_millisecond()
        self._low += 1
        return f"{self._head}{self._low:012x}"

    def _begin_millisecond(self) -> None:
        millisecond = int(time.time() * 1000)
        stamp = f"{millisecond:012x}"
        tail = secrets.randbits(26)
        self._head = f"{stamp[:8]}-{stamp[8:]}-7{tail >> 14:03x}-{0x8000 | (tail & 0x3FFF):04x}-"
        self._low = secrets.randbits(47)
        self._until = (millisecond + 1) / 1000


SYSTEM_CLOCK: Final = SystemClock()
