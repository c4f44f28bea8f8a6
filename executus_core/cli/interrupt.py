"""Ctrl-C stops the run, not the program: the run is settled, and what there is gets printed."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import define

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType

_REASONS = {signal.SIGINT: "interrupted from the keyboard", signal.SIGTERM: "terminated"}


@define
class Received:
    """The signal that came, or None."""

    signal: signal.Signals | None = None


@contextmanager
def cancelled_by_signals(cancel: Callable[[str], None]) -> Generator[Received]:
    """Call ``cancel`` with a reason at the first SIGINT or SIGTERM; a second one ends the program as it always would.

    Python's own handlers are used, and not those of the event loop, which Windows lacks.
    """
    received = Received()
    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _REASONS}

    def handle(number: int, _frame: FrameType | None) -> None:
        received.signal = signal.Signals(number)
        restore()
        loop.call_soon_threadsafe(cancel, _REASONS[received.signal])

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in _REASONS:
        signal.signal(number, handle)
    try:
        yield received
    finally:
        restore()
