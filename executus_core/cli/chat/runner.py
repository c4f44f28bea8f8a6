"""The executor of a chat on a thread of its own, so that what it keeps open lives on while a person thinks.

Python edits a line on the main thread only, and stands still meanwhile; the event loop must not.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Self, TypeVar

from executus_core.cli.start.setup import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType

    from executus_core.cli.chat.signals import Signals
    from executus_core.cli.person.terminal import Display
    from executus_core.cli.start.asked import Asked
    from executus_core.cli.start.setup import Ready
    from executus_core.record.agent import Agent
    from executus_core.record.events import RunEvent
    from executus_core.record.invocation import Invocation
    from executus_core.record.result import Result
    from executus_core.run.handle import Run

ValueT = TypeVar("ValueT")


class Runner:
    """Opens what was asked for, runs one input after the other, and closes again; in a ``with`` block."""

    def __init__(self, asked: Asked, signals: Signals, display: Display | None = None) -> None:
        """Prepare.

        Args:
            asked: What to run.
            signals: Whom to tell what is being waited for.
            display: What shows the runs, held while the person is asked something.
        """
        self._asked = asked
        self._signals = signals
        self._display = display
        self._opened: Future[Ready] = Future()
        self._closed: Future[None] = Future()
        self._is_up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: Callable[[], object] | None = None

    def __enter__(self) -> Self:
        """Open.

        Raises:
            ExecutusError: What was asked for can't be opened.
        """
        # a second signal must end the process, also while something does not close
        threading.Thread(target=self._work, name="executus-chat", daemon=True).start()
        try:
            with self._signals.raising():
                self.ready: Ready = self._opened.result()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop and settle what still goes on, and close."""
        self._close()

    def answer(
        self, agent: Agent, text: str, invocation: Invocation, show: Callable[[RunEvent], None]
    ) -> Result:
        """Run an agent on an input, and wait for the result; Ctrl-C cancels the run.

        Args:
            agent: What to run.
            text: The input.
            invocation: How.
            show: Told every event, on the executor's thread.
        """
        loop = self._get_loop()

        async def start() -> Run:
            return self.ready.executor.start(agent, text, invocation)

        async def watch() -> Result:
            async for event in run:
                show(event)
            return await run

        run = asyncio.run_coroutine_threadsafe(start(), loop).result()
        with self._signals.stopping(lambda reason: loop.call_soon_threadsafe(run.cancel, reason)):
            return asyncio.run_coroutine_threadsafe(watch(), loop).result()

    def call(self, work: Coroutine[object, object, ValueT]) -> ValueT:
        """Do something where the executor lives, and wait for it.

        Raises:
            KeyboardInterrupt: Ctrl-C came first.
        """
        future = asyncio.run_coroutine_threadsafe(work, self._get_loop())
        try:
            with self._signals.raising():
                return future.result()
        except BaseException:
            future.cancel()
            raise

    def _get_loop(self) -> asyncio.AbstractEventLoop:
        assert self._loop is not None  # noqa: S101 - it is open
        return self._loop

    def _work(self) -> None:
        """Live on the thread: open, wait for the end, close; one task does both, as some connections want it."""
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            self._closed.set_exception(error)
        else:
            self._closed.set_result(None)

    async def _serve(self) -> None:
        leave, task = asyncio.Event(), asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this
        self._loop, self._stop = asyncio.get_running_loop(), task.cancel
        self._is_up.set()
        try:
            async with opened(self._asked, self._display) as ready:
                self._stop = leave.set
                self._opened.set_result(ready)
                await leave.wait()
        except BaseException as error:
            if self._opened.done():
                raise
            self._opened.set_exception(error)

    def _close(self) -> None:
        """Have the thread close, and wait until it has; a further signal ends the wait."""
        self._is_up.wait()
        if not self._closed.done() and self._stop is not None:
            with suppress(RuntimeError):  # it has closed by itself meanwhile
                self._get_loop().call_soon_threadsafe(self._stop)
        with self._signals.raising():
            self._closed.result()
