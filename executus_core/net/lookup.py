"""Looking names up without end, for the price of a bounded number of threads.

The system's look-up blocks, and can't be called off. asyncio runs it on a few threads that everything shares, where a
handful of hung ones stop every other. Here they have threads of their own; whoever asks for a name that is being looked
up waits for the same answer, so one hung name holds one thread.
"""

from __future__ import annotations

import asyncio
import contextvars
import socket
import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeAlias

from executus_core.errors import HostUnreachableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Addresses: TypeAlias = "Sequence[str]"
Resolver: TypeAlias = "Callable[[str], Awaitable[Addresses]]"
"""Looks a name up; the texts that it returns are checked like any other answer."""

MAX_THREADS = 64


class Lookups:
    """The look-ups of a process.

    Args:
        ask: Looks one name up, blocking.
        most: Threads that may do so at one time; further names wait for one.
    """

    def __init__(self, ask: Callable[[str], Addresses], most: int = MAX_THREADS) -> None:
        self._ask = ask
        self._most = most
        self._lock = threading.Lock()
        self._waiters: dict[str, list[Future[Addresses]]] = {}
        self._queue: deque[str] = deque()
        self._threads = 0

    async def look_up(self, name: str) -> Addresses:
        """Return a name's addresses, as texts.

        Raises:
            HostUnreachableError: Nobody knows it.
        """
        answer: Future[Addresses] = Future()
        with self._lock:
            waiters = self._waiters.setdefault(name, [])
            waiters.append(answer)
            if len(waiters) == 1:
                self._queue.append(name)
                if self._threads < self._most:
                    self._threads += 1
                    # What is asked here is asked for this task: its context goes along.
                    work = contextvars.copy_context().run
                    threading.Thread(
                        target=work, args=(self._work,), name="executus-lookup", daemon=True
                    ).start()
        # Who is cancelled cancels only the own future.
        return await asyncio.wrap_future(answer)

    def _work(self) -> None:
        while (name := self._next()) is not None:
            try:
                addresses, error = self._ask(name), None
            except BaseException as raised:  # noqa: BLE001 - handed to those who wait
                addresses, error = (), _presentable(name, raised)
            with self._lock:
                waiters = self._waiters.pop(name)
            for answer in waiters:
                if not answer.set_running_or_notify_cancel():
                    continue
                if error is None:
                    answer.set_result(addresses)
                else:
                    answer.set_exception(error)

    def _next(self) -> str | None:
        """Take the next name for which somebody still waits, or None, and then the thread ends."""
        with self._lock:
            while self._queue:
                name = self._queue.popleft()
                if not all(answer.cancelled() for answer in self._waiters[name]):
                    return name
                del self._waiters[name]
            self._threads -= 1
            return None


def _presentable(name: str, error: BaseException) -> Exception:
    """Return what a future takes: with ``StopIteration`` in it nobody would ever be woken."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return HostUnreachableError(f"the look-up of '{name}' failed ({type(error).__name__}); try another host")


def ask_system(name: str) -> Addresses:
    """Ask the system for a name's addresses, in the order in which it would try them."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostUnreachableError(
            f"the host '{name}' can't be found ({getattr(error, 'strerror', None) or error}); check the spelling of its name"
        ) from error
    return list(dict.fromkeys(str(address[4][0]) for address in found))


_of_this_process = Lookups(ask_system)


async def look_up(name: str) -> Addresses:
    """Look a name up; all guarded clients of a process share the bounds.

    Raises:
        HostUnreachableError: It is not known, or the look-up failed.
    """
    return await _of_this_process.look_up(name)
