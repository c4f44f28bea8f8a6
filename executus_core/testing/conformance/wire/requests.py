"""What must reach a server."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

import base64
import copy
import json
from typing import TYPE_CHECKING, cast

import pytest

from executus_core.llm.exchange import ModelRequest, ToolSpec
from executus_core.llm.message import ImagePart, Message, TextPart, ToolCall
from executus_core.testing.conformance.base import HOSTILE_TEXTS, cannot_check
from executus_core.testing.conformance.wire.base import ADD, KEY, Way, WireSuite, both_ways, question
from executus_core.testing.schemas import HOSTILE_SCHEMAS, REAL_SCHEMAS

if TYPE_CHECKING:
    from executus_core.llm.exchange import SchemaModel
    from executus_core.llm.json import JsonObject

__all__ = ["RequestsOnTheWire"]

_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_OTHER_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGP8z8DEwAAABQ0BA7hKXG8AAAAASUVORK5CYII="
)
_FIRST = ToolCall("call_1", "add", '{"a": 1, "b": 2}')
_SECOND = ToolCall("call_2", "add", '{"a": 3, "b": "x"}')
_ASKED = Message.user("What is 1 + 2?")

TRANSCRIPTS = {
    "two users in a row": [_ASKED, Message.user("And be quick.")],
    "an answer, and a question again": [_ASKED, Message.assistant("It is 3."), Message.user("And 2 + 2?")],
    "an empty answer": [_ASKED, Message.assistant(""), Message.user("Well?")],
    "a blank answer": [_ASKED, Message.assistant(" \n"), Message.user("Well?")],
    "a call without a text": [_ASKED, Message.assistant("", [_FIRST]), Message.tool(_FIRST, "3")],
    "an empty result": [_ASKED, Message.assistant("", [_FIRST]), Message.tool(_FIRST, "")],
    "a blank result": [_ASKED, Message.assistant("", [_FIRST]), Message.tool(_FIRST, " \n ")],
    "a result without a part": [_ASKED, Message.assistant("", [_FIRST]), Message.tool(_FIRST, [])],
    "a word between results and answer": [
        _ASKED,
        Message.assistant("", [_FIRST, _SECOND]),
        Message.tool(_FIRST, "3"),
        Message.tool(_SECOND, "no number: 'x'", is_error=True),
        Message.user("Be quick."),
    ],
    "two system messages": [Message.system("Be brief."), Message.system("Be kind."), _ASKED],
    "a system message on the way": [
        _ASKED,
        Message.assistant("It is 3."),
        Message.system("Wrap up."),
        _ASKED,
    ],
}
"""Transcripts that real runs have, and that one provider or another does not take as they are."""

IDS = ("functions.add:0", "call|1/ü", "x" * 200)
"""Ids of calls as other providers make them: a run that fails over brings them along."""

MALFORMED = ('{"a": 1,', "", "   ", "[1, 2]", '"text"', "{'a': 1}", '{"a": NaN}', "null")
"""Arguments that a model really writes, and no provider takes back."""

_SUM: JsonObject = {
    "type": "object",
    "properties": {"sum": {"type": "integer"}},
    "required": ["sum"],
    "additionalProperties": False,
}


class RequestsOnTheWire(WireSuite):
    """What must reach a server."""

    @both_ways
    async def test_the_messages_arrive(self, way: Way) -> None:
        """The system prompt and the question, to the model and in the way that were asked for."""
        async with self.talk("Three.") as talk:
            await talk.ask(way)

        asked = talk.asked
        assert [(message.role, message.text) for message in asked.messages] == [
            ("system", "Be brief."),
            ("user", "What is 1 + 2?"),
        ]
        assert asked.is_stream == (way == "stream")

    @both_ways
    async def test_tools_arrive_with_their_schema(self, way: Way) -> None:
        """Name, description and parameters."""
        async with self.talk("Three.") as talk:
            await talk.ask(way)

        (tool,) = talk.asked.tools
        assert (tool.name, tool.description) == (ADD.name, ADD.description)
        assert tool.parameters == ADD.parameters

    @both_ways
    async def test_tools_with_any_schema_are_accepted(self, way: Way) -> None:
        """As servers of tools and libraries write them, and some that nobody should: what a provider can't say is left out.

        ``executus_core.model.dialect`` does this for every provider's dialect.
        """
        schemas = {**REAL_SCHEMAS, **HOSTILE_SCHEMAS}
        tools = [ToolSpec(f"tool_{at}", name, schemas[name]) for at, name in enumerate(schemas)]
        async with self.talk("Three.") as talk:
            response = await talk.ask(way, ModelRequest([_ASKED], tools))

        assert response.message.text == "Three."
        assert [tool.name for tool in talk.asked.tools] == [tool.name for tool in tools]

    @both_ways
    async def test_options_arrive(self, way: Way) -> None:
        """What an agent or a tier says of the model's work is passed on."""
        request = ModelRequest([_ASKED], options={"temperature": 1, "max_tokens": 321})
        async with self.talk("Three.") as talk:
            await talk.ask(way, request)

        assert talk.asked.options["temperature"] == 1
        assert talk.asked.options["max_tokens"] == 321

    @both_ways
    async def test_an_output_schema_is_sent(self, way: Way) -> None:
        """The provider is told what the answer must look like."""
        if not self.sends_output_schema:
            cannot_check("sends_output_schema")
        async with self.talk('{"sum": 3}') as talk:
            response = await talk.ask(way, ModelRequest([_ASKED], output_schema=_SUM))

        assert talk.asked.output_schema == _SUM
        assert response.message.text == '{"sum": 3}'

    @both_ways
    @pytest.mark.parametrize("has_tools", [False, True])
    async def test_the_output_mode_is_what_is_sent(self, way: Way, has_tools: bool) -> None:  # noqa: FBT001 - pytest's
        """Where a model says that its provider has a mode for schemas, a schema is sent in it."""
        tools = [ADD] if has_tools else []
        async with self.talk(always=lambda _: '{"sum": 3}') as talk:
            choose = getattr(talk.model, "output_mode", None)
            if choose is None:
                cannot_check("output_mode")
            mode = cast("SchemaModel", talk.model).output_mode(has_tools=has_tools)
            await talk.ask(way, ModelRequest([_ASKED], tools, output_schema=_SUM))

        assert mode in {"native", "tool", "prompted"}
        assert (talk.asked.output_schema == _SUM) == (mode == "native")

    @both_ways
    async def test_results_go_back_with_their_calls(self, way: Way) -> None:
        """The next step sends each call as it was made, and each result under its call, failed ones too."""
        steps = [
            Message.assistant("Let me see.", [_FIRST, _SECOND]),
            Message.tool(_FIRST, "3"),
            Message.tool(_SECOND, "no number: 'x'", is_error=True),
        ]
        async with self.talk("Three.") as talk:
            await talk.ask(way, question(_ASKED, *steps))

        _, said, *results = talk.asked.messages
        assert said.text == "Let me see."
        assert [(call.name, json.loads(call.arguments)) for call in said.tool_calls] == [
            ("add", {"a": 1, "b": 2}),
            ("add", {"a": 3, "b": "x"}),
        ]
        assert [result.role for result in results] == ["tool", "tool"]
        assert results[0].text == "3"
        assert "no number: 'x'" in results[1].text
        if self.dialect != "ollama":
            ids = [call.id for call in said.tool_calls]
            assert [result.tool_call_id for result in results] == ids

    async def test_results_that_failed_are_marked(self) -> None:
        """Where a dialect can say that a call failed, it is said, beside the text."""
        self.needs_place_for("failed results", "anthropic")
        steps = [Message.tool(_FIRST, "3"), Message.tool(_SECOND, "no number: 'x'", is_error=True)]
        async with self.talk("Three.") as talk:
            await talk.ask("generate", question(_ASKED, Message.assistant("", [_FIRST, _SECOND]), *steps))

        assert [message.is_error for message in talk.asked.messages if message.role == "tool"] == [
            False,
            True,
        ]

    @both_ways
    @pytest.mark.parametrize("name", TRANSCRIPTS)
    async def test_transcripts_of_real_runs_are_accepted(self, way: Way, name: str) -> None:
        """What a provider does not take as it is, is written so that it does."""
        async with self.talk("Three.") as talk:
            response = await talk.ask(way, question(*TRANSCRIPTS[name]))

        assert response.message.text == "Three."
        sent = "".join(talk.asked.texts)
        assert [text for message in TRANSCRIPTS[name] if (text := message.text.strip()) not in sent] == []

    @both_ways
    async def test_old_calls_are_accepted_where_no_tool_is_on_offer(self, way: Way) -> None:
        """A step without tools still has the history of those with."""
        steps = [
            _ASKED,
            Message.assistant("", [_FIRST]),
            Message.tool(_FIRST, "3"),
            Message.user("Sum it up."),
        ]
        async with self.talk("Three.") as talk:
            response = await talk.ask(way, ModelRequest(steps))

        assert response.message.text == "Three."

    @both_ways
    @pytest.mark.parametrize("id", IDS, ids=lambda text: text[:20])
    async def test_ids_of_other_providers_are_accepted(self, way: Way, id: str) -> None:  # noqa: A002 - the field's word
        """A run that failed over goes on: its calls and results are still pairs."""
        first, second = ToolCall(id, "add", "{}"), ToolCall(f"{id}.", "add", "{}")
        steps = [
            Message.assistant("", [first, second]),
            Message.tool(first, "one"),
            Message.tool(second, "two"),
        ]
        async with self.talk("Three.") as talk:
            await talk.ask(way, question(_ASKED, *steps))

        _, said, *results = talk.asked.messages
        assert [result.text for result in results] == ["one", "two"]
        if self.dialect != "ollama":
            assert [result.tool_call_id for result in results] == [call.id for call in said.tool_calls]

    @both_ways
    @pytest.mark.parametrize("arguments", MALFORMED)
    async def test_malformed_arguments_do_not_go_back_as_they_are(self, way: Way, arguments: str) -> None:
        """A conversation with a malformed call goes on, instead of being refused from then on."""
        bad = ToolCall("call_1", "add", arguments)
        steps = [
            Message.assistant("", [bad]),
            Message.tool(bad, "the arguments are not an object", is_error=True),
        ]
        async with self.talk("Three.") as talk:
            response = await talk.ask(way, question(_ASKED, *steps))

        assert response.message.text == "Three."
        (sent,) = talk.asked.messages[1].tool_calls
        assert sent.name == "add"
        assert isinstance(json.loads(sent.arguments, parse_constant=_refuse), dict)

    @both_ways
    async def test_pictures_arrive_as_they_are(self, way: Way) -> None:
        """Byte for byte, with their media type, after the text that goes with them."""
        self._needs_images()
        async with self.talk("A dot.") as talk:
            await talk.ask(way, question(Message.user("What is this?", ImagePart(_PNG))))

        assert talk.asked.images == [ImagePart(_PNG, "image/png")]
        assert "What is this?" in talk.asked.texts[-1]

    @both_ways
    async def test_pictures_of_tools_arrive(self, way: Way) -> None:
        """A tool that makes a picture shows it to the model, even where a dialect's results are text only."""
        self._needs_images()
        results = [
            Message.tool(_FIRST, (TextPart("a plot"), ImagePart(_PNG))),
            Message.tool(_SECOND, (ImagePart(_OTHER_PNG),)),
        ]
        async with self.talk("A dot.") as talk:
            await talk.ask(way, question(_ASKED, Message.assistant("", [_FIRST, _SECOND]), *results))

        assert [image.data for image in talk.asked.images] == [_PNG, _OTHER_PNG]
        assert "a plot" in "".join(talk.asked.texts)

    @both_ways
    @pytest.mark.parametrize(
        "text", [text for text in HOSTILE_TEXTS if text], ids=lambda text: repr(text[:20])
    )
    async def test_any_text_can_be_sent(self, way: Way, text: str) -> None:
        """What people and tools send reaches the model, whatever it is."""
        steps = [Message.assistant("", [_FIRST]), Message.tool(_FIRST, text)]
        async with self.talk("Three.") as talk:
            response = await talk.ask(way, question(Message.user(text), *steps))

        assert response.message.text == "Three."
        assert len(talk.asked.texts[0]) >= len(text.strip())

    @both_ways
    async def test_the_key_is_sent(self, way: Way) -> None:
        """In the header that the provider reads."""
        if not self.sends_key:
            cannot_check("sends_key")
        async with self.talk("Three.", key=KEY) as talk:
            response = await talk.ask(way)

        assert response.message.text == "Three."

    @both_ways
    async def test_it_changes_nothing_in_the_request(self, way: Way) -> None:
        """The request's messages are the run's own list."""
        bad = ToolCall("call_1", "add", '{"a": 1,')
        steps = [Message.assistant("", [bad]), Message.tool(bad, "not JSON", is_error=True)]
        request = question(_ASKED, *steps)
        before = copy.deepcopy(request)
        async with self.talk("Three.") as talk:
            await talk.ask(way, request)

        assert request == before

    def _needs_images(self) -> None:
        if not self.sends_images:
            cannot_check("sends_images")


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")
