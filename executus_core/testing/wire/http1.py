"""As much of HTTP/1.1 as a model server needs, over asyncio's streams."""

from __future__ import annotations

import asyncio
import socket
import struct
from http.client import parse_headers, responses
from io import BytesIO
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Ending", "HttpReply", "HttpRequest", "WatchedReader", "read_request", "write_reply"]

Ending: TypeAlias = Literal["end", "cut", "reset", "stall"]
"""How a reply ends: as it should; by closing the connection, or tearing it down; or never."""

_NO_LINGERING = struct.pack("ii", 1, 0)


@frozen
class HttpRequest:
    """What a client asked.

    Attributes:
        method: ``GET``, ``POST``, ...
        path: The path, without the query.
        headers: By name in lower case.
        content: The body as it came.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes


@frozen
class HttpReply:
    """What the server answers.

    Attributes:
        status: The status code; 0 to close the connection without an answer.
        headers: All but those that say how long the body is.
        chunks: The body in the pieces in which it is sent.
        content_length: Length to announce; None to send the body in chunks of unknown number.
        ending: What follows the last piece.
    """

    status: int
    headers: Mapping[str, str]
    chunks: Sequence[bytes]
    content_length: int | None = None
    ending: Ending = "end"


class WatchedReader(asyncio.StreamReader):
    """A reader that tells when the client is gone, without reading for it.

    Attributes:
        gone: Set once the client has closed the connection.
    """

    def __init__(self) -> None:
        """Begin with a client that is there."""
        super().__init__()
        self.gone: asyncio.Event = asyncio.Event()

    def feed_eof(self) -> None:
        """Take the end of what the client sends."""
        super().feed_eof()
        self.gone.set()

    def set_exception(self, exc: Exception) -> None:
        """Take the failure of the connection."""
        super().set_exception(exc)
        self.gone.set()


async def read_request(reader: asyncio.StreamReader) -> HttpRequest | None:
    """Read the next request of a connection; None when there is none, or what comes is not HTTP."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        line, _, fields = head.partition(b"\r\n")
        method, target, _ = line.decode("latin-1").split(" ")
        headers = {name.lower(): value for name, value in parse_headers(BytesIO(fields)).items()}
        content = await _read_content(reader, headers)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, ValueError):
        return None
    return HttpRequest(method, target.partition("?")[0], headers, content)


async def _read_content(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    chunks: list[bytes] = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        chunks.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return b"".join(chunks)


async def write_reply(writer: asyncio.StreamWriter, reply: HttpReply) -> None:
    """Send a reply, each piece on its own; returns when it is complete or cut, and never when it stalls."""
    if not reply.status:
        return
    writer.write(_head(reply))
    is_chunked = reply.content_length is None
    for chunk in reply.chunks:
        writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if is_chunked else chunk)
        await writer.drain()
        await asyncio.sleep(0)  # lets the transport see that the client is gone
    if reply.ending == "stall":
        await asyncio.Event().wait()
    if reply.ending == "reset":
        _tear_down(writer)
        return
    if reply.ending == "end" and is_chunked:
        writer.write(b"0\r\n\r\n")
    await writer.drain()


def _tear_down(writer: asyncio.StreamWriter) -> None:
    """Close a connection as a process that dies does: the client reads an error, and no end."""
    cast("socket.socket", writer.get_extra_info("socket")).setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING
    )
    writer.transport.abort()


def _head(reply: HttpReply) -> bytes:
    length = reply.content_length
    fields = {
        **reply.headers,
        **({"transfer-encoding": "chunked"} if length is None else {"content-length": str(length)}),
    }
    lines = [f"HTTP/1.1 {reply.status} {responses.get(reply.status, '')}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
