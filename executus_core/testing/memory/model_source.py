"""Models by tier, from a mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from executus_core.llm.exchange import Model

__all__ = ["MemoryModels"]


class MemoryModels:
    """Knows the models that it was given.

    Attributes:
        asked: The tiers and specs that it was asked for, in order.
    """

    def __init__(self, models: Mapping[str, Model]) -> None:
        """Keep models by tier or spec."""
        self.asked: list[str] = []
        self._models = dict(models)

    async def resolve(self, spec: str) -> Model | None:
        """Find the model of a tier or spec."""
        self.asked.append(spec)
        return self._models.get(spec)

    def tiers(self) -> Collection[str]:
        """The tiers it knows."""
        return tuple(self._models)
