"""A terminal that a run may ask something at, one question at a time."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol

import click

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_LINE_BYTES: Final = 65_536


class Display(Protocol):
    """What shows a run while it goes on, and can keep still meanwhile."""

    def hold(self) -> None:
        """Clear the line that moves, and leave it alone."""

    def release(self) -> None:
        """Go on."""


class Terminal:
    """Asks at the terminal of this process: prompts go to standard error, answers come from standard input."""

    def __init__(self, display: Display | None = None) -> None:
        """Keep what else writes there.

        Args:
            display: What shows the run; it is held while something is asked.
        """
        self._display = display
        self._turn = asyncio.Lock()

    @staticmethod
    def is_there() -> bool:
        """Tell whether a person could see a question and answer it."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    @asynccontextmanager
    async def talk(self) -> AsyncGenerator[None]:
        """Have the terminal for oneself while the block runs; who comes second waits."""
        async with self._turn:
            if self._display is not None:
                self._display.hold()
            try:
                yield
            finally:
                if self._display is not None:
                    self._display.release()

    async def ask(self, prompt: str) -> str | None:
        """Ask for one line; None when the person ends the input.

        What was typed before the prompt was there is no answer to it, and is dropped.
        """
        _forget_typed()
        click.echo(prompt, nl=False, err=True)
        try:
            line = await _read_line()
        except BaseException:
            click.echo(err=True)  # the prompt's line is left
            raise
        if not line:
            click.echo(err=True)
            return None
        return line.decode("utf-8", "replace").strip()


async def _read_line() -> bytes:
    """Read a line in a way that can be given up; a thread that reads can't be, and would take the next line too."""
    loop = asyncio.get_running_loop()
    arrival: asyncio.Future[bytes] = loop.create_future()
    descriptor = sys.stdin.fileno()

    def take() -> None:
        if not arrival.done():
            arrival.set_result(os.read(descriptor, _LINE_BYTES))

    try:
        loop.add_reader(descriptor, take)
    except NotImplementedError:  # Windows
        return await _read_line_in_thread(arrival)
    try:
        return await arrival
    finally:
        loop.remove_reader(descriptor)


async def _read_line_in_thread(arrival: asyncio.Future[bytes]) -> bytes:
    loop = arrival.get_loop()

    def arrive(line: bytes) -> None:
        if not arrival.done():
            arrival.set_result(line)

    def read() -> None:
        loop.call_soon_threadsafe(arrive, sys.stdin.buffer.readline())

    threading.Thread(target=read, name="executus-terminal", daemon=True).start()
    return await arrival


def _forget_typed() -> None:
    try:
        import termios  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
    termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
