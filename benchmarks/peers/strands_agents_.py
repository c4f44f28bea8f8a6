# mypy: ignore-errors
# pyright: basic, reportMissingImports=false
"""strands-agents, by a model of its own; a fresh agent for each run, since an agent keeps its conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands import Agent, tool
from strands.models import Model

from benchmarks.fakes import ANSWER, PROMPT, Turns, book

if TYPE_CHECKING:
    from benchmarks.measure import Once


class Fake(Model):
    """Follows the script."""

    def __init__(self, steps: int) -> None:
        """Start before the first step."""
        self.turns = Turns(steps)

    def update_config(self, **_: object) -> None:
        """Do nothing."""

    def get_config(self) -> dict[str, object]:
        """Give nothing."""
        return {}

    def structured_output(self, *_: object, **__: object) -> object:
        """Not used."""
        raise NotImplementedError

    async def stream(self, *_: object, **__: object):  # noqa: ANN201 - the peer's shape
        """Call the tool, or answer."""
        call = self.turns.next_call()
        start, delta = {}, {"text": ANSWER}
        if call is not None:
            start = {"toolUse": {"toolUseId": call.id, "name": call.name}}
            delta = {"toolUse": {"input": call.arguments}}
        yield {"messageStart": {"role": "assistant"}}
        yield {"contentBlockStart": {"start": start}}
        yield {"contentBlockDelta": {"delta": delta}}
        yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": "end_turn" if call is None else "tool_use"}}


def make(steps: int) -> Once:
    """Make what runs a fresh agent once."""
    model = Fake(steps)
    tools = [tool(book)] if steps > 1 else []

    async def once() -> str:
        agent = Agent(model=model, tools=tools, callback_handler=None)
        return str(await agent.invoke_async(PROMPT)).strip()

    return once
