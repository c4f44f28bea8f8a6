"""The baselines: what a person writes who needs a loop, and nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from benchmarks.fakes import PROMPT, FakeModel, WritingModel, book
from executus_core.llm import Message, ModelRequest

if TYPE_CHECKING:
    from executus_core.llm import ToolCall


class Booking(TypedDict):
    """The arguments of the tool."""

    room: str
    seats: int
    price: float


validate_json = TypeAdapter(Booking).validate_json


async def run(model: FakeModel) -> str:
    """Call the model, validate, call the tool, append; until there is an answer."""
    messages: list[object] = [{"role": "user", "content": PROMPT}]
    while True:
        message = (await model.complete(messages)).message
        messages.append(message)
        if not message.tool_calls:
            return message.text
        for call in message.tool_calls:
            arguments = validate_json(call.arguments)
            output = await book(**arguments)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": output})


async def run_side_by_side(model: FakeModel) -> str:
    """Do the same with all calls of an answer at once."""
    messages: list[object] = [{"role": "user", "content": PROMPT}]
    while True:
        message = (await model.complete(messages)).message
        messages.append(message)
        if not message.tool_calls:
            return message.text
        messages += await asyncio.gather(*map(_call, message.tool_calls))


async def _call(call: ToolCall) -> object:
    arguments = validate_json(call.arguments)
    output = await book(**arguments)
    return {"role": "tool", "tool_call_id": call.id, "content": output}


async def watch(model: WritingModel) -> int:
    """Go through a stream; gives how many pieces it had, the whole at its end not counted."""
    pieces = -1
    async for _ in model.stream(ModelRequest([Message.user(PROMPT)])):
        pieces += 1
    return pieces
