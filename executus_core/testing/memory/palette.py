"""A palette of skills and agents that are plain functions."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import frozen

from executus_core.errors import ToolError, did_you_mean
from executus_core.ports.palette import Delegate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from executus_core.llm.json import JsonObject
    from executus_core.record.run import RunInfo

__all__ = ["MemoryPalette", "PaletteUse"]

Handler: TypeAlias = "str | Callable[[JsonObject, RunInfo], str | Awaitable[str]]"


@frozen
class PaletteUse:
    """One use of a skill or an agent."""

    kind: Literal["skill", "agent"]
    name: str
    inputs: JsonObject
    run: RunInfo


class MemoryPalette:
    """Knows skills and agents by name; each is a text to answer with, or a function of the inputs and the run.

    A function's docstring is what the model reads as its description.

    Attributes:
        uses: What was used, in order.
    """

    def __init__(
        self, *, skills: Mapping[str, Handler] | None = None, agents: Mapping[str, Handler] | None = None
    ) -> None:
        """Keep the skills and agents."""
        self.uses: list[PaletteUse] = []
        self._skills = dict(skills or {})
        self._agents = dict(agents or {})

    async def resolve_skill(self, name: str) -> Delegate | None:
        """Find a skill."""
        return _describe("skill", name, self._skills)

    async def invoke_skill(self, name: str, inputs: JsonObject, run: RunInfo) -> str:
        """Use a skill."""
        self.uses.append(PaletteUse("skill", name, inputs, run))
        return await _use("skill", name, self._skills, inputs, run)

    async def resolve_agent(self, name: str) -> Delegate | None:
        """Find an agent."""
        return _describe("agent", name, self._agents)

    async def invoke_agent(self, name: str, inputs: JsonObject, run: RunInfo) -> str:
        """Run an agent."""
        self.uses.append(PaletteUse("agent", name, inputs, run))
        return await _use("agent", name, self._agents, inputs, run)


def _describe(kind: str, name: str, known: Mapping[str, Handler]) -> Delegate | None:
    handler = known.get(name)
    if handler is None:
        return None
    document = "" if isinstance(handler, str) else inspect.getdoc(handler)
    return Delegate(name, document or f"The {kind} '{name}'.")


async def _use(kind: str, name: str, known: Mapping[str, Handler], inputs: JsonObject, run: RunInfo) -> str:
    handler = known.get(name)
    if handler is None:
        raise ToolError(f"there is no {kind} named '{name}'.{did_you_mean(name, known)}")
    if isinstance(handler, str):
        return handler
    answer = handler(inputs, run)
    return answer if isinstance(answer, str) else await answer
