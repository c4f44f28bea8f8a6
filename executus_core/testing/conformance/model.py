"""What every model must do."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING, cast

import pytest

from executus_core.errors import ModelUnavailableError
from executus_core.llm.events import TextDelta, ThinkingDelta, ToolCallDelta
from executus_core.llm.exchange import ModelRequest, Response, ToolSpec
from executus_core.llm.message import Message
from executus_core.llm.usage import Usage
from executus_core.testing.conformance.base import Conformance, answer, cannot_check, interleaved, tool_call

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from executus_core.llm.exchange import Model, ModelEvent, StreamingModel

__all__ = ["ModelConformance"]


class ModelConformance(Conformance):
    """What every model must do.

    Give the fixture ``model``: one that answers any number of requests.

    Attributes:
        repeats_itself: Whether the same request gets the same answer, so that a stream can be compared with a plain call.
    """

    repeats_itself: bool = True

    @pytest.fixture
    def model(self) -> Model:
        """The model to check."""
        raise NotImplementedError("give the fixture 'model'")

    def request(self) -> ModelRequest:
        """Make a request that the model answers, best with a text and a tool call."""
        return ModelRequest([Message.system("Be brief."), Message.user("What is 1 + 2?")], [_add()])

    def model_that_takes_its_time(self) -> Model | None:
        """Make a model that has not answered yet when it is cancelled; None when a test can't."""
        return None

    def unavailable_model(self) -> Model | None:
        """Make a model whose provider can't answer now; None when a test can't."""
        return None

    async def test_it_says_what_it_is(self, model: Model) -> None:
        """It has a name, and a window whose size is a number of tokens, or 0."""
        assert isinstance(model.name, str)
        assert model.name
        assert isinstance(model.context_tokens, int)
        assert model.context_tokens >= 0

    async def test_it_answers_as_an_assistant(self, model: Model) -> None:
        """The answer is an assistant's, its calls have ids of their own, and it says what it consumed."""
        _assert_answer(await model.generate(self.request()))

    async def test_it_changes_nothing_in_the_request(self, model: Model) -> None:
        """The request's messages are the run's own list."""
        request = self.request()
        before = copy.deepcopy(request)

        await model.generate(request)
        if hasattr(model, "stream"):
            _ = [event async for event in cast("StreamingModel", model).stream(request)]

        assert request == before

    async def test_it_reads_a_whole_transcript(self, model: Model) -> None:
        """Calls and results of earlier steps, malformed and failed ones included, are a request like any other."""
        call, bad = tool_call("call-1"), tool_call("call-2", "add", '{"a": 1,')
        transcript = [
            *self.request().messages,
            answer("Let me see.", call, bad).message,
            Message.tool(call, "3"),
            Message.tool(bad, "the arguments are not JSON", is_error=True),
            Message.user("And?"),
        ]

        _assert_answer(await model.generate(ModelRequest(transcript, [_add()])))

    async def test_many_runs_ask_at_once(self, model: Model) -> None:
        """Requests of many runs are answered side by side."""
        answers = await interleaved(model.generate(self.request()) for _ in range(20))

        for given in answers:
            _assert_answer(given)

    async def test_a_stream_ends_with_the_whole_answer(self, model: Model) -> None:
        """Deltas come first and add up to the response, which comes once and last."""
        events = [event async for event in self._streaming(model).stream(self.request())]

        *deltas, response = events
        _assert_answer(response)
        assert isinstance(response, Response)
        assert all(isinstance(delta, (TextDelta, ThinkingDelta, ToolCallDelta)) for delta in deltas)
        assert _text_of(deltas) == response.message.text
        assert _calls_of(deltas) == [
            (call.id, call.name, call.arguments) for call in response.message.tool_calls
        ]

    async def test_a_stream_gives_what_a_plain_call_gives(self, model: Model) -> None:
        """The response of a stream equals the one of ``generate``."""
        streaming = self._streaming(model)
        if not self.repeats_itself:
            cannot_check("repeats_itself")

        *_, streamed = [event async for event in streaming.stream(self.request())]
        plain = await model.generate(self.request())

        assert isinstance(streamed, Response)
        assert _without_ids(streamed) == _without_ids(plain)

    async def test_a_stream_can_be_left_early(self, model: Model) -> None:
        """Closing the iterator after its first event leaves no task behind, and the model answers on."""
        stream = self._streaming(model).stream(self.request())
        await anext(stream)

        await cast("AsyncGenerator[ModelEvent]", stream).aclose()

        _assert_answer(await model.generate(self.request()))

    async def test_a_cancelled_call_is_cancelled(self) -> None:
        """A call that is cancelled while it waits raises ``CancelledError``, and nothing in its place."""
        model = self.model_that_takes_its_time()
        if model is None:
            cannot_check("model_that_takes_its_time")

        async def ask() -> None:
            await model.generate(self.request())

        task = asyncio.create_task(ask())
        await asyncio.sleep(0)
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])

        assert task.cancelled()

    async def test_a_provider_that_cannot_answer_now_is_told_apart(self) -> None:
        """Rate limits, time-outs and the like raise ``ModelUnavailableError``, so that another model can be tried."""
        model = self.unavailable_model()
        if model is None:
            cannot_check("unavailable_model")

        with pytest.raises(ModelUnavailableError) as failure:
            await model.generate(self.request())

        assert str(failure.value).strip()

    def _streaming(self, model: Model) -> StreamingModel:
        if not hasattr(model, "stream"):
            cannot_check("stream")
        return cast("StreamingModel", model)


def _add() -> ToolSpec:
    numbers = {"a": {"type": "integer"}, "b": {"type": "integer"}}
    return ToolSpec(
        "add", "Add two numbers.", {"type": "object", "properties": numbers, "required": ["a", "b"]}
    )


def _assert_answer(given: object) -> None:
    assert isinstance(given, Response), repr(given)
    assert given.message.role == "assistant"
    ids = [call.id for call in given.message.tool_calls]
    assert len(set(ids)) == len(ids)
    assert all(ids)
    assert isinstance(given.usage, Usage)
    usage = given.usage
    assert 0 <= usage.thinking_tokens <= usage.output_tokens
    assert 0 <= usage.cached_tokens <= usage.input_tokens
    assert usage.cost_usd is None or usage.cost_usd >= 0


def _text_of(deltas: list[ModelEvent]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


def _calls_of(deltas: list[ModelEvent]) -> list[tuple[str, str, str]]:
    calls: dict[int, list[str]] = {}
    for delta in deltas:
        if isinstance(delta, ToolCallDelta):
            pieces = calls.setdefault(delta.index, ["", "", ""])
            for position, piece in enumerate((delta.id, delta.name, delta.arguments)):
                pieces[position] += piece
    return [(id, name, arguments) for _, (id, name, arguments) in sorted(calls.items())]  # noqa: A001


def _without_ids(response: Response) -> tuple[object, ...]:
    """Leave out what differs from call to call by its nature."""
    calls = [(call.name, call.arguments) for call in response.message.tool_calls]
    return response.message.parts, calls, response.usage, response.model, response.stop_reason
