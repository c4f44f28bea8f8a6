# mypy: ignore-errors
# pyright: basic, reportMissingImports=false
"""openai-agents, by a model of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents import Agent, Model, ModelResponse, Runner, Usage, function_tool, set_tracing_disabled
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from benchmarks.fakes import ANSWER, PROMPT, Turns, book

if TYPE_CHECKING:
    from benchmarks.measure import Once


class Fake(Model):
    """Follows the script."""

    def __init__(self, steps: int) -> None:
        """Start before the first step."""
        self.turns = Turns(steps)

    async def get_response(self, *_: object, **__: object) -> ModelResponse:
        """Call the tool, or answer."""
        call = self.turns.next_call()
        if call is None:
            text = ResponseOutputText(text=ANSWER, type="output_text", annotations=[])
            item = ResponseOutputMessage(
                id="1", content=[text], role="assistant", status="completed", type="message"
            )
        else:
            item = ResponseFunctionToolCall(
                call_id=call.id, name=call.name, arguments=call.arguments, type="function_call"
            )
        return ModelResponse(output=[item], usage=Usage(), response_id=None)

    def stream_response(self, *_: object, **__: object) -> object:
        """Not used."""
        raise NotImplementedError


def make(steps: int) -> Once:
    """Make what runs an agent once."""
    set_tracing_disabled(True)
    agent = Agent(name="booker", model=Fake(steps), tools=[function_tool(book)] if steps > 1 else [])

    async def once() -> str:
        return (await Runner.run(agent, PROMPT, max_turns=steps + 1)).final_output

    return once
