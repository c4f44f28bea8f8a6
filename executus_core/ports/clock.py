"""The clock port: time, waiting, randomness and ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Alarm(Protocol):
    """A callback that waits for its time."""

    def cancel(self) -> None:
        """Forget it; does nothing when it has rung."""


class Clock(Protocol):
    """Where a run gets its time from, so that tests of time never sleep.

    Contract: nothing here raises or blocks. ``monotonic`` never goes back, and only ``monotonic`` is used for deadlines.
    """

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        ...

    def time(self) -> float:
        """Seconds since the epoch, as a person's clock shows them."""
        ...

    def call_at(self, when: float, callback: Callable[[], None]) -> Alarm:
        """Call back in the running event loop once ``monotonic()`` has reached ``when``; at once if it is past."""
        ...

    async def sleep(self, seconds: float, /) -> None:
        """Wait."""

    def random(self) -> float:
        """Draw a number of at least 0 and below 1, each alike likely; for spreading things, not for secrets."""
        ...

    def new_id(self) -> str:
        """Make a fresh id that sorts by time: a UUIDv7 (RFC 9562)."""
        ...
