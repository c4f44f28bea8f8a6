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
_NUDGES: Final = 50


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
        self._handled = threading.Event()

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
            with _insisting(self._handled):
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
        self._handled.set()
        if received is signal.SIGINT and self._cancel is not None:
            cancel, self._cancel = self._cancel, None
            cancel(INTERRUPTED)
        elif self._raises:
            self._raises = False  # once: what is unwound is not interrupted again
            _raise(received)
        else:
            self._pending = received


@contextmanager
def _insisting(handled: threading.Event) -> Generator[None]:
    """See to it that a signal is handled at once also while a line is read.

    Python handles a signal on its way, and none while readline waits. One that comes during the wait ends it; one that comes
    just before it would be handled at the next key. A second, harmless signal ends that wait too.

    Args:
        handled: Set whenever a signal was handled.
    """
    if not hasattr(signal, "pthread_kill"):  # Windows
        yield
        return
    ours, wakeup = socket.socketpair()
    wakeup.settimeout(0.0)
    main = threading.get_ident()
    over = threading.Event()

    def insist() -> None:
        while came := ours.recv(1):
            if came[0] == signal.SIGURG:
                continue
            for _ in range(_NUDGES):
                if handled.wait(_PATIENCE_S) or over.is_set():
                    break
                signal.pthread_kill(main, signal.SIGURG)
            handled.clear()

    thread = threading.Thread(target=insist, name="executus-chat-signals", daemon=True)
    before = signal.signal(signal.SIGURG, lambda _number, _frame: None)
    wakeup_before = signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup_before)
        over.set()
        handled.set()
        wakeup.close()
        thread.join()
        ours.close()
        signal.signal(signal.SIGURG, before)


def _raise(number: signal.Signals) -> None:
    if number is signal.SIGTERM:
        raise Terminated
    raise KeyboardInterrupt
