# mypy: ignore-errors
# pyright: basic, reportMissingImports=false
"""agent-framework, by a chat client of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_framework import (
    Agent,
    BaseChatClient,
    ChatResponse,
    Content,
    FunctionInvocationLayer,
    Message,
    tool,
)

from benchmarks.fakes import ANSWER, PROMPT, Turns, book

if TYPE_CHECKING:
    from benchmarks.measure import Once


class Fake(FunctionInvocationLayer, BaseChatClient):
    """Follows the script."""

    def __init__(self, steps: int) -> None:
        """Start before the first step."""
        super().__init__()
        self.turns = Turns(steps)

    async def _inner_get_response(self, **_: object) -> ChatResponse:
        call = self.turns.next_call()
        content = ANSWER
        if call is not None:
            content = Content.from_function_call(call.id, call.name, arguments=call.arguments)
        return ChatResponse(messages=[Message("assistant", [content])])


def make(steps: int) -> Once:
    """Make what runs an agent once."""
    client = Fake(steps)
    client.function_invocation_configuration["max_iterations"] = steps + 1
    agent = Agent(client, tools=[tool(book)] if steps > 1 else [])

    async def once() -> str:
        return (await agent.run(PROMPT)).text

    return once
