"""A server that leaves nothing behind, at whatever moment it ends."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import warnings
from contextlib import ExitStack
from pathlib import Path

import pytest

from executus_core.testing import loopback_server, no_leaks

CERTIFICATE = Path(__file__).parents[1] / "net" / "certificates" / "page.example.pem"


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say the first line back."""
    writer.write(await reader.readuntil(b"\n"))


async def wait_for_ever(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Attend, and say nothing."""
    await asyncio.Event().wait()


def certificate() -> ssl.SSLContext:
    """A server's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


async def test_what_attends_answers_and_the_connection_ends_with_it() -> None:
    async with loopback_server(echo) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello\n")
        assert await reader.read() == b"hello\n"
        writer.close()
        await writer.wait_closed()

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("steps", range(8))
def test_nothing_is_left_of_a_connection_at_whatever_moment_the_server_ends(steps: int, tls: bool) -> None:
    """After any number of steps of the event loop since somebody knocked, who then waits for ever."""

    async def knock() -> None:
        context = certificate() if tls else None
        with ExitStack() as clients:
            async with no_leaks(), loopback_server(wait_for_ever, tls=context) as port:
                clients.enter_context(socket.create_connection(("127.0.0.1", port)))
                for _ in range(steps):
                    await asyncio.sleep(0)

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        asyncio.run(knock())
        gc.collect()

    assert [str(one.message) for one in warned] == []


async def test_a_client_that_goes_away_is_no_failure() -> None:
    """Though who attends to it was waiting for more."""
    async with loopback_server(echo) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await writer.wait_closed()


async def test_what_fails_there_fails_the_test() -> None:
    """Else nobody would hear of it."""

    async def fail(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        raise ZeroDivisionError("in the server")

    async def see_it_end() -> None:
        async with loopback_server(fail) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()

    with pytest.raises(ZeroDivisionError, match="in the server"):
        await see_it_end()


async def test_a_failure_of_the_test_itself_stays_what_it_is() -> None:
    """And the server ends all the same."""

    async def fail() -> None:
        async with no_leaks(), loopback_server(wait_for_ever) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
