"""Which model serves a tier."""

import pytest

from executus_core import ConfigError, Executor
from executus_core.errors import ModelResolutionError
from executus_core.llm import Model
from executus_core.model import as_model_source, resolve_model
from executus_core.testing import MemoryModels, ScriptedModel


class Broken:
    """A source that fails."""

    async def resolve(self, spec: str) -> Model | None:
        raise OSError("the list of models is gone")


async def test_one_model_serves_every_tier() -> None:
    """A light host has one model and wants no table."""
    model = ScriptedModel()
    source = as_model_source(model)

    assert await resolve_model(source, "fast") is model
    assert await resolve_model(source, "anything/else") is model


async def test_a_mapping_serves_its_tiers() -> None:
    """Each tier has its model."""
    fast, smart = ScriptedModel(), ScriptedModel()
    source = as_model_source({"fast": fast, "smart": smart})

    assert await resolve_model(source, "smart") is smart


async def test_a_source_is_taken_as_it_is() -> None:
    """A host may bring its own."""
    source = MemoryModels({})

    assert as_model_source(source) is source


async def test_an_unknown_tier_names_itself_its_source_and_the_nearest() -> None:
    """The error says what was tried and what was meant."""
    source = as_model_source({"fast": ScriptedModel(), "smart": ScriptedModel()})

    with pytest.raises(ModelResolutionError) as caught:
        await resolve_model(source, "fsat")

    assert caught.value.spec == "fsat"
    assert str(caught.value) == "no model for 'fsat': TierModels does not know it. Did you mean 'fast'?"


async def test_a_source_that_fails_gives_a_clean_error() -> None:
    """The class and the words of the failure are in it, and it is chained."""
    with pytest.raises(ModelResolutionError) as caught:
        await resolve_model(Broken(), "fast")

    assert str(caught.value) == "no model for 'fast': Broken failed with OSError: the list of models is gone"
    assert isinstance(caught.value.__cause__, OSError)


def test_what_is_no_model_is_refused_when_the_executor_is_made() -> None:
    """The error comes before the first run, and says what would do."""
    with pytest.raises(ConfigError) as caught:
        Executor(models=42)  # type: ignore[arg-type]

    assert "models is a int; give a Model, a mapping of tier to Model" in str(caught.value)
