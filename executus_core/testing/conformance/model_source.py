"""What every model source must do."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from executus_core.testing.conformance.base import HOSTILE_TEXTS, Conformance, cannot_check, interleaved
from executus_core.testing.hotpath import io_calls

if TYPE_CHECKING:
    from executus_core.llm.exchange import Model
    from executus_core.ports.model_source import ListingModelSource, ModelSource

__all__ = ["ModelSourceConformance"]


class ModelSourceConformance(Conformance):
    """What every model source must do.

    Give the fixture ``model_source``, and a tier or spec that it knows.

    Attributes:
        known: A tier or spec that the source knows.
    """

    known: str = "fast"

    @pytest.fixture
    def model_source(self) -> ModelSource:
        """The model source to check."""
        raise NotImplementedError("give the fixture 'model_source'")

    @pytest.mark.parametrize("spec", ["no-such-tier", *HOSTILE_TEXTS], ids=lambda text: repr(text[:20]))
    async def test_what_it_does_not_know_gives_none(self, model_source: ModelSource, spec: str) -> None:
        """The next source is asked for what this one does not know: no exception, whatever the spec."""
        assert await model_source.resolve(spec) is None

    async def test_what_it_knows_is_a_model(self, model_source: ModelSource) -> None:
        """The model says its name and the size of its window, and can be asked."""
        model = await _resolve(model_source, self.known)

        assert isinstance(model.name, str)
        assert model.name
        assert isinstance(model.context_tokens, int)
        assert model.context_tokens >= 0
        assert callable(model.generate)

    async def test_asking_again_is_cheap(self, model_source: ModelSource) -> None:
        """A model that was found once is found again without reading, connecting or waiting."""
        await model_source.resolve(self.known)

        found, reached = io_calls(lambda: _now(model_source, self.known))

        assert found is not None
        assert not reached, f"resolve('{self.known}') asked again called {', '.join(reached)}"

    async def test_many_runs_ask_at_once(self, model_source: ModelSource) -> None:
        """Runs that start together all get a model."""
        models = await interleaved(_resolve(model_source, self.known) for _ in range(50))

        assert {getattr(model, "name", model) for model in models} == {
            (await _resolve(model_source, self.known)).name
        }

    async def test_the_tiers_it_lists_are_those_it_knows(self, model_source: ModelSource) -> None:
        """A source that lists its tiers can resolve each of them."""
        if not hasattr(model_source, "tiers"):
            cannot_check("tiers")
        tiers = cast("ListingModelSource", model_source).tiers()

        assert not isinstance(tiers, str)
        for tier in tiers:
            assert await model_source.resolve(tier) is not None, (
                f"it lists the tier '{tier}' and does not know it"
            )


async def _resolve(source: ModelSource, spec: str) -> Model:
    model = await source.resolve(spec)
    assert model is not None, f"the suite says known='{spec}', and the source does not know it"
    return model


def _now(source: ModelSource, spec: str) -> Model | None:
    """Resolve without giving way once."""
    resolving = source.resolve(spec)
    try:
        resolving.send(None)
    except StopIteration as end:
        return cast("Model | None", end.value)
    resolving.close()
    raise AssertionError(f"resolve('{spec}') asked again waits for something")
