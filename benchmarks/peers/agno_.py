# mypy: ignore-errors
# pyright: basic, reportMissingImports=false
"""agno, by a model of its own; telemetry off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agno.agent import Agent
from agno.models.base import Model
from agno.models.response import ModelResponse

from benchmarks.fakes import ANSWER, PROMPT, Turns, book

if TYPE_CHECKING:
    from benchmarks.measure import Once


@dataclass
class Fake(Model):
    """Follows the script."""

    turns: Turns = field(default_factory=lambda: Turns(1))

    async def ainvoke(self, *_: object, **__: object) -> ModelResponse:
        """Call the tool, or answer."""
        call = self.turns.next_call()
        if call is None:
            return ModelResponse(role="assistant", content=ANSWER)
        function = {"name": call.name, "arguments": call.arguments}
        return ModelResponse(
            role="assistant", tool_calls=[{"id": call.id, "type": "function", "function": function}]
        )

    def invoke(self, *_: object, **__: object) -> ModelResponse:
        """Not used."""
        raise NotImplementedError

    invoke_stream = ainvoke_stream = _parse_provider_response = _parse_provider_response_delta = invoke


def make(steps: int) -> Once:
    """Make what runs an agent once."""
    model = Fake(id="fake", turns=Turns(steps))
    agent = Agent(model=model, tools=[book] if steps > 1 else [], telemetry=False)

    async def once() -> str:
        return (await agent.arun(PROMPT)).content

    return once
