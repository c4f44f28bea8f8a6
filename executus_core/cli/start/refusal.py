"""What answers where a server was named that offers no model: the reason, so that the run is settled and on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from executus_core.errors import ModelUnavailableError
from executus_core.llm.usage import Usage

if TYPE_CHECKING:
    from executus_core.errors import ModelError
    from executus_core.llm.exchange import Model, ModelRequest


class RefusedModels:
    """Serves one spec, whose model raises the reason."""

    def __init__(self, spec: str, reason: ModelError) -> None:
        """Keep the reason."""
        self._spec = spec
        self._reason = reason

    async def resolve(self, spec: str) -> Model | None:
        """Give the model that refuses."""
        return _RefusedModel(spec, self._reason) if spec == self._spec else None


class _RefusedModel:
    context_tokens = 0

    def __init__(self, name: str, reason: ModelError) -> None:
        self.name = name
        self._reason = reason
        if isinstance(reason, ModelUnavailableError):
            # it was found out a moment ago, and nobody is to wait and find it out again
            reason.has_begun, reason.usage = True, Usage(cost_usd=0.0, requests=0)

    async def generate(self, request: ModelRequest) -> NoReturn:  # noqa: ARG002 - it refuses every request
        raise self._reason
