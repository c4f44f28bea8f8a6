"""The models of a host: tiers from the configuration, served by the plugins' sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.errors import ModelResolutionError, did_you_mean
from executus_core.model.resolve import ModelChain, known_tiers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from executus_core.llm.exchange import Model
    from executus_core.ports.model_source import ModelSource


class ConfiguredModels:
    """Resolves ``[models]`` first, and asks the plugins' sources for what it names."""

    def __init__(
        self, tiers: Mapping[str, str], sources: Sequence[ModelSource], *, failed: Sequence[str] = ()
    ) -> None:
        """Keep tiers and sources.

        Args:
            tiers: Specs, or other tiers, by tier.
            sources: Who knows specs, in order.
            failed: Plugins that failed and may have known more, for messages.
        """
        self._tiers = dict(tiers)
        self._sources = tuple(sources)
        self._chain = ModelChain(sources)
        self._failed = tuple(failed)

    async def resolve(self, spec: str) -> Model:
        """Find the model of a tier or spec.

        Raises:
            ModelResolutionError: Naming the tier, what it stands for, and what was tried.
        """
        path = self._follow(spec)
        model = await self._chain.resolve(path[-1])
        if model is None:
            raise ModelResolutionError(self._explain(path), spec=spec)
        return model

    def tiers(self) -> Collection[str]:
        """The tiers of the configuration and of the sources that can say."""
        return sorted({*self._tiers, *known_tiers(self._chain)})

    @property
    def sources(self) -> tuple[ModelSource, ...]:
        """Who knows specs, in order."""
        return self._sources

    def without(self, source: object) -> ConfiguredModels:
        """Give the same without one of the sources."""
        kept = [held for held in self._sources if held is not source]
        return ConfiguredModels(self._tiers, kept, failed=self._failed)

    def including(self, source: ModelSource) -> ConfiguredModels:
        """Give the same with one more source, which is asked last."""
        return ConfiguredModels(self._tiers, (*self._sources, source), failed=self._failed)

    def _follow(self, spec: str) -> list[str]:
        path = [spec]
        while (following := self._tiers.get(path[-1])) is not None:
            if following in path:
                if following == path[-1]:  # a tier that names itself is a source's own
                    break
                raise ModelResolutionError(
                    f"[models] goes round in a circle: {' = '.join([*path, following])}", spec=spec
                )
            path.append(following)
        return path

    def _explain(self, path: list[str]) -> str:
        meaning = "".join(f", which [models] sets to '{part}'" for part in path[1:])
        if not self._sources:
            why = "no active plugin provides models"
        else:
            known = [tier for tier in self.tiers() if tier not in path]
            near = did_you_mean(path[-1], known) if known else ""
            is_misspelt = near.startswith(" Did you mean")
            form = "" if is_misspelt or "/" in path[-1] else "; write a model as PROVIDER/MODEL"
            why = f"no model source knows it{form}.{near}"
        failed = f" Plugin '{self._failed[0]}' failed and may have served it." if self._failed else ""
        return f"no model for '{path[0]}'{meaning}: {why}{failed}"
