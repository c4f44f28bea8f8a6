"""Servers on this machine that leave nothing behind, whatever is under way when they end.

``asyncio.start_server`` knows a connection only once somebody attends to it: one that was taken a moment before the end is
nobody's, and turns up as an unclosed socket in whichever test is under way when it is collected.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Awaitable, Callable

__all__ = ["Attend", "Connections", "loopback_server"]

Attend: TypeAlias = "Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]"
"""What attends to one connection."""


@asynccontextmanager
async def loopback_server(
    attend: Attend, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncGenerator[int]:
    """Serve on this machine while the block runs, and give the port.

    A connection ends with what attends to it. When the block ends, every connection is closed and who attends to it is
    cancelled. A client that goes away is no failure; any other that ``attend`` raises is raised at the end of the block. The
    event loop must be one that watches sockets, which on Windows is the ``SelectorEventLoop``.

    Args:
        attend: Called with the reader and the writer of each connection.
        host: Where to listen, an address or a name of this machine.
        tls: The certificate, for a server that speaks TLS.
    """
    attending: set[asyncio.Task[object]] = set()
    failures: list[Exception] = []

    async def attend_to_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[object]", asyncio.current_task())
        attending.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await attend(reader, writer)
        except Exception as error:  # noqa: BLE001 - told to the test, which is elsewhere
            failures.append(error)
        finally:
            writer.close()
            attending.discard(task)

    with socket.create_server((host, 0), backlog=128) as listening:
        connections = Connections(listening, attend_to_one, tls=tls)
        try:
            yield listening.getsockname()[1]
        finally:
            await connections.close()
            for task in attending:
                task.cancel()
            await asyncio.gather(*attending, return_exceptions=True)
    if failures:
        raise failures[0]


class Connections:
    """The connections that come in by one socket; each is known from its first moment to its last."""

    def __init__(
        self,
        listening: socket.socket,
        attend: Attend,
        *,
        make_reader: Callable[[], asyncio.StreamReader] = asyncio.StreamReader,
        changed: Callable[[], None] = lambda: None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Begin to take connections, in the running event loop.

        Args:
            listening: The socket, which stays the caller's.
            attend: Attends to a connection.
            make_reader: Makes the reader of a connection.
            changed: Called after a connection has come or gone.
            tls: The certificate, for connections that speak TLS.
        """
        self._listening = listening
        self._attend = attend
        self._make_reader = make_reader
        self._changed = changed
        self._tls = tls
        self._open: set[_Connection] = set()
        self._accepting: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        listening.settimeout(0)
        self._loop.add_reader(listening, self._accept)

    def __len__(self) -> int:
        """Count those that are open."""
        return len(self._open)

    async def close(self) -> None:
        """Take no more, and close all; returns when each is gone. Who attends to one is left to see it."""
        self._loop.remove_reader(self._listening)
        await asyncio.sleep(0)  # each accepting has now begun, and closes what it took when it is cancelled
        for task in self._accepting:
            task.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        for connection in list(self._open):
            connection.abort()
            await connection.lost.wait()

    def _accept(self) -> None:
        """Take who knocks; each step is ours, so that nobody is lost between knocking and being served."""
        try:
            client, _ = self._listening.accept()
        except OSError:
            return  # it has gone again
        client.settimeout(0)
        task = self._loop.create_task(self._connect(client))
        self._accepting.add(task)
        task.add_done_callback(self._accepting.discard)

    async def _connect(self, client: socket.socket) -> None:
        with suppress(OSError):  # a handshake that failed, which its client is told
            await self._loop.connect_accepted_socket(
                lambda: _Connection(self._make_reader(), self._attend, self._open, self._changed),
                client,
                ssl=self._tls,
            )


class _Connection(asyncio.StreamReaderProtocol):
    """A client's connection, among those that are open for as long as it is.

    Attributes:
        lost: Set when nothing is left of it.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        attend: Attend,
        all_open: set[_Connection],
        changed: Callable[[], None],
    ) -> None:
        super().__init__(reader, attend)
        self.lost: asyncio.Event = asyncio.Event()
        self._all_open = all_open
        self._changed = changed
        self._transport_made: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to be attended to."""
        self._transport_made = cast("asyncio.Transport", transport)
        self._all_open.add(self)
        super().connection_made(transport)
        self._changed()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)
        self._all_open.discard(self)
        self.lost.set()
        self._changed()

    def abort(self) -> None:
        """Close the connection at once."""
        if self._transport_made is not None:
            self._transport_made.abort()
