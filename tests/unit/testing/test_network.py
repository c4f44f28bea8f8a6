"""Nothing leaves this machine while the network is forbidden, by whichever way, and loopback works on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import urllib.request
from typing import TYPE_CHECKING

import pytest

from executus_core.errors import BlockedAddressError
from executus_core.testing import forbid_real_models, loopback_server, no_network
from executus_core.testing.network import NO_MODELS

if TYPE_CHECKING:
    from collections.abc import Callable

FAR = ("203.0.113.7", 443)  # RFC 5737: an address of nobody
FAR_6 = ("2001:db8::7", 443)  # RFC 3849


UDP = socket.SOCK_DGRAM


@pytest.mark.parametrize(
    ("family", "kind", "method", "arguments"),
    [
        (socket.AF_INET, socket.SOCK_STREAM, "connect", (FAR,)),
        (socket.AF_INET, socket.SOCK_STREAM, "connect_ex", (FAR,)),
        (socket.AF_INET, UDP, "sendto", (b"x", FAR)),
        (socket.AF_INET, UDP, "sendto", (b"x", 0, FAR)),
        (socket.AF_INET, UDP, "sendmsg", ([b"x"], [], 0, FAR)),
        (socket.AF_INET6, socket.SOCK_STREAM, "connect", (FAR_6,)),
        (socket.AF_INET6, socket.SOCK_STREAM, "connect", (("::ffff:203.0.113.7", 443),)),
    ],
)
def test_a_socket_that_leaves_is_refused(
    family: int, kind: int, method: str, arguments: tuple[object, ...]
) -> None:
    """The error names the address and the remedy."""
    with (
        no_network(),
        socket.socket(family, kind) as connection,
        pytest.raises(BlockedAddressError, match=r"(203\.0\.113\.7|2001:db8::7):443.*executus_network"),
    ):
        getattr(connection, method)(*arguments)


@pytest.mark.parametrize(
    "look_up",
    [
        lambda: socket.create_connection(("example.com", 443), 1),
        lambda: socket.getaddrinfo("example.com", 443),
        lambda: socket.getaddrinfo(host="example.com", port=443),
        lambda: socket.getaddrinfo(b"example.com", 443),
        lambda: socket.gethostbyname("example.com"),
        lambda: socket.gethostbyname_ex("example.com"),
        lambda: socket.gethostbyaddr("example.com"),
    ],
)
def test_a_look_up_is_refused(look_up: Callable[[], object]) -> None:
    """Asking for a name asks somebody else."""
    with no_network(), pytest.raises(BlockedAddressError, match=r"example\.com"):
        look_up()


async def test_asyncios_own_way_out_is_closed() -> None:
    """Streams and datagrams of an event loop go through the same door."""
    loop = asyncio.get_running_loop()
    with no_network():
        for host in ("203.0.113.7", "example.com"):
            with pytest.raises(BlockedAddressError):
                await asyncio.open_connection(host, 443)
            with pytest.raises(BlockedAddressError):
                await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, 443))


def test_a_library_that_wraps_errors_does_not_hide_it() -> None:
    """What urllib raises is not its own network error, so no retry takes it for one."""
    with no_network(), pytest.raises(BlockedAddressError):
        urllib.request.urlopen("http://example.com/", timeout=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1.2.3", "0.0.0.0"])
async def test_loopback_stays_open(host: str) -> None:
    """A test server lives on this machine."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")

    with no_network():
        async with loopback_server(greet, host="0.0.0.0") as port:
            reader, writer = await asyncio.open_connection(host, port)
            assert await reader.read() == b"hello"
            writer.close()
            await writer.wait_closed()


@pytest.mark.parametrize("host", ["::1", "::ffff:127.0.0.1", "::1%lo", "localhost"])
def test_loopback_of_version_6_is_asked_of_the_system(host: str) -> None:
    """Whether or not this machine has it, it is not refused by the guard."""
    with no_network(), socket.socket(socket.AF_INET6) as connection, contextlib.suppress(OSError):
        connection.connect((host, 9))


def test_unix_sockets_and_connected_sockets_stay_open() -> None:
    """Pairs of sockets, which event loops are made of, have no address."""
    with no_network():
        left, right = socket.socketpair()
        with left, right:
            left.sendmsg([b"hello"])
            assert right.recv(5) == b"hello"


def test_everything_is_as_before_when_the_block_ends() -> None:
    """Nested blocks too give back exactly what they found."""
    before = {name: getattr(socket, name) for name in ("getaddrinfo", "gethostbyname")}
    methods = dict(vars(socket.socket))

    with no_network(), no_network():
        assert socket.getaddrinfo is not before["getaddrinfo"]

    assert {name: getattr(socket, name) for name in before} == before
    assert dict(vars(socket.socket)) == methods


def test_real_models_are_forbidden_by_a_variable_that_children_inherit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Providers look at it; what it was before comes back."""
    monkeypatch.delenv(NO_MODELS, raising=False)
    with forbid_real_models():
        assert os.environ[NO_MODELS] == "1"
    assert NO_MODELS not in os.environ

    monkeypatch.setenv(NO_MODELS, "0")
    with forbid_real_models():
        assert os.environ[NO_MODELS] == "1"
    assert os.environ[NO_MODELS] == "0"
