"""Nothing but the guard opens a connection under the tripwire, by whichever way, and the offender is named."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import threading
import urllib.request
from typing import TYPE_CHECKING

import httpx
import pytest

from executus_core.errors import BlockedAddressError
from executus_core.net import NetPolicy, guarded_client
from executus_core.testing import loopback_server, only_the_guard
from executus_core.testing.tripwire import tripwire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytest_plugins = ["pytester"]

HOME = NetPolicy(allow_private=("127.0.0.0/8", "::1/128"))
NAMED = r"test_tripwire, line \d+ of .*test_tripwire\.py, (reached for|looked up) .* beside the guard; .*guarded_client\(\)"


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """The port of a server that answers any request."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhere")
        await writer.drain()

    async with loopback_server(answer) as port:
        yield port


def by_connect(port: int) -> None:
    with socket.socket() as own:
        own.connect(("127.0.0.1", port))


def by_connect_ex(port: int) -> None:
    with socket.socket() as own:
        own.connect_ex(("127.0.0.1", port))


def by_datagram(port: int) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as own:
        own.sendto(b"x", ("127.0.0.1", port))


def by_unix_socket(_port: int) -> None:
    with socket.socket(socket.AF_UNIX) as own:
        own.connect("/nowhere.sock")


def by_look_up(_port: int) -> None:
    socket.getaddrinfo("secret.example.com", 443)


def by_create_connection(port: int) -> None:
    socket.create_connection(("localhost", port), 5).close()


def by_urllib(port: int) -> None:
    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()


def by_http_client(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/")


def by_plain_httpx(port: int) -> None:
    httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)


SYNC_WAYS = [
    by_connect,
    by_connect_ex,
    by_datagram,
    pytest.param(by_unix_socket, marks=pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="has none")),
    by_look_up,
    by_create_connection,
    by_urllib,
    by_http_client,
    by_plain_httpx,
]


async def by_streams(port: int) -> None:
    await asyncio.open_connection("127.0.0.1", port)


async def by_the_loop(port: int) -> None:
    await asyncio.get_running_loop().create_connection(asyncio.Protocol, "127.0.0.1", port)


async def by_datagram_endpoint(port: int) -> None:
    await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=("127.0.0.1", port)
    )


async def by_async_httpx(port: int) -> None:
    async with httpx.AsyncClient(trust_env=False) as own:
        await own.get(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("way", SYNC_WAYS)
def test_a_connection_beside_the_guard_is_refused(way: Callable[[int], None]) -> None:
    """Whichever module of the library opens it; the error names its nearest line outside of libraries."""
    with pytest.raises(BlockedAddressError, match=NAMED), only_the_guard():
        way(9)


@pytest.mark.parametrize("way", [by_streams, by_the_loop, by_datagram_endpoint, by_async_httpx])
async def test_an_asynchronous_connection_beside_the_guard_is_refused(way, port: int) -> None:
    """Also where the library goes on in a task of its own, and wraps what is raised there."""
    with pytest.raises(BlockedAddressError, match=NAMED), only_the_guard():
        await way(port)


@pytest.mark.parametrize("way", [by_connect, by_urllib, by_plain_httpx])
def test_who_keeps_the_refusal_to_himself_is_found_out_all_the_same(way: Callable[[int], None]) -> None:
    """Code that would then do without the network has still tried."""
    with pytest.raises(BlockedAddressError, match=NAMED), only_the_guard(), contextlib.suppress(Exception):
        way(9)


async def test_a_thread_is_no_way_round() -> None:
    """Neither one of asyncio's nor one that nobody waits for."""

    def run(way: Callable[[int], None]) -> None:
        with contextlib.suppress(BlockedAddressError):
            way(9)

    with pytest.raises(BlockedAddressError, match=NAMED), only_the_guard():
        await asyncio.to_thread(run, by_urllib)
    thread = threading.Thread(target=run, args=(by_connect,))
    with pytest.raises(BlockedAddressError, match=NAMED), only_the_guard():
        await asyncio.to_thread(lambda: (thread.start(), thread.join()))


async def test_the_guard_goes_through(port: int) -> None:
    """With its look-ups, by name and by number, whole or as a stream."""
    with tripwire() as tripped:
        async with guarded_client(HOME) as client:
            for host in ("localhost", "127.0.0.1"):
                assert (await client.get(f"http://{host}:{port}/")).text == "here"
            async with client.stream("GET", f"http://localhost:{port}/") as streamed:
                assert await streamed.aread() == b"here"

    assert not tripped.problems()


async def test_what_a_tool_does_while_the_guard_is_at_work_is_not_the_guards(port: int) -> None:
    """Another task is no part of it."""
    with pytest.raises(BlockedAddressError, match="reached for 127"), only_the_guard():
        async with guarded_client(HOME) as client:
            await asyncio.gather(
                client.get(f"http://localhost:{port}/"), by_streams(port), return_exceptions=True
            )


async def test_servers_and_event_loops_work_on() -> None:
    """A test needs them, and nothing leaves by them."""
    with only_the_guard():
        async with await asyncio.start_server(lambda _reader, writer: writer.close(), "localhost", 0):
            left, right = socket.socketpair()
            left.close()
            right.close()
        await asyncio.to_thread(lambda: asyncio.run(asyncio.sleep(0)))
        assert socket.getaddrinfo("127.0.0.1", 80)


def test_a_failure_of_the_test_itself_stays_what_it_is() -> None:
    """Where nobody went out."""
    with pytest.raises(ZeroDivisionError), only_the_guard():
        _ = 1 // 0


def test_everything_is_as_before_when_the_block_ends() -> None:
    """Exactly what was found is given back."""
    before = (socket.getaddrinfo, socket.socketpair, dict(vars(socket.socket)))
    with only_the_guard():
        assert socket.getaddrinfo is not before[0]

    assert (socket.getaddrinfo, socket.socketpair, dict(vars(socket.socket))) == before


SOURCE = """
import asyncio, contextlib, pytest, socket
from executus_core.net import NetPolicy, guarded_client
from executus_core.testing import loopback_server

def fetch(port):  # as a tool that is well-behaved until it is not
    with contextlib.suppress(Exception):
        socket.create_connection(("127.0.0.1", port), 1).close()

async def hang_up(reader, writer):
    pass

async def serve_and(use):
    async with loopback_server(hang_up) as port:
        await use(port)

async def guarded(port):
    async with guarded_client(NetPolicy(allow_private=["127.0.0.1/32"])) as client:
        with contextlib.suppress(Exception):
            await client.get(f"http://127.0.0.1:{port}/")
"""


def test_the_marker_fails_a_test_that_goes_out_beside_the_guard(pytester: pytest.Pytester) -> None:
    """Though the tool caught the refusal; and it passes one that goes through the guard."""
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(
        SOURCE
        + """
@pytest.mark.executus_network("guarded")
def test_beside(): asyncio.run(serve_and(lambda port: asyncio.to_thread(fetch, port)))

@pytest.mark.executus_network("guarded")
def test_through(): asyncio.run(serve_and(guarded))

@pytest.mark.executus_network("guarded")
def test_far(): socket.getaddrinfo("example.com", 443)

def test_elsewhere(): asyncio.run(serve_and(lambda port: asyncio.to_thread(fetch, port)))
"""
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")

    result.assert_outcomes(failed=2, passed=2)
    result.stdout.fnmatch_lines(
        ["*, line * reached for 127.0.0.1:* beside the guard; a tool's only way out*"]
    )
