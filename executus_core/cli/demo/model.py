"""The scripted model: no intelligence, real tools.

A script is a generator. It yields the calls that it wants made and is sent what they gave; what it returns is the
answer. The model keeps nothing between two requests: it replays the script over the transcript, as far as there are
results, and what the script yields next is its answer. So one model serves many runs at once, and a run that is resumed
goes on.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from executus_core.cli.demo.scripts import pick_script
from executus_core.cli.demo.wish import Found
from executus_core.llm.events import TextDelta
from executus_core.llm.exchange import Response
from executus_core.llm.message import Message, ToolCall
from executus_core.llm.price import Price
from executus_core.llm.usage import Usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from executus_core.cli.demo.wish import Script, Wish
    from executus_core.llm.exchange import ModelEvent, ModelRequest
    from executus_core.llm.json import JsonObject

NAME: Final = "scripted"


class DemoModel:
    """Answers by rules and by what tools say, and costs nothing."""

    name = NAME
    context_tokens = 0
    price: Price | None = Price(0.0, 0.0)

    async def generate(self, request: ModelRequest) -> Response:
        """Go on with the script from where the transcript stands."""
        transcript = _since_question(request.messages)
        made = sum(len(message.tool_calls) for message in request.messages)
        script = pick_script(transcript[0].text if transcript else "", request.tools)
        return Response(_next_message(script, transcript, made), Usage(cost_usd=0.0), NAME, "end")

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """The same, line by line."""
        response = await self.generate(request)
        for line in response.message.text.splitlines(keepends=True):
            yield TextDelta(line)
        yield response


def _since_question(messages: Sequence[Message]) -> Sequence[Message]:
    """Leave out earlier questions with their answers: a script knows one.

    What a run puts in while a script goes on stands behind a result, and what a person asks does not.
    """
    asked = [
        position
        for position, message in enumerate(messages)
        if message.role == "user"
        and (position == 0 or messages[position - 1].role in {"system", "assistant"})
    ]
    return messages[asked[-1] :] if asked else ()


def _next_message(script: Script, transcript: Sequence[Message], made: int) -> Message:
    """Replay a script over the results so far; calls are numbered on from those that were made."""
    results = {message.tool_call_id: message for message in transcript if message.role == "tool"}
    asked = [
        message.tool_calls for message in transcript if message.role == "assistant" and message.tool_calls
    ]
    try:
        wishes = next(script)
        for calls in asked:
            wishes = script.send([_found(results[call.id]) for call in calls])
    except StopIteration as end:
        return Message.assistant(str(end.value))
    finally:
        script.close()
    return Message.assistant("", [_call(wish, f"call_{made + n}") for n, wish in enumerate(wishes, 1)])


def _found(message: Message) -> Found:
    data: object = None
    if not message.is_error:
        with suppress(ValueError):
            data = json.loads(message.text)
    return Found(message.text, cast("JsonObject", data) if isinstance(data, dict) else {}, message.is_error)


def _call(wish: Wish, call_id: str) -> ToolCall:
    return ToolCall(call_id, wish.tool, json.dumps(wish.arguments, ensure_ascii=False))
