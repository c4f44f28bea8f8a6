"""A child process that ends in time, says no more than it may, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

from attrs import frozen
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@frozen
class Ended:
    """How a child ended.

    Attributes:
        code: Its exit code; the negative number of the signal that ended it.
        said: What it wrote to both of its outputs, cut where it became too much.
        is_late: Whether it was stopped because its time was over.
        is_noisy: Whether it was stopped because it said too much.
    """

    code: int
    said: str
    is_late: bool
    is_noisy: bool


async def run_child(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str], timeout_s: float, max_bytes: int
) -> Ended:
    """Run a program to its end, or to the end of its time.

    Whatever happens, a cancellation included, no process of its group is left when this returns.

    Args:
        command: The program's path and its arguments.
        folder: Where it works.
        environment: All of its environment.
        timeout_s: Seconds on the wall that it has.
        max_bytes: How much it may say.
    """
    loop = asyncio.get_running_loop()
    transport, child = await loop.subprocess_exec(
        lambda: _Child(loop, max_bytes),
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
        env=dict(environment),
        start_new_session=True,
    )
    is_late = False
    try:
        async with asyncio.timeout(timeout_s):
            await asyncio.shield(child.gone)
    except TimeoutError:
        is_late = True
    finally:
        child.kill()
        try:
            await asyncio.shield(child.gone)  # it was killed: this is a matter of moments
        finally:
            transport.close()
    said = bytes(child.said).decode("utf-8", "replace")
    return Ended(transport.get_returncode() or 0, said, is_late, child.is_noisy)


class _Child(asyncio.SubprocessProtocol):
    """Keeps what a child says, up to a bound, and knows when it is gone.

    Unlike a ``StreamReader`` it never pauses a pipe, with which nobody would ever hear of the child's end.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, max_bytes: int) -> None:
        self.said = bytearray()
        self.is_noisy = False
        self.gone: asyncio.Future[None] = loop.create_future()
        self._max_bytes = max_bytes
        self._transport: asyncio.SubprocessTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]  # the loop's promise

    @override
    def pipe_data_received(self, fd: int, data: bytes) -> None:
        room = self._max_bytes - len(self.said)
        self.said += data[:room]
        if len(data) > room:
            self.is_noisy = True
            self.kill()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Hear that it has ended, been waited for, and said its last."""
        if not self.gone.done():
            self.gone.set_result(None)

    def kill(self) -> None:
        """Kill it and all that it started, unless it has ended."""
        if self._transport is None or self._transport.get_returncode() is not None:
            return
        try:
            os.killpg(self._transport.get_pid(), signal.SIGKILL)
        except ProcessLookupError:  # it ended just now
            return
