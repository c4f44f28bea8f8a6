"""The suite for model sources: what is in memory passes it, and what breaks a promise does not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from executus_core.testing import (
    MemoryModels,
    ModelSourceConformance,
    ScriptedModel,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class TestMemoryModels(ModelSourceConformance):
    @pytest.fixture
    def model_source(self) -> MemoryModels:
        return MemoryModels(
            {"fast": ScriptedModel(name="vendor/fast"), "slow": ScriptedModel(name="vendor/slow")}
        )


class Models(MemoryModels):
    def __init__(self):
        super().__init__({"fast": ScriptedModel(name="vendor/fast")})


class RaisesForTheUnknownTier(Models):
    async def resolve(self, spec):
        return self._models[spec]


class GivesAName(Models):
    async def resolve(self, spec):
        return spec if spec in self._models else None


class ReadsEachTime(Models):
    async def resolve(self, spec):
        Path(__file__).read_bytes()  # noqa: ASYNC240 - it is the broken promise
        return await super().resolve(spec)


class WaitsEachTime(Models):
    async def resolve(self, spec):
        await asyncio.sleep(0)
        return await super().resolve(spec)


class KnowsItOnce(Models):
    async def resolve(self, spec):
        return self._models.pop(spec, None)


class ListsMore(Models):
    def tiers(self):
        return ("fast", "faster")


BROKEN = [
    ("test_what_it_does_not_know_gives_none", RaisesForTheUnknownTier),
    ("test_what_it_knows_is_a_model", GivesAName),
    ("test_asking_again_is_cheap", ReadsEachTime),
    ("test_asking_again_is_cheap", WaitsEachTime),
    ("test_many_runs_ask_at_once", KnowsItOnce),
    ("test_the_tiers_it_lists_are_those_it_knows", ListsMore),
]


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(check: str, provider: Callable[[], object], assert_caught) -> None:
    """The check fails for a provider that breaks just its promise."""
    await assert_caught(TestMemoryModels(), check, model_source=provider)


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(TestMemoryModels, BROKEN)
