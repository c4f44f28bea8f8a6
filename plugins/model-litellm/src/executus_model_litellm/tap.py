"""What a streaming provider says itself, before litellm writes it anew."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from executus_model_litellm.shapes import Stream


class _Tapped(Protocol):
    completion_stream: object


class Tap:
    """Stands between a provider's chunks and litellm, which puts the name that was asked for in the place of who served.

    Attributes:
        model: The model that served, as the provider names it; "" when it did not say.
    """

    def __init__(self, chunks: object) -> None:
        """Keep the provider's chunks."""
        self._chunks = chunks
        self._iterator: AsyncIterator[object] | None = None
        self.model: str = ""

    def __aiter__(self) -> Tap:
        return self

    async def __anext__(self) -> object:
        if self._iterator is None:
            self._iterator = aiter(cast("AsyncIterator[object]", self._chunks))
        chunk = await anext(self._iterator)
        model = getattr(chunk, "model", None)
        if isinstance(model, str) and model:
            self.model = model
        return chunk

    def __getattr__(self, name: str) -> object:
        """Give whatever else litellm asks of the chunks."""
        return getattr(self._chunks, name)

    async def aclose(self) -> None:
        """Close the connection; where litellm has nothing to close it with, by closing the lines of the answer."""
        lines = getattr(self._chunks, "streaming_response", None)
        for closable, name in ((self._chunks, "aclose"), (self._chunks, "close"), (lines, "aclose")):
            closing = getattr(closable, name, None)
            if callable(closing):
                closed = cast("Callable[[], object]", closing)()
                if inspect.isawaitable(closed):
                    await cast("Awaitable[object]", closed)
                return


def tap(stream: Stream) -> Tap:
    """Put a tap into a stream, where it has chunks of its own that can be waited for."""
    tapped = cast("_Tapped", stream)
    chunks = getattr(stream, "completion_stream", None)
    found = Tap(chunks)
    if hasattr(chunks, "__aiter__"):
        tapped.completion_stream = found
    return found
