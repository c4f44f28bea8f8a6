"""Single requests to the model that a spec resolves to, in the dialect that has most: OpenAI's."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from llama_server import CONTEXT_TOKENS, LlamaServer
from tiny_vocabulary import RAMBLE

from executus_core import Executor
from executus_core.errors import ContextOverflowError, ModelError
from executus_core.llm import Message, ModelRequest, Response, TextDelta, ToolCall, ToolCallDelta, ToolSpec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from executus_core.llm import Model

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
FORECAST = ToolSpec("forecast", "Tell what the weather will be.", SCHEMA)
QUESTION = Message.user("What will the weather be?")


@pytest.fixture
async def model(server: LlamaServer) -> AsyncIterator[Model]:
    """The model."""
    async with Executor.discover(enable=["model-litellm"]) as executor:
        yield await executor.resolve_model(f"openai/tiny@{server.url}/v1")


async def test_a_stream_is_its_response_in_pieces(model: Model) -> None:
    """Words and calls, piece by piece, and then the whole."""
    for tools in ((), (FORECAST,)):
        *pieces, response = [event async for event in model.stream(ModelRequest([QUESTION], tools))]
        assert isinstance(response, Response)
        assert (
            "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)) == response.message.text
        )
        for index, call in enumerate(response.message.tool_calls):
            of_call = [piece for piece in pieces if isinstance(piece, ToolCallDelta) and piece.index == index]
            assert "".join(piece.id for piece in of_call) == call.id
            assert "".join(piece.name for piece in of_call) == call.name == "forecast"
            assert "".join(piece.arguments for piece in of_call) == call.arguments
        assert bool(response.message.tool_calls) == bool(tools)
        assert response.usage.output_tokens > 0


async def test_now_and_then_one_answer_holds_several_calls(model: Model) -> None:
    """Each with an id of its own, and arguments of its own."""
    answers = [
        await model.generate(ModelRequest([QUESTION], [FORECAST], options={"seed": seed}))
        for seed in range(20)
    ]
    several = [answer.message.tool_calls for answer in answers if len(answer.message.tool_calls) > 1]
    assert several
    for calls in several:
        assert len({call.id for call in calls}) == len(calls)
        assert all(json.loads(call.arguments).keys() == {"city", "days"} for call in calls)


async def test_an_output_schema_is_kept(model: Model) -> None:
    """The provider asks for it in the server's own way."""
    response = await model.generate(ModelRequest([QUESTION], output_schema=SCHEMA))
    answer = json.loads(response.message.text)
    assert (type(answer["city"]), type(answer["days"])) == (str, int)
    assert len(answer) == 2


async def test_an_output_schema_leaves_the_model_its_tools(model: Model) -> None:
    """In its own way the server holds every answer to the schema, and the model calls nothing: see ``test_the_server``."""
    response = await model.generate(ModelRequest([QUESTION], [FORECAST], output_schema=SCHEMA))
    assert [call.name for call in response.message.tool_calls]


async def test_malformed_arguments_in_the_history_do_not_end_the_conversation(model: Model) -> None:
    """Sent as they are they are the server's undoing: see ``test_the_server``."""
    call = ToolCall("c1", "forecast", '{"city": ')
    history = [QUESTION, Message.assistant("", [call]), Message.tool(call, "that is no JSON", is_error=True)]
    response = await model.generate(ModelRequest(history, [FORECAST]))
    assert response.message.text.strip()
    assert not response.message.tool_calls


async def test_usage_tells_what_the_server_counted(model: Model) -> None:
    """What was asked before is cached; what the price is, nobody knows."""
    await model.generate(ModelRequest([QUESTION]))
    usage = (await model.generate(ModelRequest([QUESTION], options={"max_tokens": 3}))).usage
    assert 0 < usage.cached_tokens < usage.input_tokens
    assert (usage.output_tokens, usage.cost_usd, usage.requests) == (3, None, 1)


async def test_a_prompt_that_does_not_fit_is_told_from_other_errors(model: Model) -> None:
    """So that a host may compact, and try again."""
    too_much = ModelRequest([Message.user("x " * 4000)])
    with pytest.raises(ContextOverflowError, match=str(CONTEXT_TOKENS)):
        await model.generate(too_much)
    with pytest.raises(ContextOverflowError, match=str(CONTEXT_TOKENS)):
        _ = [event async for event in model.stream(too_much)]
    with pytest.raises(ModelError, match="temperature"):
        await model.generate(ModelRequest([QUESTION], options={"temperature": "hot"}))


async def test_closing_a_stream_frees_the_server(model: Model, server: LlamaServer) -> None:
    """Also when it is the task that is cancelled."""

    async def read_on() -> None:
        async for _ in model.stream(ModelRequest([Message.user(RAMBLE)])):
            begun.set()

    begun = asyncio.Event()
    with server.freed():
        task = asyncio.create_task(read_on())
        await begun.wait()
        assert server.busy_slots() == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
