"""The model source port: models by tier or spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from executus_core.llm.exchange import Model
    from executus_core.record.endpoint import Endpoint
    from executus_core.record.finding import ModelFinding


class ModelSource(Protocol):
    """Knows models by tier ("fast") or spec ("openai/gpt-x"). Several may be installed: the first that knows serves.

    A spec is ``provider/model``, or ``provider/model@base_url`` for a server of one's own that speaks the provider's wire:
    ``openai/qwen3@http://127.0.0.1:8000/v1``.

    Contract: ``resolve`` is cheap when asked again, may be called concurrently, and opens no connection.
    """

    async def resolve(self, spec: str) -> Model | None:
        """Find the model of a tier or spec, or give None."""
        ...


class ListingModelSource(ModelSource, Protocol):
    """A model source that can say which tiers it knows, for listings and for "did you mean"."""

    def tiers(self) -> Collection[str]:
        """The tiers it knows."""
        ...


class EndpointModelSource(ModelSource, Protocol):
    """A model source that can ask a server of the host's own, with the token that the host has for it."""

    async def resolve_at(self, endpoint: Endpoint, model: str) -> Model | None:
        """Find a model of an endpoint, or give None for a type that it does not know.

        Args:
            endpoint: The server. Its concurrency is kept by whoever asks, not here.
            model: The model's name there.
        """
        ...


class ListingEndpointSource(EndpointModelSource, Protocol):
    """A source of models of endpoints that can say which types it can ask, so that others are refused beforehand."""

    def endpoint_types(self) -> Collection[str]:
        """The types that it can ask."""
        ...


class FindingModelSource(ModelSource, Protocol):
    """A model source that can look for models when nobody has named one.

    Contract: looks at the environment and at this machine only, so nothing leaves it; ends within about a second, and never
    raises. Asked by the command line, never by a run.
    """

    async def find_models(self, base_url: str = "") -> Sequence[ModelFinding]:
        """Say what could be used here and now.

        Args:
            base_url: Look at this server, wherever it is, and nowhere else.

        Returns:
            Every place that was looked at, the one to prefer first; those where nothing was found say why and what helps.
        """
        ...
