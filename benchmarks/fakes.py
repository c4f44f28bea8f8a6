"""The model and the tool that all contenders share: they take no time, so that what is left is the loop's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from executus_core.llm import Message, Response, TextDelta, ToolCall, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence, Sized

    from executus_core.llm import ModelEvent, ModelRequest

PROMPT = "Book rooms for the workshop."
ANSWER = "All booked."


async def book(room: str, seats: int, price: float) -> str:  # noqa: ARG001 - arguments for the validator
    """Book a room.

    Args:
        room: The room's name.
        seats: How many seats it must have.
        price: The most that it may cost.
    """
    return room


class FakeModel:
    """Calls the tool so many times, and then answers. It keeps no state, so any number of runs may ask it at once."""

    name = "fake"
    context_tokens = 0

    def __init__(self, steps: int, *, calls: int = 1) -> None:
        """Prepare the answers.

        Args:
            steps: Model calls of a run, the last of which gives the answer.
            calls: Tool calls of each of the others.
        """
        usage = Usage(100, 10, cost_usd=0.0001)
        self._answers = [
            Response(Message.assistant("", make_calls(step, calls)), usage, self.name)
            for step in range(steps - 1)
        ]
        self._answers.append(Response(Message.assistant(ANSWER), usage, self.name))
        self._per_step = 1 + calls

    async def complete(self, messages: Sized) -> Response:
        """Answer a bare loop. How long the transcript is tells which step this is."""
        return self._answers[(len(messages) - 1) // self._per_step]

    async def generate(self, request: ModelRequest) -> Response:
        """Answer a run."""
        return self._answers[(len(request.messages) - 1) // self._per_step]


class WaitingModel(FakeModel):
    """Takes its time, as models do, and uses no processor meanwhile."""

    latency_s = 0.05

    async def complete(self, messages: Sized) -> Response:
        """Answer a bare loop, later."""
        await asyncio.sleep(self.latency_s)
        return self._answers[(len(messages) - 1) // self._per_step]

    async def generate(self, request: ModelRequest) -> Response:
        """Answer a run, later."""
        await asyncio.sleep(self.latency_s)
        return self._answers[(len(request.messages) - 1) // self._per_step]


class WritingModel(FakeModel):
    """Shows its answer piece by piece."""

    def __init__(self, deltas: int, *, gives_way: bool) -> None:
        """Prepare the pieces.

        Args:
            deltas: How many there are.
            gives_way: Whether each comes in a turn of the event loop of its own, as from a network; else all come at once.
        """
        super().__init__(1)
        self._deltas: Sequence[TextDelta] = [TextDelta("so ") for _ in range(deltas)]
        self._gives_way = gives_way

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Give the pieces, then the whole."""
        if self._gives_way:
            for delta in self._deltas:
                await asyncio.sleep(0)
                yield delta
        else:
            for delta in self._deltas:
                yield delta
        yield await self.generate(request)


class Turns:
    """The same script for models of another kind: what the model says next, run after run."""

    def __init__(self, steps: int) -> None:
        """Start before the first step."""
        self._calls = [*(make_calls(step, 1)[0] for step in range(steps - 1)), None]
        self._said = 0

    def next_call(self) -> ToolCall | None:
        """Give the call of this step, or None for the answer, which ends the run."""
        call = self._calls[self._said]
        self._said = (self._said + 1) % len(self._calls)
        return call


def make_calls(step: int, calls: int) -> list[ToolCall]:
    """Make the calls of a step: never the same arguments twice, for a run that repeats itself is ended by a guard."""
    asked = [f'{{"room": "blue", "seats": {step + 1}, "price": {call}.5}}' for call in range(calls)]
    return [ToolCall(f"call_{step}_{number}", "book", text) for number, text in enumerate(asked)]
