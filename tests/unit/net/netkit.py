"""Servers on loopback that answer byte by byte what a test says, and name servers that say what a test wants.

The certificate in ``certificates/page.example.pem`` is for the host page.example, until the year 2126; its authority is
``authority.pem``, made with it by openssl and thrown away.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from executus_core.net import NetPolicy, guarded_client
from executus_core.testing import loopback_server

if TYPE_CHECKING:
    import httpx

CERTIFICATES = Path(__file__).parent / "certificates"
LOOPBACK = "127.0.0.0/8"
HOME = NetPolicy(allow_private=(LOOPBACK,))

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def ok(body: bytes = b"here", *headers: str) -> bytes:
    """A whole answer."""
    return _answer("200 OK", body, headers)


def redirect(to: str, *headers: str, status: str = "302 Found") -> bytes:
    """A redirect."""
    return _answer(status, b"", (f"Location: {to}", *headers))


def _answer(status: str, body: bytes, headers: tuple[str, ...]) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def endless(head: bytes, again: bytes) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    """An answer that goes on for as long as anybody takes it."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(again)
            await writer.drain()

    return write


def dripping(head: bytes, drop: bytes) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    """An answer that comes so slowly that no pause is long, and that never ends."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.005)

    return write


@frozen
class Asked:
    """What a server was asked."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@define
class Server:
    """A server, and what it was asked."""

    answers: Mapping[str, Answer]
    asked: list[Asked] = field(factory=list)
    connections: int = 0
    port: int = 0
    scheme: str = "http"

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Where it answers."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection, request after request."""
        self.connections += 1
        while True:
            asked = await _read(reader)
            self.asked.append(asked)
            answer = self.answers.get(asked.target, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            if not isinstance(answer, bytes):
                return await answer(writer)
            writer.write(answer)
            await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Asked(method, target, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@asynccontextmanager
async def serving(answers: Mapping[str, Answer], certificate: str = "") -> AsyncIterator[Server]:
    """A server on loopback; with a certificate, one that speaks TLS."""
    server = Server(answers)
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / certificate)
        server.scheme = "https"
    async with loopback_server(server.attend, tls=context) as server.port:
        yield server


@define
class Names:
    """A name server that says, look-up by look-up, what it was told to; the last answer stays."""

    answers: dict[str, list[list[str]]]
    asked: list[str] = field(factory=list)

    async def __call__(self, name: str) -> list[str]:
        self.asked.append(name)
        answers = self.answers[name]
        return answers.pop(0) if len(answers) > 1 else answers[0]


def leading(**names: str) -> Names:
    """A name server for ``a_example="127.0.0.1"``: one address for each name, whose dots are underscores."""
    return Names({name.replace("_", "."): [[address]] for name, address in names.items()})


def client(policy: NetPolicy = HOME, names: Names | None = None) -> httpx.AsyncClient:
    """A guarded client that asks no real name server."""
    return guarded_client(policy, resolve=names or Names({}))
