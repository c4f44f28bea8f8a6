"""Long transcripts of all kinds, and what providers say of them."""

from __future__ import annotations

from base64 import b64encode
from random import Random
from typing import TYPE_CHECKING, cast

from hypothesis import strategies as st

from executus_core.llm.message import ImagePart, Message, TextPart, ToolCall
from executus_core.testing.wire import anthropic, openai

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.json import JsonObject, JsonValue
    from executus_core.llm.message import Part

__all__ = ["assert_accepted", "transcripts"]

PICTURE = ImagePart(b"\x89PNG\r\n\x1a\n")
QUESTION = Message.user("What is in the folder?").pinned()
WORDS = ("word ", "Wörter ", "言葉 ", "0x1F </record> ", "line\n")
STEPS = (12, 40)
MAX_PINS = 3


@st.composite
def transcripts(draw: st.DrawFn) -> tuple[Message, ...]:
    """Draw a transcript that every provider takes and that can become much shorter; its question is pinned, as in a run."""
    before, steps = draw(st.integers(0, 5)), draw(st.integers(*STEPS))
    dice = Random(draw(st.integers(0, 2**32)))  # noqa: S311 - hundreds of hypothesis' own draws would take seconds
    messages = [Message.system("You look at folders.")] if dice.randrange(2) else []
    for number in range(before):
        messages += [Message.user(_text(dice, number)), Message.assistant(_text(dice, number))]
    messages.append(QUESTION)
    for number in range(steps):
        messages += _step(dice, number)
        if not dice.randrange(5):
            messages.append(Message.user(f"By the way, {number}."))
    for place in dice.sample(range(len(messages)), dice.randint(0, MAX_PINS)):
        messages[place] = messages[place].pinned()
    return tuple(messages)


def _step(dice: Random, number: int) -> list[Message]:
    """Answer with some calls; the results follow at once, in their order."""
    calls = [
        ToolCall(f"call_{number}_{index}", dice.choice(("read", "list")), '{"path": "notes.txt"}')
        for index in range(dice.randint(1, 3))
    ]
    said = dice.choice(("", "Let me see."))
    return [Message.assistant(said, calls), *(_result(dice, call, number) for call in calls)]


def _result(dice: Random, call: ToolCall, number: int) -> Message:
    parts: list[Part] = [TextPart(_text(dice, number))]
    if not dice.randrange(10):
        parts.append(PICTURE)
    return Message.tool(call, parts, is_error=not dice.randrange(10))


def _text(dice: Random, number: int) -> str:
    return f"{number}: {dice.choice(WORDS) * dice.randint(80, 800)}"


def assert_accepted(messages: Sequence[Message]) -> None:
    """Check a transcript against what OpenAI and Anthropic demand, as the model servers of the test kit do.

    Raises:
        RefusedError: One of them would not take it, with what it would say.
    """
    openai.reading.read({"model": "any", "messages": [_for_openai(message) for message in messages]})
    spoken = [message for message in messages if message.role != "system"]
    body: JsonObject = {
        "model": "any",
        "max_tokens": 1,
        "messages": cast("JsonValue", _for_anthropic(spoken)),
    }
    anthropic.reading.read(body, {"anthropic-version": "2023-06-01"})


def _for_openai(message: Message) -> JsonObject:
    content: list[JsonValue] = [
        {"type": "text", "text": part.text}
        if isinstance(part, TextPart)
        else {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{_encoded(part)}"}}
        for part in message.parts
        if isinstance(part, TextPart) or message.role == "user"
    ]
    calls: list[JsonValue] = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in message.tool_calls
    ]
    said: JsonObject = {"role": message.role, "content": content or None}
    if message.role == "tool":
        return {**said, "tool_call_id": message.tool_call_id}
    return {**said, "tool_calls": calls} if calls else said


def _for_anthropic(messages: Sequence[Message]) -> list[JsonObject]:
    """Write messages down; what one side says in a row is one message, as every client has it."""
    written: list[tuple[str, list[JsonValue]]] = []
    for message in messages:
        role = "assistant" if message.role == "assistant" else "user"
        if not written or written[-1][0] != role:
            written.append((role, []))
        written[-1][1].extend(_blocks(message))
    return [{"role": role, "content": blocks} for role, blocks in written]


def _blocks(message: Message) -> list[JsonValue]:
    parts: list[JsonValue] = [
        {"type": "text", "text": part.text}
        if isinstance(part, TextPart)
        else {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": _encoded(part)},
        }
        for part in message.parts
    ]
    if message.role == "tool":
        return [{"type": "tool_result", "tool_use_id": message.tool_call_id, "content": parts}]
    calls: list[JsonValue] = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": {"path": "notes.txt"}}
        for call in message.tool_calls
    ]
    return parts + calls


def _encoded(part: Part) -> str:
    return b64encode(getattr(part, "data", b"")).decode()
