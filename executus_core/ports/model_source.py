"""The model source port: models by tier or spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from executus_core.llm.exchange import Model


class ModelSource(Protocol):
    """Knows models by tier ("fast") or spec ("openai/gpt-x"). Several may be installed: the first that knows serves.

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
