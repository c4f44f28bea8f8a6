"""What must become of a server's answers."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from executus_core.llm.events import TextDelta, ThinkingDelta, ToolCallDelta
from executus_core.llm.exchange import Response
from executus_core.llm.message import Message
from executus_core.llm.usage import Usage
from executus_core.testing.conformance.base import cannot_check, interleaved
from executus_core.testing.conformance.wire.base import Way, WireSuite, both_ways, question
from executus_core.testing.script import call, raw_call, thinking

if TYPE_CHECKING:
    from executus_core.llm.exchange import PricedModel

__all__ = ["AnswersOnTheWire"]


class AnswersOnTheWire(WireSuite):
    """What must become of a server's answers."""

    @both_ways
    async def test_a_text_comes_back(self, way: Way) -> None:
        """The answer is an assistant's, and is what the server said."""
        async with self.talk("It is three, I should say.") as talk:
            response = await talk.ask(way)

        assert response.message == Message.assistant("It is three, I should say.")

    @both_ways
    async def test_a_call_comes_back_with_its_arguments(self, way: Way) -> None:
        """Nested arguments, and text that is no ASCII, come as the server wrote them."""
        arguments = {"a": 1, "nested": {"list": [1.5, None, True]}, "name": 'Zoë "Z" \n'}
        async with self.talk(["Let me see.", call("add", **arguments)]) as talk:
            response = await talk.ask(way)

        assert response.message.text == "Let me see."
        (called,) = response.message.tool_calls
        assert called.name == "add"
        assert json.loads(called.arguments) == arguments
        assert called.id

    @both_ways
    async def test_a_call_without_a_text_comes_back(self, way: Way) -> None:
        """A tool without parameters is called with an empty object, and nothing is said."""
        async with self.talk(call("now")) as talk:
            response = await talk.ask(way)

        assert response.message.text == ""
        assert [(called.name, json.loads(called.arguments)) for called in response.message.tool_calls] == [
            ("now", {})
        ]

    @both_ways
    async def test_malformed_arguments_come_back_as_they_are(self, way: Way) -> None:
        """What the model really wrote is what is validated and recorded: nothing is repaired on the way."""
        self.needs_place_for("malformed arguments", "openai")
        async with self.talk(raw_call("add", '{"a": 1, "b"')) as talk:
            response = await talk.ask(way)

        assert response.message.tool_calls[0].arguments == '{"a": 1, "b"'

    @both_ways
    async def test_parallel_calls_keep_their_order(self, way: Way) -> None:
        """Calls of one answer stay apart, in order, each with an id of its own."""
        async with self.talk([call("add", a=number, b=0) for number in range(5)]) as talk:
            response = await talk.ask(way)

        calls = response.message.tool_calls
        assert [json.loads(called.arguments) for called in calls] == [
            {"a": number, "b": 0} for number in range(5)
        ]
        assert len({called.id for called in calls}) == 5
        assert all(called.id for called in calls)

    @both_ways
    async def test_calls_keep_their_ids(self, way: Way) -> None:
        """The ids are the server's, since its results go back under them."""
        self.needs_place_for("ids of calls", "openai", "anthropic")
        async with self.talk([raw_call("add", "{}", id="one"), raw_call("add", "{}", id="two")]) as talk:
            response = await talk.ask(way)

        assert [called.id for called in response.message.tool_calls] == ["one", "two"]

    @both_ways
    async def test_reasoning_is_no_part_of_the_answer(self, way: Way) -> None:
        """What the model thought is not what it said."""
        async with self.talk(thinking("One and two, that is ...", "Three.")) as talk:
            response = await talk.ask(way)

        assert response.message.text == "Three."

    async def test_reasoning_is_streamed(self) -> None:
        """Whoever watches sees the model think, before it speaks."""
        async with self.talk(thinking("One and two, that is ...", "Three.")) as talk:
            events = await talk.events()

        thoughts = [event.text for event in events if isinstance(event, ThinkingDelta)]
        assert "".join(thoughts) == "One and two, that is ..."
        assert isinstance(events[0], ThinkingDelta)

    async def test_deltas_add_up_to_the_response(self) -> None:
        """A stream shows the whole answer piece by piece, and then gives it, once and last."""
        calls = call("add", a=1, b=2), call("add", a=3, b=4)
        async with self.talk(["Let me see, that is simple.", *calls]) as talk:
            *deltas, response = await talk.events()

        assert isinstance(response, Response)
        texts = [delta.text for delta in deltas if isinstance(delta, TextDelta)]
        assert "".join(texts) == response.message.text
        assert len(texts) > 1, "the text came in one piece"
        for index, called in enumerate(response.message.tool_calls):
            parts = [delta for delta in deltas if isinstance(delta, ToolCallDelta) and delta.index == index]
            whole = ("".join(part.id for part in parts), "".join(part.name for part in parts))
            assert whole == (called.id, called.name)
            assert "".join(part.arguments for part in parts) == called.arguments

    @both_ways
    async def test_usage_is_what_the_server_counted(self, way: Way) -> None:
        """Tokens in and out, for one request; a stream is counted like a plain call."""
        async with self.talk("Three.", usage=Usage(2000, 100)) as talk:
            usage = (await talk.ask(way)).usage

        assert (usage.input_tokens, usage.output_tokens, usage.requests) == (2000, 100, 1)

    async def test_a_price_is_known_or_none(self) -> None:
        """Never a guessed 0, which a budget would believe; looking at it asks nobody."""
        async with self.talk(always=lambda _: "Three.") as talk:
            if not hasattr(talk.model, "price"):
                cannot_check("price")
            price = cast("PricedModel", talk.model).price

        assert not talk.server.requests
        if price is not None:
            assert price.input_usd > 0
            assert price.output_usd > 0
            assert price.cached_input_usd is None or 0 <= price.cached_input_usd <= price.input_usd

    @both_ways
    async def test_cached_tokens_are_a_part_of_those_that_came_in(self, way: Way) -> None:
        """They are told, and counted in the input tokens."""
        self.needs_place_for("cached tokens", "openai", "anthropic")
        async with self.talk("Three.", usage=Usage(2000, 100, cached_tokens=1500)) as talk:
            usage = (await talk.ask(way)).usage

        assert (usage.input_tokens, usage.cached_tokens) == (2000, 1500)

    @both_ways
    async def test_thinking_tokens_are_a_part_of_those_that_went_out(self, way: Way) -> None:
        """They are told, and counted in the output tokens."""
        self.needs_place_for("thinking tokens", "openai", "anthropic")
        async with self.talk(thinking("Hm.", "Three."), usage=Usage(2000, 100, thinking_tokens=60)) as talk:
            usage = (await talk.ask(way)).usage

        assert (usage.output_tokens, usage.thinking_tokens) == (100, 60)

    @both_ways
    async def test_why_it_stopped_is_told(self, way: Way) -> None:
        """An answer that the provider cut short is told from one that the model ended."""
        cut_short = Response(Message.assistant("It is thr"), Usage(10, 5), stop_reason="length")
        async with self.talk("It is three.", cut_short) as talk:
            ended, cut = await talk.ask(way), await talk.ask(way)

        assert ended.stop_reason
        assert cut.stop_reason
        assert ended.stop_reason != cut.stop_reason

    @both_ways
    async def test_the_model_that_served_is_told(self, way: Way) -> None:
        """Providers serve a dated model under a short name; the record says which."""
        self.needs_place_for("a served model with another name", "openai", "anthropic")
        served = Response(Message.assistant("It is three."), Usage(10, 5), model="test-model-2025-01-25")
        async with self.talk(served) as talk:
            response = await talk.ask(way)

        assert "test-model-2025-01-25" in response.model

    @both_ways
    async def test_many_runs_ask_at_once(self, way: Way) -> None:
        """Requests of many runs are answered side by side, each with its own answer."""
        async with self.talk(always=lambda asked: f"You said {asked.messages[-1].text}.") as talk:
            answers = await interleaved(
                talk.ask(way, question(Message.user(f"run {number}"))) for number in range(20)
            )

        texts = [given.message.text if isinstance(given, Response) else given for given in answers]
        assert texts == [f"You said run {number}." for number in range(20)]
