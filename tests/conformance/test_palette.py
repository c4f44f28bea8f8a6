"""The suite for palettes: what is in memory passes it, and what breaks a promise does not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from executus_core.errors import ToolError
from executus_core.ports.palette import Delegate
from executus_core.testing import MemoryPalette, PaletteConformance

if TYPE_CHECKING:
    from collections.abc import Callable


class TestMemoryPalette(PaletteConformance):
    skill = "greet"
    agent = "helper"
    failing_skill = "fail"

    @pytest.fixture
    def palette(self) -> MemoryPalette:
        async def helper(inputs, run) -> str:
            """Helps."""
            return f"{run.run_id}: {inputs.get('prompt')!r}"

        def fail(inputs, run) -> str:
            raise ToolError("the shop is closed; come back tomorrow")

        return MemoryPalette(skills={"greet": "Hello!", "fail": fail}, agents={"helper": helper})


class Palette(MemoryPalette):
    def __init__(self):
        def fail(inputs, run):
            raise ToolError("closed")

        super().__init__(skills={"greet": "Hello!", "fail": fail}, agents={"helper": "Done."})


class RaisesForTheUnknown(Palette):
    async def resolve_agent(self, name):
        return Delegate(name, ["Done."][name != "helper"])


class DescribesNothing(Palette):
    async def resolve_skill(self, name):
        return Delegate(name, " ")


class GivesATable(Palette):
    async def invoke_skill(self, name, inputs, run):
        return {"text": "Hello!"}


class OneAtATime(Palette):
    busy = False

    async def invoke_agent(self, name, inputs, run):
        if self.busy:
            raise ToolError("busy")
        self.busy = True
        await asyncio.sleep(0)
        self.busy = False
        return "Done."


class TrustsItsInputs(Palette):
    async def invoke_skill(self, name, inputs, run):
        return inputs["prompt"].upper()


class FailsAsItLikes(Palette):
    async def invoke_skill(self, name, inputs, run):
        raise ValueError("closed")


BROKEN = [
    ("test_a_name_that_it_does_not_know_gives_none", RaisesForTheUnknown),
    ("test_what_it_knows_is_described_to_the_model", DescribesNothing),
    ("test_using_it_gives_a_text", GivesATable),
    ("test_it_is_used_several_times_at_once", OneAtATime),
    ("test_inputs_are_as_the_model_wrote_them", TrustsItsInputs),
    ("test_a_failure_is_told_to_the_model", FailsAsItLikes),
]


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(check: str, provider: Callable[[], object], assert_caught) -> None:
    """The check fails for a provider that breaks just its promise."""
    await assert_caught(TestMemoryPalette(), check, palette=provider)


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(TestMemoryPalette, BROKEN)
