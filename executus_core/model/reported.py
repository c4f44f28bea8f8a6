"""A model that does not report its attempts, with somebody who does it for it: each call is one attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from executus_core.llm.exchange import Response
from executus_core.model.attempt import Attempt

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from executus_core.llm.exchange import Model, ModelEvent, ModelRequest, StreamingModel
    from executus_core.ports.clock import Clock


class ReportedModel:
    """Asks a model, and tells the run that asks of each call."""

    reports_attempts = True

    def __init__(self, tier: str, model: Model, clock: Clock) -> None:
        """Keep the model.

        Args:
            tier: The tier or spec that it serves.
            model: The model.
            clock: Time.
        """
        self._tier = tier
        self._model = model
        self._clock = clock

    @property
    def name(self) -> str:
        """The model's name."""
        return getattr(self._model, "name", self._tier)

    @property
    def context_tokens(self) -> int:
        """The model's window."""
        return self._model.context_tokens

    async def generate(self, request: ModelRequest) -> Response:
        """Ask the model."""
        attempt = self._begin(request)
        try:
            answer: object = await self._model.generate(request)
        except BaseException as error:
            attempt.fail(error)
            raise
        return cast("Response", attempt.take(answer))

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Ask a model that streams."""
        attempt = self._begin(request)
        pieces = cast("StreamingModel", self._model).stream(request)
        try:
            async for piece in pieces:
                if isinstance(piece, Response):
                    attempt.take(piece)
                else:
                    attempt.see_piece()
                yield piece
            attempt.end_stream()
        except BaseException as error:
            attempt.fail(error)
            raise
        finally:
            close = getattr(pieces, "aclose", None)
            if close is not None:
                await close()

    def _begin(self, request: ModelRequest) -> Attempt:
        return Attempt(self._tier, self.name, request, self._clock)
