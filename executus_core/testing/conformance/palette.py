"""What every palette must do."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Literal

import pytest

from executus_core.errors import ToolError
from executus_core.ports.palette import Delegate
from executus_core.testing.conformance.base import (
    HOSTILE_TEXTS,
    Conformance,
    cannot_check,
    interleaved,
    run_info,
)

if TYPE_CHECKING:
    from executus_core.llm.json import JsonObject
    from executus_core.ports.palette import PaletteSource

__all__ = ["PaletteConformance"]


class PaletteConformance(Conformance):
    """What every palette must do.

    Give the fixture ``palette``, and the names of what is in it.

    Attributes:
        skill: Name of a skill that the palette knows; "" when it knows none.
        agent: Name of an agent that the palette knows; "" when it knows none.
        inputs: What to use them with.
        failing_skill: Name of a skill that can't do what it is asked; "" when there is none.
    """

    skill: str = ""
    agent: str = ""
    inputs: JsonObject = {"prompt": "Say hello."}  # noqa: RUF012 - read only
    failing_skill: str = ""

    @pytest.fixture
    def palette(self) -> PaletteSource:
        """The palette to check."""
        raise NotImplementedError("give the fixture 'palette'")

    @pytest.mark.parametrize("name", ["no such thing", *HOSTILE_TEXTS], ids=lambda text: repr(text[:20]))
    async def test_a_name_that_it_does_not_know_gives_none(self, palette: PaletteSource, name: str) -> None:
        """The next palette is asked for what this one does not know: no exception, whatever the name."""
        assert await palette.resolve_skill(name) is None
        assert await palette.resolve_agent(name) is None

    @pytest.mark.parametrize("kind", ["skill", "agent"])
    async def test_what_it_knows_is_described_to_the_model(
        self, palette: PaletteSource, kind: Literal["skill", "agent"]
    ) -> None:
        """A delegate has the name that was asked for, words for the model, and a JSON schema of an object."""
        delegate = await self._resolve(palette, kind)

        assert isinstance(delegate, Delegate)
        assert delegate.name == self._name(kind)
        assert delegate.description.strip()
        assert delegate.parameters.get("type") == "object"

    @pytest.mark.parametrize("kind", ["skill", "agent"])
    async def test_using_it_gives_a_text(
        self, palette: PaletteSource, kind: Literal["skill", "agent"]
    ) -> None:
        """What comes back is for the model to read, and the inputs stay as they are."""
        await self._resolve(palette, kind)
        before = copy.deepcopy(self.inputs)

        assert isinstance(await self._invoke(palette, kind), str)
        assert self.inputs == before

    @pytest.mark.parametrize("kind", ["skill", "agent"])
    async def test_it_is_used_several_times_at_once(
        self, palette: PaletteSource, kind: Literal["skill", "agent"]
    ) -> None:
        """A response with several calls uses the same skill or agent side by side."""
        await self._resolve(palette, kind)

        answers = await interleaved(self._invoke(palette, kind, f"run-{number}") for number in range(10))

        assert [type(text) for text in answers] == [str] * 10

    @pytest.mark.parametrize("kind", ["skill", "agent"])
    async def test_inputs_are_as_the_model_wrote_them(
        self, palette: PaletteSource, kind: Literal["skill", "agent"]
    ) -> None:
        """Inputs that fit no schema give a text or a ``ToolError``, and nothing else."""
        await self._resolve(palette, kind)

        for inputs in (
            {},
            {"prompt": None},
            {"prompt": 10**400},
            {"\ud800": ["\x00"]},
            {"unknown": {"a": [1]}},
        ):
            try:
                given = await self._invoke(palette, kind, inputs=inputs)
            except ToolError as error:
                given = str(error)
            assert isinstance(given, str)

    async def test_a_failure_is_told_to_the_model(self, palette: PaletteSource) -> None:
        """A skill that can't do it raises ``ToolError`` with words that help."""
        if not self.failing_skill:
            cannot_check("failing_skill")
        assert await palette.resolve_skill(self.failing_skill) is not None

        with pytest.raises(ToolError) as failure:
            await palette.invoke_skill(self.failing_skill, self.inputs, run_info())

        assert str(failure.value).strip()

    def _name(self, kind: Literal["skill", "agent"]) -> str:
        name = self.skill if kind == "skill" else self.agent
        if not name:
            cannot_check(kind)
        return name

    async def _resolve(self, palette: PaletteSource, kind: Literal["skill", "agent"]) -> Delegate | None:
        resolve = palette.resolve_skill if kind == "skill" else palette.resolve_agent
        return await resolve(self._name(kind))

    async def _invoke(
        self,
        palette: PaletteSource,
        kind: Literal["skill", "agent"],
        run_id: str = "run-1",
        inputs: JsonObject | None = None,
    ) -> str:
        invoke = palette.invoke_skill if kind == "skill" else palette.invoke_agent
        return await invoke(self._name(kind), self.inputs if inputs is None else inputs, run_info(run_id))
