"""Ctrl-C and SIGTERM while a chat goes on: what they do depends on what the program is waiting for."""

from __future__ import annotations

import signal
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType

INTERRUPTED: Final = "interrupted from the keyboard"
_PATIENCE_S: Final = 0.1


class Terminated(BaseException):
    """SIGTERM came: settle, and leave."""


class Signals:
    """Raises while the program waits for a person, and stops the answer while one is written.

    Between the two nothing is raised: what comes there waits for the next wait, so that no state is left half changed.
    """

    def __init__(self) -> None:
        """Begin without a signal."""
        self._raises = False
        self._cancel: Callable[[str], object] | None = None
        self._pending: signal.Signals | None = None
        self._seen = threading.Event()

    @contextmanager
    def installed(self) -> Generator[None]:
        """Handle SIGINT and SIGTERM; off the main thread, where Python allows no handlers, do nothing."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for number in before:
            signal.signal(number, self._handle)
        try:
            with _insisting(self._seen):
                yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def raising(self) -> Generator[None]:
        """While waiting: Ctrl-C is ``KeyboardInterrupt``, SIGTERM is ``Terminated``.

        Raises:
            KeyboardInterrupt: Ctrl-C came, now or since the last wait.
            Terminated: SIGTERM came, now or since the last wait.
        """
        self._raises = True
        try:
            if self._pending is not None:
                number, self._pending = self._pending, None
                _raise(number)
            yield
        finally:
            self._raises = False

    @contextmanager
    def stopping(self, cancel: Callable[[str], object]) -> Generator[None]:
        """While an answer is written: the first Ctrl-C cancels it; a second one, and SIGTERM, raise.

        Args:
            cancel: Told why; may be called from any thread.
        """
        if self._pending is signal.SIGINT:
            self._pending = None
            cancel(INTERRUPTED)
        else:
            self._cancel = cancel
        try:
            with self.raising():
                yield
        finally:
            self._cancel = None

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        received = signal.Signals(number)
        if received is signal.SIGTERM:
            self._seen.set()
        if received is signal.SIGINT and self._cancel is not None:
            cancel, self._cancel = self._cancel, None
            cancel(INTERRUPTED)
        elif self._raises:
            self._raises = False  # once: what is unwound is not interrupted again
            _raise(received)
        else:
            self._pending = received


@contextmanager
def _insisting(seen: threading.Event) -> Generator[None]:
    """Send SIGTERM once more where it was lost: Python learns of one that comes just before a line is read at the next key.

    Args:
        seen: Set once SIGTERM was handled.
    """
    if not hasattr(signal, "pthread_kill"):  # Windows
        yield
        return
    ours, signals = socket.socketpair()
    signals.settimeout(0.0)
    main = threading.get_ident()

    def insist() -> None:
        while came := ours.recv(1):
            while came[0] == signal.SIGTERM and not seen.wait(_PATIENCE_S):
                signal.pthread_kill(main, signal.SIGTERM)

    thread = threading.Thread(target=insist, name="executus-chat-signals", daemon=True)
    before = signal.set_wakeup_fd(signals.fileno(), warn_on_full_buffer=False)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        seen.set()
        signals.close()
        thread.join()
        ours.close()


def _raise(number: signal.Signals) -> None:
    if number is signal.SIGTERM:
        raise Terminated
    raise KeyboardInterrupt
