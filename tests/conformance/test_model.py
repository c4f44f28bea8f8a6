"""The suite for models: what is in memory passes it, and what breaks a promise does not."""

from __future__ import annotations

import asyncio
import json
import math
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from executus_core.errors import ModelUnavailableError
from executus_core.llm.exchange import Response
from executus_core.llm.message import Message
from executus_core.llm.usage import Usage
from executus_core.testing import ModelConformance, ScriptedModel, call, delay

if TYPE_CHECKING:
    from collections.abc import Callable


class TestScriptedModel(ModelConformance):
    @pytest.fixture
    def model(self) -> ScriptedModel:
        return ScriptedModel(lambda request: ["It is three, I should say.", call("add", a=1, b=2)])

    def model_that_takes_its_time(self) -> ScriptedModel:
        return ScriptedModel([delay(math.inf, "never")])

    def unavailable_model(self) -> ScriptedModel:
        return ScriptedModel([ModelUnavailableError("429: too many requests", retry_after_s=3.0)])


class Model(ScriptedModel):
    def __init__(self):
        super().__init__(lambda request: "It is three, I should say.", name="vendor/model")


class HasNoWindow(Model):
    context_tokens = None

    def __init__(self):
        super().__init__()
        self.context_tokens = None


class SpeaksAsTheUser(Model):
    async def generate(self, request):
        return Response(Message.user("It is three."), Usage())


class KeepsTheTranscript(Model):
    async def generate(self, request):
        response = await super().generate(request)
        request.messages.append(response.message)
        return response


class ReadsOldArguments(Model):
    async def generate(self, request):
        for message in request.messages:
            for old_call in message.tool_calls:
                json.loads(old_call.arguments)
        return await super().generate(request)


class AnswersOne(Model):
    busy = False

    async def generate(self, request):
        if self.busy:
            raise RuntimeError("busy")
        self.busy = True
        await asyncio.sleep(0)
        self.busy = False
        return await super().generate(request)


class EndsWithoutAResponse(Model):
    async def stream(self, request):
        async for event in super().stream(request):
            if not isinstance(event, Response):
                yield event


class LosesADelta(Model):
    async def stream(self, request):
        events = [event async for event in super().stream(request)]
        for event in events[1:]:
            yield event


class CountsStreamsTwice(Model):
    async def stream(self, request):
        async for event in super().stream(request):
            yield evolve(event, usage=event.usage + event.usage) if isinstance(event, Response) else event


class StaysOpen(Model):
    streaming = False

    async def stream(self, request):
        self.streaming = True
        async for event in super().stream(request):
            yield event
        self.streaming = False

    async def generate(self, request):
        if self.streaming:
            raise RuntimeError("a stream is open")
        return await super().generate(request)


class SwallowsCancellation(Model):
    async def generate(self, request):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return await super().generate(request)


class RaisesItsOwn(Model):
    async def generate(self, request):
        raise TimeoutError("no answer")


BROKEN = [
    ("test_it_says_what_it_is", HasNoWindow),
    ("test_it_answers_as_an_assistant", SpeaksAsTheUser),
    ("test_it_changes_nothing_in_the_request", KeepsTheTranscript),
    ("test_it_reads_a_whole_transcript", ReadsOldArguments),
    ("test_many_runs_ask_at_once", AnswersOne),
    ("test_a_stream_ends_with_the_whole_answer", EndsWithoutAResponse),
    ("test_a_stream_ends_with_the_whole_answer", LosesADelta),
    ("test_a_stream_gives_what_a_plain_call_gives", CountsStreamsTwice),
    ("test_a_stream_can_be_left_early", StaysOpen),
    ("test_a_cancelled_call_is_cancelled", SwallowsCancellation),
    ("test_a_provider_that_cannot_answer_now_is_told_apart", RaisesItsOwn),
]


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(check: str, provider: Callable[[], object], assert_caught) -> None:
    """The check fails for a provider that breaks just its promise."""
    suite = TestScriptedModel()
    suite.model_that_takes_its_time = suite.unavailable_model = provider
    await assert_caught(suite, check, model=provider)


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(TestScriptedModel, BROKEN)
