"""The palette port: skills and agents that an agent may delegate to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import Factory, frozen

if TYPE_CHECKING:
    from executus_core.llm.json import JsonObject
    from executus_core.record.run import RunInfo


def _prompt_schema() -> JsonObject:
    return {
        "type": "object",
        "properties": {
            "prompt": {"type": "string", "description": "What to do, with everything it needs to know."}
        },
        "required": ["prompt"],
        "additionalProperties": False,
    }


@frozen
class Delegate:
    """A skill or an agent as a model sees it.

    Attributes:
        name: Its name in the palette.
        description: What it does and when to use it.
        parameters: JSON schema of its inputs; one text named "prompt" by default.
    """

    name: str
    description: str
    parameters: JsonObject = Factory(_prompt_schema)


class PaletteSource(Protocol):
    """Knows skills and agents by name. Several may be installed: the first that knows a name serves it.

    Contract: ``resolve_*`` gives None for a name that it does not know. ``invoke_*`` is only called with a name that the
    same source resolved, possibly several times at once; it returns the text for the model, and raises ``ToolError`` to
    tell the model what went wrong. ``inputs`` is what the model wrote, parsed as JSON and not yet validated.
    """

    async def resolve_skill(self, name: str) -> Delegate | None:
        """Find a skill."""
        ...

    async def invoke_skill(self, name: str, inputs: JsonObject, run: RunInfo) -> str:
        """Use a skill on behalf of a run."""
        ...

    async def resolve_agent(self, name: str) -> Delegate | None:
        """Find an agent."""
        ...

    async def invoke_agent(self, name: str, inputs: JsonObject, run: RunInfo) -> str:
        """Run an agent on behalf of a run, as its child."""
        ...
