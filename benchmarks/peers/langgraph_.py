# mypy: ignore-errors
# pyright: basic, reportMissingImports=false
"""langgraph, by its prebuilt agent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.prebuilt import create_react_agent
from pydantic import ConfigDict

from benchmarks.fakes import ANSWER, PROMPT, Turns, book

if TYPE_CHECKING:
    from benchmarks.measure import Once


class Fake(BaseChatModel):
    """Follows the script."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    turns: Turns

    @property
    def _llm_type(self) -> str:
        return "fake"

    def bind_tools(self, *_: object, **__: object) -> Fake:
        """Take the tools as known."""
        return self

    def _generate(self, *_: object, **__: object) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(self, *_: object, **__: object) -> ChatResult:
        call = self.turns.next_call()
        message = AIMessage(ANSWER)
        if call is not None:
            asked = {"name": call.name, "args": json.loads(call.arguments), "id": call.id}
            message = AIMessage("", tool_calls=[asked])
        return ChatResult(generations=[ChatGeneration(message=message)])


def make(steps: int) -> Once:
    """Make what runs the graph once."""
    graph = create_react_agent(Fake(turns=Turns(steps)), [book] if steps > 1 else [])
    options = {"recursion_limit": 3 * steps + 10}

    async def once() -> str:
        state = await graph.ainvoke({"messages": [("user", PROMPT)]}, options)
        return state["messages"][-1].content

    return once
