"""How much may come off the wire before a response begins: headers, and answers that only announce others."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import httpcore
from attrs import define
from typing_extensions import override

if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator

MAX_HEADER_BYTES = 262_144
"""For one response; what httpcore reads at one time is 64 KiB, and of one set of headers it takes 100 KiB."""


@define
class _Left:
    size_bytes: int


_left: ContextVar[_Left | None] = ContextVar("executus_header_bytes", default=None)


@contextmanager
def bounded_headers() -> Generator[None]:
    """Bound what is read within the block, which is left when the headers are there."""
    token = _left.set(_Left(MAX_HEADER_BYTES))
    try:
        yield
    finally:
        _left.reset(token)


class CountedStream(httpcore.AsyncNetworkStream):
    """A connection that counts what is read for headers: a server may announce, and announce again, for ever.

    Args:
        inner: The connection.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    @override
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._inner.read(max_bytes, timeout)
        if left := _left.get():
            left.size_bytes -= len(data)
            if left.size_bytes < 0:
                raise httpcore.RemoteProtocolError(f"its headers are longer than {MAX_HEADER_BYTES} bytes")
        return data

    @override
    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()

    @override
    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return CountedStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    @override
    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)
