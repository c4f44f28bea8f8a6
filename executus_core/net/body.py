"""The body of a response: unpacked here, piece by piece, bounded in bytes and in time."""

from __future__ import annotations

import asyncio
import math
import zlib
from typing import TYPE_CHECKING

import httpx
from attrs import frozen
from typing_extensions import override

from executus_core.errors import BadResponseError, NetworkTimeoutError
from executus_core.net.faults import translated
from executus_core.net.request import where_of
from executus_core.net.unpack import Gunzip

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    import httpcore

    from executus_core.net.policy import NetPolicy

ACCEPTED = "gzip, identity"
_PACKED_SPARE_BYTES = 65_536


@frozen
class Bounds:
    """What a request may take.

    Attributes:
        where: Whom it is for, as an error names it.
        max_bytes: Bytes of the unpacked body.
        deadline: When it must be over, on the event loop's clock.
        timeout_s: The seconds from its start to that time.
    """

    where: str
    max_bytes: int
    deadline: float
    timeout_s: float

    def too_large(self) -> BadResponseError:
        """Make the error for a body that is too large."""
        return BadResponseError(
            f"the answer of {self.where} is larger than {self.max_bytes} bytes; ask for a part of it, or for another page"
        )

    def too_slow(self) -> NetworkTimeoutError:
        """Make the error for a request that is not over in time."""
        return NetworkTimeoutError(
            f"{self.where} did not answer in full within {self.timeout_s:g} s; try later, or ask for less"
        )


def bounds_of(url: httpx.URL, policy: NetPolicy, deadline: float = math.inf) -> Bounds:
    """Say what a request that begins now may take.

    Args:
        url: Where it goes.
        policy: What is allowed.
        deadline: When what it is a part of must be over.
    """
    latest = asyncio.get_running_loop().time() + policy.timeout_s
    return Bounds(where_of(url), policy.max_response_bytes, min(deadline, latest), policy.timeout_s)


class BoundedBody(httpx.AsyncByteStream):
    """The unpacked bytes of an answer; whoever reads them, and however, is held to the same bounds.

    Args:
        answer: The answer as it comes off the wire.
        bounds: What it may take.
        announced_bytes: How long it says that it is, where it says so and has a body.
    """

    def __init__(self, answer: httpcore.Response, bounds: Bounds, announced_bytes: int = 0) -> None:
        self._answer = answer
        self._bounds = bounds
        self._announced_bytes = announced_bytes

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken_bytes = 0
        async for piece in self._unpacked():
            taken_bytes += len(piece)
            if taken_bytes > self._bounds.max_bytes:
                raise self._bounds.too_large()
            yield piece

    @override
    async def aclose(self) -> None:
        await self._answer.aclose()

    async def _unpacked(self) -> AsyncGenerator[bytes]:
        coding = find_coding(self._answer)
        if coding == "gzip":
            async for piece in self._gunzipped():
                yield piece
            return
        if self._announced_bytes > self._bounds.max_bytes:
            raise self._bounds.too_large()
        async for chunk in self._raw():
            if coding != "identity":
                raise BadResponseError(
                    f"the answer of {self._bounds.where} is coded as {coding[:40]!r}, though only gzip was offered, so "
                    "it can't be read; try another page"
                )
            yield chunk

    async def _gunzipped(self) -> AsyncGenerator[bytes]:
        gunzip = Gunzip()
        packed_bytes = 0
        try:
            async for chunk in self._raw():
                packed_bytes += len(chunk)
                # Blocks that stand for nothing would never reach the other bound.
                if packed_bytes > self._bounds.max_bytes + _PACKED_SPARE_BYTES:
                    raise self._bounds.too_large()
                for piece in gunzip.feed(chunk):
                    yield piece
        except zlib.error as error:
            raise BadResponseError(
                f"the answer of {self._bounds.where} says that it is gzip and is not, so it can't be read; try another page"
            ) from error
        if not gunzip.is_whole:
            raise BadResponseError(f"the answer of {self._bounds.where} ended in the middle; try again")

    async def _raw(self) -> AsyncGenerator[bytes]:
        chunks = aiter(self._answer.aiter_stream())
        while True:
            try:
                with translated(self._bounds.where):
                    async with asyncio.timeout_at(self._bounds.deadline):
                        chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise self._bounds.too_slow() from error
            yield chunk


def find_coding(answer: httpcore.Response) -> str:
    """Return how an answer's body is coded: "identity", "gzip", or what it says and nobody asked for."""
    said = b",".join(value for name, value in answer.headers if name.lower() == b"content-encoding")
    codings = [
        one
        for part in said.decode("latin-1").lower().split(",")
        if (one := part.strip()) and one != "identity"
    ]
    return {"": "identity", "x-gzip": "gzip"}.get(", ".join(codings), ", ".join(codings))


def announced_bytes(answer: httpcore.Response) -> int:
    """Return how long an answer says that its body is; 0 when it does not."""
    said = [value for name, value in answer.headers if name.lower() == b"content-length"]
    return int(said[0]) if said and said[0].isdigit() else 0
