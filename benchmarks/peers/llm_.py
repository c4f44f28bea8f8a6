# mypy: ignore-errors
# pyright: basic, reportMissingImports=false
"""llm, by its asynchronous chains."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import llm

from benchmarks.fakes import ANSWER, PROMPT, Turns, book

if TYPE_CHECKING:
    from benchmarks.measure import Once


class Fake(llm.AsyncModel):
    """Follows the script."""

    model_id = "fake"
    supports_tools = True

    def __init__(self, steps: int) -> None:
        """Start before the first step."""
        self.turns = Turns(steps)

    async def execute(self, prompt, stream, response, conversation):  # noqa: ANN001, ANN201, ARG002 - the peer's shape
        """Call the tool, or answer."""
        call = self.turns.next_call()
        if call is None:
            yield ANSWER
        else:
            arguments = json.loads(call.arguments)
            response.add_tool_call(llm.ToolCall(call.name, arguments, tool_call_id=call.id))


def make(steps: int) -> Once:
    """Make what runs a chain once."""
    model = Fake(steps)
    tools = [llm.Tool.function(book)]

    async def once() -> str:
        if steps == 1:
            return await model.prompt(PROMPT).text()
        return await model.conversation(tools=tools, chain_limit=steps + 1).chain(PROMPT).text()

    return once
