"""A request has one deadline, from its look-up to its last byte, and no server can spend more."""

from __future__ import annotations

import asyncio
import socket

import pytest
from netkit import HOME, client, dripping, ok, redirect, serving

from executus_core.errors import NetworkTimeoutError
from executus_core.net import NetPolicy

HASTY = NetPolicy(allow_private=HOME.allow_private, timeout_s=0.15)
PATIENCE_S = 60
"""Much longer than a hasty request may take, on any machine."""


async def never(_writer) -> None:
    """Answer nothing."""
    await asyncio.Event().wait()


SLOW = {
    "nothing": never,
    "headers": dripping(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
    "one header": dripping(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
    "announcements": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
    "body without end": dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "chunks": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "packed": dripping(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\0", b"n"
    ),
}


@pytest.mark.parametrize("kind", SLOW)
@pytest.mark.parametrize("as_stream", [False, True])
async def test_a_slow_server_is_left(kind: str, as_stream: bool) -> None:
    """However it spreads what it sends."""
    async with serving({"/": SLOW[kind]}) as server, client(HASTY) as http, asyncio.timeout(PATIENCE_S):
        with pytest.raises(
            NetworkTimeoutError, match=r"did not answer .* (within 0\.15 s|in time); try later"
        ):
            await (read_stream(http, server.url()) if as_stream else http.get(server.url()))


async def read_stream(http, url: str) -> None:
    """Read to the end."""
    async with http.stream("GET", url) as streamed:
        async for _ in streamed.aiter_bytes():
            pass


def let_pass(seconds: float) -> None:
    """Put the event loop's clock forward, so that whoever waits by it has waited that long."""
    loop = asyncio.get_running_loop()
    shown = loop.time
    loop.time = lambda: shown() + seconds


async def test_redirects_share_the_deadline() -> None:
    """A chain of slow hops is one request: the third is too late."""
    hops = 0

    async def lead_on(writer) -> None:
        nonlocal hops
        hops += 1
        let_pass(400)
        writer.write(redirect("/"))

    policy = NetPolicy(allow_private=HOME.allow_private, timeout_s=900, max_redirects=1000)
    async with serving({"/": lead_on}) as server, client(policy) as http:
        with pytest.raises(NetworkTimeoutError):
            await http.get(server.url())

    assert hops == 3


async def test_a_stream_has_no_more_time_than_its_hops_have_left() -> None:
    """Its body is part of the same request, and has no deadline that begins with it."""

    async def lead_on(writer) -> None:
        let_pass(500)
        writer.write(redirect("/body"))

    async def dawdle(writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            let_pass(10)
            await asyncio.sleep(0)

    policy = NetPolicy(allow_private=HOME.allow_private, timeout_s=600)
    async with serving({"/": lead_on, "/body": dawdle}) as server, client(policy) as http:
        began = asyncio.get_running_loop().time()
        with pytest.raises(NetworkTimeoutError):
            await read_stream(http, server.url())

        assert 600 <= asyncio.get_running_loop().time() - began < 800


async def test_no_time_out_of_a_request_outlives_the_deadline() -> None:
    """None of httpx's own can lengthen it."""
    async with serving({"/": SLOW["body"]}) as server, client(HASTY) as http, asyncio.timeout(PATIENCE_S):
        for timeout in (None, 1000):
            with pytest.raises(NetworkTimeoutError):
                await http.get(server.url(), timeout=timeout)


async def test_a_shorter_time_out_of_a_request_holds() -> None:
    """Whoever asks may be in more of a hurry."""
    async with serving({"/": never}) as server, client() as http, asyncio.timeout(PATIENCE_S):
        with pytest.raises(NetworkTimeoutError, match="did not answer in time"):
            await http.get(server.url(), timeout=0.05)


async def test_a_host_that_never_takes_the_connection_is_left() -> None:
    """Its queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(8)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        async with client(HASTY) as http, asyncio.timeout(PATIENCE_S):
            with pytest.raises(NetworkTimeoutError):
                await http.get(f"http://127.0.0.1:{port}/")
        for one in waiting:
            one.close()


async def test_a_slow_body_of_a_request_counts_too() -> None:
    """What the caller sends is part of the request."""

    async def parts():
        while True:
            yield b"x"
            await asyncio.sleep(0.005)

    async def swallow(_writer) -> None:
        await asyncio.Event().wait()

    async with serving({"/": swallow}) as server, client(HASTY) as http, asyncio.timeout(PATIENCE_S):
        with pytest.raises(NetworkTimeoutError):
            await http.post(server.url(), content=parts())


async def test_the_callers_own_cancellation_is_no_time_out() -> None:
    """It comes out as what it is, and leaves the client fit for use."""
    asked = asyncio.Event()

    async def tell(_writer) -> None:
        asked.set()
        await asyncio.Event().wait()

    async with serving({"/": tell, "/ok": ok()}) as server, client() as http:
        task = asyncio.create_task(http.get(server.url()))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.01):
                await http.get(server.url())

        assert type(caught.value) is TimeoutError
        assert (await http.get(server.url("/ok"))).text == "here"
