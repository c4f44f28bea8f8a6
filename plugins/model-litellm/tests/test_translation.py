"""What a transcript becomes on the wire, each message rendered once."""

from __future__ import annotations

import asyncio
import base64
import copy
import gc
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executus_core.llm import ImagePart, Message, ModelRequest, TextPart, ToolCall, ToolSpec
from executus_core.testing import ModelServer, call, thinking
from executus_model_litellm.media import Media
from executus_model_litellm.repair import MALFORMED, clean_arguments
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels
from executus_model_litellm.spec import ModelSpec
from executus_model_litellm.transcript import Transcripts

if TYPE_CHECKING:
    from collections.abc import Sequence

ADD = ToolSpec("add", "Add.", {"type": "object", "properties": {}})
PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama_chat"}
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)

# any text, halves of surrogate pairs included: models and tools send them
texts = st.text(st.characters(exclude_categories=()), max_size=20)
arguments = st.one_of(
    texts,
    st.just('{"a": 1}'),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2).map(json.dumps),
)
content = st.lists(st.one_of(texts.map(TextPart), st.just(ImagePart(PNG))), max_size=3).map(tuple)


@st.composite
def transcripts(draw: st.DrawFn) -> list[Message]:
    """Make what a run can have said: every call is answered once, in any words."""
    messages = [
        Message.system(draw(texts)),
        Message.user(draw(texts), *draw(st.lists(st.just(ImagePart(PNG)), max_size=1))),
    ]
    for step in range(draw(st.integers(0, 3))):
        names = draw(st.lists(st.tuples(texts, texts, arguments), max_size=3))
        calls = [ToolCall(f"{made}{step}.{at}", name, given) for at, (made, name, given) in enumerate(names)]
        messages.append(Message.assistant(draw(texts), calls))
        messages += [Message.tool(made, draw(content), is_error=draw(st.booleans())) for made in calls]
        messages += (
            draw(st.lists(texts.map(Message.user), max_size=2)) if calls else [Message.user(draw(texts))]
        )
    return messages


def transcripts_of(provider: str) -> Transcripts:
    return Transcripts(provider, Media(ModelSpec(provider, "test-model"), Settings()))


async def _ask(dialect: str, messages: Sequence[Message]) -> str:
    with ModelServer(dialect, ["Three."]) as server:
        async with LitellmModels(Settings()) as source:
            model = source.find(f"{PROVIDERS[dialect]}/test-model@{server.base_url}")
            return (await model.generate(ModelRequest(messages, [ADD]))).message.text


@pytest.mark.parametrize("dialect", PROVIDERS)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(messages=transcripts())
def test_whatever_a_run_has_said_is_accepted(dialect: str, messages: list[Message]) -> None:
    """By a server as strict as the real ones, in each dialect."""
    assert asyncio.run(_ask(dialect, messages)) == "Three."


@given(arguments)
def test_arguments_of_the_history_are_always_an_object(text: str) -> None:
    """What is one already says the same; of anything else the model sees how it began."""
    sent = json.loads(clean_arguments(text).encode("utf-8"))

    assert isinstance(sent, dict)
    try:
        meant = json.loads(text)
    except ValueError:
        meant = None
    if isinstance(meant, dict) and MALFORMED not in sent:
        assert list(sent.values()) == list(meant.values())


def test_malformed_arguments_go_out_wrapped() -> None:
    """Cut JSON, NaN, a list, nesting without an end, a number that is none."""
    for text in ('{"a": 1,', '{"a": NaN}', "[1]", '{"a":' * 100_000, '{"a": 1e999}', "1" * 5000):
        assert json.loads(clean_arguments(text)) == {MALFORMED: text[:1000]}
    assert clean_arguments(" ") == "{}"


def test_a_long_run_renders_each_message_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three hundred steps render six hundred messages, and not three hundred times as many."""
    rendered: list[Message] = []
    render = Transcripts._render
    monkeypatch.setattr(
        Transcripts, "_render", lambda self, message: rendered.append(message) or render(self, message)
    )
    wire = transcripts_of("openai")
    transcript = [Message.user("Begin.")]

    for step in range(300):
        sent = wire.render(transcript)
        made = ToolCall(f"call_{step}", "add", "{}")
        transcript += [Message.assistant("", [made]), Message.tool(made, "3")]

    assert len(sent) == 599
    assert len(rendered) == 599


def test_what_was_rendered_goes_with_its_message() -> None:
    """A server that runs for days holds nothing of the runs that are over."""
    wire = transcripts_of("openai")
    wire.render([Message.user(f"run {number}") for number in range(100)])
    gc.collect()

    assert not wire._rendered


def test_equal_messages_are_not_taken_for_one_another() -> None:
    """A copy is rendered by itself, so that nothing of another run comes along."""
    wire = transcripts_of("anthropic")
    made = ToolCall("call_1", "add", "{}")
    first, second = Message.assistant("", [made]), Message.assistant("", [made])
    wire.remember(first, {"thinking_blocks": [{"type": "thinking", "thinking": "Hm.", "signature": "s"}]})

    assert ["thinking_blocks" in one for message in (first, second) for one in wire.render([message])] == [
        True,
        False,
    ]


@pytest.mark.parametrize("way", ["generate", "stream"])
async def test_signed_thoughts_go_back_with_their_calls(way: str) -> None:
    """Anthropic wants them; a run that was read from a store has lost them, and goes on without thinking."""
    options = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048}
    asked = [Message.user("What is 1 + 2?")]
    with ModelServer(
        "anthropic",
        [thinking("I add.", call("add", a=1, b=2)), "Three.", "Three."],
        models=("claude-sonnet-4-5",),
    ) as server:
        async with LitellmModels(Settings()) as source:
            model = source.find(f"anthropic/claude-sonnet-4-5@{server.base_url}")
            request = ModelRequest(asked, [ADD], options=options)
            if way == "generate":
                said = (await model.generate(request)).message
            else:
                said = [event async for event in model.stream(request)][-1].message
            result = Message.tool(said.tool_calls[0], "3")
            await model.generate(ModelRequest([*asked, said, result], [ADD], options=options))
            await model.generate(ModelRequest([*asked, copy.deepcopy(said), result], [ADD], options=options))

    _, kept, lost = (asked.body for asked in server.requests)
    assert kept["messages"][1]["content"][0]["type"] == "thinking"
    assert kept["messages"][1]["content"][0]["signature"]
    assert "thinking" in kept
    assert "thinking" not in lost
