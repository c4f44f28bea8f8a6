# mypy: ignore-errors
# pyright: basic, reportMissingImports=false
"""pydantic-ai, by its function model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_ai import Agent, ModelResponse, TextPart, ToolCallPart, UsageLimits
from pydantic_ai.models.function import FunctionModel

from benchmarks.fakes import ANSWER, PROMPT, Turns, book

if TYPE_CHECKING:
    from benchmarks.measure import Once


def make(steps: int) -> Once:
    """Make what runs an agent once."""
    turns = Turns(steps)

    async def answer(_messages: object, _info: object) -> ModelResponse:
        call = turns.next_call()
        part = TextPart(ANSWER) if call is None else ToolCallPart(call.name, call.arguments, call.id)
        return ModelResponse(parts=[part])

    agent = Agent(FunctionModel(answer), tools=[book] if steps > 1 else [])
    limits = UsageLimits(request_limit=None)

    async def once() -> str:
        return (await agent.run(PROMPT, usage_limits=limits)).output

    return once
