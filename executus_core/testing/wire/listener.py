"""Where clients connect: an event loop in a thread of its own, so that tests of any kind can talk to it."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, cast

from executus_core.testing.loopback import Connections
from executus_core.testing.wire.http1 import WatchedReader, read_request, write_reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from executus_core.testing.wire.http1 import HttpReply, HttpRequest
    from executus_core.testing.wire.request import WireRequest

__all__ = ["Listener"]


class Listener:
    """Takes connections on 127.0.0.1 until it is closed.

    Attributes:
        port: Where it listens.
    """

    def __init__(
        self,
        take: Callable[[HttpRequest], WireRequest],
        reply_to: Callable[[WireRequest], Awaitable[HttpReply]],
    ) -> None:
        """Begin to listen.

        Args:
            take: Makes a note of a request.
            reply_to: Makes the reply to it; both are called in the listener's thread.
        """
        self._take = take
        self._reply_to = reply_to
        self._serving: set[asyncio.Task[object]] = set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listening.getsockname()[1]
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(started,), name="executus-model-server", daemon=True
        )
        self._thread.start()
        started.result()

    @property
    def connections_open(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    def close(self) -> None:
        """Close every connection, and stop; returns when nothing is left."""
        self.call(self._closing.set)
        self._thread.join()

    def call(self, function: Callable[[], object]) -> None:
        """Call a function in the listener's thread."""
        self._loop.call_soon_threadsafe(function)

    def start(self, coroutine: Coroutine[object, object, None]) -> Future[None]:
        """Run a coroutine in the listener's thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait, in the listener's thread, until something is so that changes with requests and connections."""
        while not is_so():
            await self._change.wait()

    def _run(self, started: Future[None]) -> None:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._main(started))

    async def _main(self, started: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing, self._change = asyncio.Event(), asyncio.Event()
        with self._listening:
            self._connections = Connections(
                self._listening, self._serve, make_reader=WatchedReader, changed=self._changed
            )
            started.set_result(None)
            await self._closing.wait()
            await self._connections.close()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection."""
        task = cast("asyncio.Task[object]", asyncio.current_task())
        self._serving.add(task)
        try:
            await self._converse(cast("WatchedReader", reader), writer)
        finally:
            writer.close()
            self._serving.discard(task)

    async def _converse(self, reader: WatchedReader, writer: asyncio.StreamWriter) -> None:
        while (request := await read_request(reader)) is not None:
            asked = self._take(request)
            self._changed()
            await self._answer(asked, reader, writer)
            self._changed()
            if not asked.is_answered or request.headers.get("connection", "").lower() == "close":
                return

    async def _answer(self, asked: WireRequest, reader: WatchedReader, writer: asyncio.StreamWriter) -> None:
        """Answer a request for as long as the client is there to hear it."""
        answering = asyncio.ensure_future(self._send_reply(asked, writer))
        leaving = asyncio.ensure_future(reader.gone.wait())
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                answering.result()
            else:
                asked.is_answered, asked.was_cut_off = False, not self._closing.is_set()
        except OSError:
            asked.is_answered, asked.was_cut_off = False, True
        finally:
            leaving.cancel()
            answering.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)

    async def _send_reply(self, asked: WireRequest, writer: asyncio.StreamWriter) -> None:
        reply = await self._reply_to(asked)
        # said before the last byte goes out: a test looks as soon as its client has that one
        asked.status, asked.is_answered = reply.status, reply.ending == "end"
        await write_reply(writer, reply)

    def _changed(self) -> None:
        self._change.set()
        self._change = asyncio.Event()
