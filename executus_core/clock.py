"""The system's clock."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.ports.clock import Alarm


class UuidV7:
    """Makes UUIDv7 ids (RFC 9562, section 5.7) that grow within a process.

    Within one millisecond the last 48 bits count up from a random start (section 6.2, method 2), so that ids sort in the
    order in which they were made and forming one costs no system call.
    """

    __slots__ = ("_head", "_low", "_millisecond")

    def __init__(self) -> None:
        """Start with no millisecond seen."""
        self._millisecond = -1
        self._head = ""
        self._low = 0

    def new(self, seconds: float) -> str:
        """Make an id for a moment in seconds since the epoch; a clock that goes back keeps the last millisecond."""
        millisecond = int(seconds * 1000)
        if millisecond > self._millisecond:
            self._millisecond = millisecond
            stamp = f"{millisecond:012x}"
            random = secrets.randbits(26)
            variant = 0x8000 | (random & 0x3FFF)
            self._head = f"{stamp[:8]}-{stamp[8:]}-7{random >> 14:03x}-{variant:04x}-"
            self._low = secrets.randbits(47)
        self._low += 1
        return f"{self._head}{self._low:012x}"


class SystemClock:
    """The clock of the machine and of the running event loop."""

    monotonic = staticmethod(time.monotonic)
    time = staticmethod(time.time)
    sleep = staticmethod(asyncio.sleep)

    def __init__(self) -> None:
        """Start a series of ids."""
        self._ids = UuidV7()

    def call_at(self, when: float, callback: Callable[[], None]) -> Alarm:
        """Call back in the running event loop once ``monotonic()`` has reached ``when``."""
        loop = asyncio.get_running_loop()
        # The loop's clock need not be ours (a test loop, uvloop), so hand over a distance and not a moment.
        return loop.call_later(max(0.0, when - time.monotonic()), callback)

    def new_id(self) -> str:
        """Make a UUIDv7."""
        return self._ids.new(time.time())


SYSTEM_CLOCK: Final = SystemClock()
