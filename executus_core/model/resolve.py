"""Model resolution: a mapping of tiers, one model for all, or a source."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

from executus_core.errors import ConfigError, ModelResolutionError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from executus_core.llm.exchange import Model
    from executus_core.ports.model_source import ModelSource

Models: TypeAlias = "ModelSource | Mapping[str, Model] | Model"


class TierModels:
    """Serves tiers from a plain mapping."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        """Keep the mapping; a tier that is added to it later is served too."""
        self.models = models

    async def resolve(self, spec: str) -> Model | None:
        """Find the model of a tier."""
        return self.models.get(spec)

    def tiers(self) -> Collection[str]:
        """The tiers of the mapping."""
        return self.models.keys()


class OneModel:
    """Serves every tier with the same model."""

    def __init__(self, model: Model) -> None:
        """Keep the model."""
        self._model = model

    def find(self, spec: str) -> Model | None:  # noqa: ARG002 - the shape of a source
        """Give the model at once."""
        return self._model

    async def resolve(self, spec: str) -> Model | None:  # noqa: ARG002 - the shape of a source
        """Give the model."""
        return self._model


def as_model_source(models: Models) -> ModelSource:
    """Make a model source of whatever a host hands in.

    Raises:
        ConfigError: When it is none of a source, a mapping and a model.
    """
    if isinstance(models, Mapping):
        return TierModels(models)
    if hasattr(models, "resolve"):
        return cast("ModelSource", models)
    if hasattr(models, "generate"):
        return OneModel(models)  # pyright: ignore[reportArgumentType]  # no source, so a model
    raise ConfigError(
        f"models is a {type(models).__name__}; give a Model, a mapping of tier to Model, or an object with 'resolve'"
    )


def known_tiers(source: ModelSource) -> Collection[str]:
    """List the tiers of a source that can say; none of one that can't."""
    tiers = getattr(source, "tiers", None)
    return cast("Collection[str]", tiers()) if callable(tiers) else ()


def quick_find(source: ModelSource) -> Callable[[str], Model | None]:
    """Give what finds a model at once in a plain mapping: a coroutine for a look into a dict would cost more than the look.

    For any other source it finds nothing, and the source is asked.
    """
    if isinstance(source, TierModels):
        return source.models.get
    return source.find if isinstance(source, OneModel) else _find_nothing


def _find_nothing(_spec: str) -> None:
    return None


async def resolve_model(source: ModelSource, spec: str) -> Model:
    """Resolve a tier or spec.

    Raises:
        ModelResolutionError: Naming the spec and what was tried.
    """
    try:
        model = await source.resolve(spec)
    except (ModelResolutionError, CancelledError, GeneratorExit):
        raise
    except BaseException as error:
        raise ModelResolutionError(
            f"no model for '{spec}': {type(source).__name__} failed with {type(error).__name__}: {error}",
            spec=spec,
        ) from error
    if model is None:
        raise ModelResolutionError(
            f"no model for '{spec}': {type(source).__name__} does not know it.{did_you_mean(spec, known_tiers(source))}",
            spec=spec,
        )
    if not hasattr(model, "generate"):
        raise ModelResolutionError(f"'{spec}' resolves to {model!r:.100}, which is no Model", spec=spec)
    return model
