"""The suite for what a model provider does on the wire: a plain client passes it, and what breaks a promise does not."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

import pytest
from attrs import evolve

from executus_core.errors import (
    ContextOverflowError,
    ModelAccessError,
    ModelError,
    ModelResolutionError,
    ModelUnavailableError,
)
from executus_core.llm.events import TextDelta, ThinkingDelta, ToolCallDelta
from executus_core.llm.exchange import Response
from executus_core.llm.message import ImagePart, Message, TextPart, ToolCall
from executus_core.llm.price import Price
from executus_core.llm.usage import Usage
from executus_core.model.dialect import OPENAI, loosen
from executus_core.testing import ModelWireConformance

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable


class PlainModel:
    """OpenAI's dialect over asyncio's streams: one connection per call, and nothing clever."""

    context_tokens = 0
    price = None
    dialect = "openai"
    path = "/v1/chat/completions"

    def __init__(self, base_url, model, key, timeout_s):
        self.name = f"openai/{model}"
        self.url, self.model, self.key, self.timeout_s = urlsplit(base_url), model, key, timeout_s

    def output_mode(self, *, has_tools):
        return "native"

    async def generate(self, request):
        content = b"".join([chunk async for chunk in self.post(self.payload(request))])
        try:
            body = json.loads(content)
            choice = body["choices"][0]
        except (ValueError, LookupError, TypeError):
            raise ModelUnavailableError(f"{self.name} gave no answer") from None
        said = choice["message"]
        calls = [
            ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])
            for call in said.get("tool_calls") or ()
        ]
        return self.respond(
            body["model"], said.get("content") or "", calls, body["usage"], choice["finish_reason"]
        )

    async def stream(self, request):
        asked = {**self.payload(request), "stream": True, "stream_options": {"include_usage": True}}
        text, calls, usage, model, reason = "", [], None, "", None
        try:
            async with aclosing(self.post(asked)) as pieces:
                async for chunk in self.chunks(pieces):
                    model, usage = chunk["model"], chunk["usage"] or usage
                    for choice in chunk["choices"]:
                        reason = choice["finish_reason"] or reason
                        for event in self.deltas(choice["delta"]):
                            if isinstance(event, TextDelta):
                                text += event.text
                            elif isinstance(event, ToolCallDelta):
                                add_to(calls, event)
                            yield event
        except ModelUnavailableError as error:
            error.has_begun = self.had_begun(text, calls)
            raise
        yield self.respond(model, text, calls, usage, self.ended(reason))

    def had_begun(self, text, calls):
        return bool(text or calls)

    def ended(self, reason):
        if reason is None:
            raise ModelUnavailableError(f"{self.name} stopped before the end of its answer")
        return reason

    def respond(self, model, text, calls, usage, reason):
        return Response(Message.assistant(text, calls), self.usage(usage), model, reason)

    def usage(self, usage):
        return Usage(
            usage["prompt_tokens"],
            usage["completion_tokens"],
            thinking_tokens=usage["completion_tokens_details"]["reasoning_tokens"],
            cached_tokens=usage["prompt_tokens_details"]["cached_tokens"],
        )

    def deltas(self, delta):
        if delta.get("reasoning_content"):
            yield ThinkingDelta(delta["reasoning_content"])
        if delta.get("content"):
            yield TextDelta(delta["content"])
        for call in delta.get("tool_calls", ()):
            function = call["function"]
            yield ToolCallDelta(
                call["index"], call.get("id", ""), function.get("name", ""), function.get("arguments", "")
            )

    async def chunks(self, pieces):
        rest = b""
        async for piece in pieces:
            *events, rest = (rest + piece).split(b"\n\n")
            for event in events:
                data = event.removeprefix(b"data: ")
                if data != b"[DONE]":
                    chunk = json.loads(data)
                    if "error" in chunk:
                        raise self.error(500, {}, data)
                    yield chunk

    # ------------------------------------------------------------------------------------------------- the request

    def payload(self, request):
        messages = []
        for message in request.messages:
            if messages and message.role != "tool":
                messages += self.pictures_of_tools(request, messages)
            messages.append(self.message(message))
        payload = {"model": self.model, **request.options}
        payload["messages"] = messages + self.pictures_of_tools(request, messages)
        if request.tools:
            payload["tools"] = [{"type": "function", "function": self.tool(tool)} for tool in request.tools]
        if request.output_schema:
            wanted = {"name": "answer", "schema": request.output_schema}
            payload["response_format"] = {"type": "json_schema", "json_schema": wanted}
        return payload

    def tool(self, tool):
        return {
            "name": tool.name,
            "description": tool.description,
            "parameters": loosen(tool.parameters, OPENAI),
        }

    def message(self, message):
        written = {"role": message.role, "content": message.text}
        if message.role == "user" and len(message.parts) > 1:
            written["content"] = [self.part(part) for part in message.parts]
        if message.tool_calls:
            written["tool_calls"] = [self.call(call) for call in message.tool_calls]
        if message.role == "tool":
            written["tool_call_id"] = message.tool_call_id
        return written

    def call(self, call):
        function = {"name": call.name, "arguments": self.arguments(call.arguments)}
        return {"id": call.id, "type": "function", "function": function}

    def arguments(self, raw):
        try:
            value = json.loads(raw, parse_constant=lambda constant: 1 / 0)
        except (ValueError, ZeroDivisionError):
            value = None
        return raw if isinstance(value, dict) else json.dumps({"malformed": raw})

    def part(self, part):
        if isinstance(part, TextPart):
            return {"type": "text", "text": part.text}
        data = base64.b64encode(part.data).decode()
        return {"type": "image_url", "image_url": {"url": f"data:{part.media_type};base64,{data}"}}

    def pictures_of_tools(self, request, messages):
        """Show in a user's message what the results just written have in pictures."""
        pictures = []
        for message, _ in zip(reversed(request.messages[: len(messages)]), reversed(messages), strict=False):
            if message.role != "tool":
                break
            pictures[:0] = [self.part(part) for part in message.parts if isinstance(part, ImagePart)]
        return [{"role": "user", "content": pictures}] if pictures else []

    # ---------------------------------------------------------------------------------------------------- the wire

    async def post(self, payload) -> AsyncGenerator[bytes]:
        try:
            reader, writer = await asyncio.open_connection(self.url.hostname, self.url.port)
        except OSError:
            raise ModelUnavailableError(f"{self.name} refused the connection at {self.url.netloc}") from None
        begun = False
        try:
            writer.write(self.request(self.encode(payload)))
            status, headers = await self.within(self.head(reader))
            body = self.body(reader, headers)
            if status != 200:
                content = b"".join([chunk async for chunk in body])
                async for chunk in self.answer_to(status, headers, content, payload):
                    yield chunk
            begun = True
            async for chunk in body:
                yield chunk
        except (asyncio.IncompleteReadError, ConnectionResetError):
            raise self.broken_off(begun) from None
        finally:
            writer.close()
            with suppress(ConnectionResetError):
                await writer.wait_closed()

    def broken_off(self, begun):
        return ModelUnavailableError(f"{self.name} closed the connection", has_begun=begun)

    async def answer_to(self, status, headers, content, payload) -> AsyncGenerator[bytes]:
        """Make of an answer that is none what becomes of it."""
        if status == 307:
            raise ModelUnavailableError(f"{self.name} is somewhere else")
        raise self.error(status, headers, content)
        yield b""

    def encode(self, payload):
        return json.dumps(payload).encode()

    def request(self, content):
        lines = [
            f"POST {self.path} HTTP/1.1",
            f"host: {self.url.netloc}",
            f"authorization: Bearer {self.key}",
            f"content-length: {len(content)}",
            "connection: close",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + content

    async def head(self, reader):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        return int(head[0].split()[1]), dict(line.lower().split(": ", 1) for line in head[1:] if line)

    async def body(self, reader, headers):
        if "content-length" in headers:
            yield await self.within(reader.readexactly(int(headers["content-length"])))
            return
        while size := int(await self.within(reader.readuntil(b"\r\n")), 16):
            yield (await self.within(reader.readexactly(size + 2)))[:-2]

    async def within(self, awaitable):
        try:
            async with asyncio.timeout(self.timeout_s):
                return await awaitable
        except TimeoutError:
            raise self.silent() from None

    def silent(self):
        return ModelUnavailableError(f"{self.name} did not answer within {self.timeout_s} s")

    def error(self, status, headers, content):
        error = json.loads(content)["error"]
        said = f"{self.name} answered {status}: {error['message'].replace(self.key, '***')[:200]}".replace(
            "\n", " "
        )
        if error["code"] == "context_length_exceeded":
            return ContextOverflowError(said)
        if status in {401, 403}:
            return ModelAccessError(said)
        if status == 404:
            return ModelResolutionError(said)
        if status in {408, 429} or status >= 500:
            return self.unavailable(said, headers.get("retry-after"))
        return self.refused(said)

    def unavailable(self, said, wait):
        return ModelUnavailableError(said, retry_after_s=None if wait is None else self.seconds(wait))

    def seconds(self, wait):
        if not wait[0].isdigit():
            return (parsedate_to_datetime(wait) - datetime.now(UTC)).total_seconds()
        return float(wait)

    def refused(self, said):
        return ModelError(said)


def add_to(calls, delta):
    calls += [ToolCall("", "", "")] * (delta.index + 1 - len(calls))
    before = calls[delta.index]
    calls[delta.index] = ToolCall(
        before.id + delta.id, before.name + delta.name, before.arguments + delta.arguments
    )


class TestPlainModel(ModelWireConformance):
    dialect = "openai"
    build = PlainModel

    def build_model(self, base_url, model_name, *, key, timeout_s):
        return self.build(base_url, model_name, key, timeout_s)


class AnswersInUpperCase(PlainModel):
    def respond(self, model, text, calls, usage, reason):
        return super().respond(model, text.upper(), calls, usage, reason)


class ForgetsTheText(PlainModel):
    def respond(self, model, text, calls, usage, reason):
        return super().respond(model, "" if calls else text, calls, usage, reason)


class SaysNone(PlainModel):
    def respond(self, model, text, calls, usage, reason):
        return super().respond(model, text or "None", calls, usage, reason)


class RepairsArguments(PlainModel):
    def respond(self, model, text, calls, usage, reason):
        mended = [evolve(call, arguments=self.arguments(call.arguments)) for call in calls]
        return super().respond(model, text, mended, usage, reason)


class TurnsCallsRound(PlainModel):
    def respond(self, model, text, calls, usage, reason):
        return super().respond(model, text, calls[::-1], usage, reason)


class NumbersCallsItself(PlainModel):
    def respond(self, model, text, calls, usage, reason):
        own = [evolve(call, id=f"call_{number}") for number, call in enumerate(calls)]
        return super().respond(model, text, own, usage, reason)


class SaysWhatItThinks(PlainModel):
    async def generate(self, request):
        content = b"".join([chunk async for chunk in self.post(self.payload(request))])
        body = json.loads(content)
        said = body["choices"][0]["message"]
        return self.respond(
            body["model"], said["reasoning_content"] + said["content"], [], body["usage"], "stop"
        )


class HidesWhatItThinks(PlainModel):
    def deltas(self, delta):
        return (event for event in super().deltas(delta) if not isinstance(event, ThinkingDelta))


class StreamsInOnePiece(PlainModel):
    async def stream(self, request):
        response = await self.generate(request)
        yield TextDelta(response.message.text)
        yield response


class LosesADelta(PlainModel):
    async def stream(self, request):
        events = [event async for event in super().stream(request)]
        for event in events[1:]:
            yield event


class CountsNothing(PlainModel):
    def usage(self, usage):
        return Usage()


class CountsCachedTokensApart(PlainModel):
    def usage(self, usage):
        counted = super().usage(usage)
        return evolve(counted, input_tokens=counted.input_tokens - counted.cached_tokens)


class CountsThinkingTokensApart(PlainModel):
    def usage(self, usage):
        counted = super().usage(usage)
        return evolve(counted, output_tokens=counted.output_tokens - counted.thinking_tokens)


class AlwaysStops(PlainModel):
    def respond(self, model, text, calls, usage, reason):
        return super().respond(model, text, calls, usage, "stop")


class NamesWhatWasAskedFor(PlainModel):
    def respond(self, model, text, calls, usage, reason):
        return super().respond(self.name, text, calls, usage, reason)


class KeepsTheQuestion(PlainModel):
    def payload(self, request):
        self.asked = super().payload(request)
        return self.asked

    def encode(self, payload):
        return super().encode({**self.asked, **({"stream": True} if "stream" in payload else {})})


class HasNoSystemPrompt(PlainModel):
    def payload(self, request):
        payload = super().payload(request)
        payload["messages"] = [message for message in payload["messages"] if message["role"] != "system"]
        return payload


class DoesNotDescribeTools(PlainModel):
    def tool(self, tool):
        return {"name": tool.name, "parameters": tool.parameters}


class LeavesAChoiceAtTheRoot(PlainModel):
    def tool(self, tool):
        said = super().tool(tool)
        choices = {name: tool.parameters[name] for name in ("anyOf", "oneOf") if name in tool.parameters}
        return {**said, "parameters": {**said["parameters"], **choices}}


class DropsOptions(PlainModel):
    def payload(self, request):
        return super().payload(evolve(request, options={}))


class DropsTheSchema(PlainModel):
    def payload(self, request):
        return super().payload(evolve(request, output_schema=None))


class LosesWhatFailed(PlainModel):
    def message(self, message):
        return super().message(evolve(message, parts=()) if message.is_error else message)


class SendsNullForNothing(PlainModel):
    def message(self, message):
        written = super().message(message)
        return {**written, "content": written["content"] or None}


class OffersNoToolsAsAList(PlainModel):
    def payload(self, request):
        return {"tools": [], **super().payload(request)}


class CutsIds(PlainModel):
    def message(self, message):
        calls = tuple(evolve(call, id=call.id[:5]) for call in message.tool_calls)
        return super().message(evolve(message, tool_calls=calls, tool_call_id=message.tool_call_id[:5]))


class SendsArgumentsAsTheyAre(PlainModel):
    def arguments(self, raw):
        return raw


class SpoilsPictures(PlainModel):
    def part(self, part):
        return super().part(evolve(part, data=part.data[:-1]) if isinstance(part, ImagePart) else part)


class HidesPicturesOfTools(PlainModel):
    def pictures_of_tools(self, request, messages):
        return []


class SendsOnlyWhatIsText(PlainModel):
    def encode(self, payload):
        return json.dumps(payload, ensure_ascii=False).encode()


class SendsNoKey(PlainModel):
    def request(self, content):
        return super().request(content).replace(b"authorization", b"x-authorization")


class MendsTheTranscript(PlainModel):
    def payload(self, request):
        for message in request.messages:
            message.tool_calls = tuple(
                evolve(call, arguments=self.arguments(call.arguments)) for call in message.tool_calls
            )
        return super().payload(request)


class KnowsOneError(PlainModel):
    def error(self, status, headers, content):
        return ModelError(f"{self.name} answered {status}")


class TakesNothingForUnavailable(PlainModel):
    def unavailable(self, said, wait):
        return ModelError(said)


class ForgetsHowLongToWait(PlainModel):
    def unavailable(self, said, wait):
        return ModelUnavailableError(said)


class ForgetsHowLongToWaitWhenOverloaded(PlainModel):
    def error(self, status, headers, content):
        return super().error(status, headers if status == 429 else {}, content)


class KnowsNoDates(PlainModel):
    def seconds(self, wait):
        return float(wait) if wait[0].isdigit() else None


class ForgetsThatItBegan(PlainModel):
    def broken_off(self, begun):
        return super().broken_off(begun=False)

    def had_begun(self, text, calls):
        return False


class TakesAllForBegun(PlainModel):
    def unavailable(self, said, wait):
        return ModelUnavailableError(said, has_begun=True)

    def had_begun(self, text, calls):
        return True


class FollowsARedirect(PlainModel):
    async def answer_to(self, status, headers, content, payload):
        if status == 307:
            self.url = urlsplit(headers["location"])
            async for chunk in self.post(payload):
                yield chunk
        async for chunk in super().answer_to(status, headers, content, payload):
            yield chunk


class GuessesItsPrice(PlainModel):
    price = Price(0, 0)


class HasAModeThatItDoesNotUse(PlainModel):
    def payload(self, request):
        return super().payload(evolve(request, output_schema=None) if request.tools else request)


class HidesTheAddress(PlainModel):
    async def post(self, payload):
        try:
            async for chunk in super().post(payload):
                yield chunk
        except ModelUnavailableError:
            raise ModelUnavailableError("the connection was refused") from None


class TakesAllForUnavailable(PlainModel):
    def refused(self, said):
        return ModelUnavailableError(said)


class AnswersNothingFromNothing(PlainModel):
    async def generate(self, request):
        try:
            return await super().generate(request)
        except ModelUnavailableError:
            return Response(Message.assistant(""), Usage())


class FinishesWhatIsCut(PlainModel):
    def ended(self, reason):
        return reason or "stop"


class OverlooksErrorsInStreams(PlainModel):
    async def chunks(self, pieces):
        try:
            async for chunk in super().chunks(pieces):
                yield chunk
        except ModelUnavailableError:
            yield {"model": self.model, "usage": None, "choices": [{"finish_reason": "stop", "delta": {}}]}

    def usage(self, usage):
        return Usage()


class TriesAgain(PlainModel):
    async def generate(self, request):
        try:
            return await super().generate(request)
        except ModelError:
            return await super().generate(request)


class RepeatsTheServer(PlainModel):
    def error(self, status, headers, content):
        return ModelError(f"{self.name}: {json.loads(content)['error']['message']}")


class IsNotPatient(PlainModel):
    def silent(self):
        return ModelError(f"{self.name} is silent")


class MakesAnErrorOfCancellation(PlainModel):
    async def within(self, awaitable):
        try:
            return await super().within(awaitable)
        except asyncio.CancelledError:
            raise ModelUnavailableError(f"{self.name} was cancelled") from None


class ShowsTheWholeOnly(PlainModel):
    async def stream(self, request):
        self.timeout_s = 0.1
        for event in [event async for event in super().stream(request)]:
            yield event


class WantsToBeReadToTheEnd(PlainModel):
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


class KeepsItsConnections(PlainModel):
    kept: ClassVar[list[socket.socket]] = []

    def encode(self, payload):
        self.kept.append(socket.create_connection((self.url.hostname, self.url.port)))
        return super().encode(payload)


class AnthropicThatMarksFailures(PlainModel):
    """As much of Anthropic's dialect as it takes to send results."""

    path = "/v1/messages"
    dialect = "anthropic"

    async def generate(self, request):
        body = json.loads(b"".join([chunk async for chunk in self.post(self.payload(request))]))
        return Response(
            Message.assistant(body["content"][0]["text"]), Usage(), body["model"], body["stop_reason"]
        )

    def payload(self, request):
        question, said, *results = request.messages
        calls = [
            {"type": "tool_use", "id": call.id, "name": call.name, "input": json.loads(call.arguments)}
            for call in said.tool_calls
        ]
        messages = [
            {"role": "user", "content": question.text},
            {"role": "assistant", "content": calls},
            {"role": "user", "content": [self.result(result) for result in results]},
        ]
        return {"model": self.model, "max_tokens": 100, "messages": messages}

    def result(self, message):
        is_error = {"is_error": True} if message.is_error else {}
        return {
            "type": "tool_result",
            "tool_use_id": message.tool_call_id,
            "content": message.text,
            **is_error,
        }

    def request(self, content):
        return (
            super()
            .request(content)
            .replace(b"authorization: Bearer", b"anthropic-version: 2023-06-01\r\nx-api-key:")
        )


class AnthropicThatDoesNot(AnthropicThatMarksFailures):
    def result(self, message):
        return super().result(evolve(message, is_error=False))


BROKEN = [
    ("test_a_text_comes_back", AnswersInUpperCase),
    ("test_a_call_comes_back_with_its_arguments", ForgetsTheText),
    ("test_a_call_without_a_text_comes_back", SaysNone),
    ("test_malformed_arguments_come_back_as_they_are", RepairsArguments),
    ("test_parallel_calls_keep_their_order", TurnsCallsRound),
    ("test_calls_keep_their_ids", NumbersCallsItself),
    ("test_reasoning_is_no_part_of_the_answer", SaysWhatItThinks),
    ("test_reasoning_is_streamed", HidesWhatItThinks),
    ("test_deltas_add_up_to_the_response", StreamsInOnePiece),
    ("test_deltas_add_up_to_the_response", LosesADelta),
    ("test_usage_is_what_the_server_counted", CountsNothing),
    ("test_a_price_is_known_or_none", GuessesItsPrice),
    ("test_cached_tokens_are_a_part_of_those_that_came_in", CountsCachedTokensApart),
    ("test_thinking_tokens_are_a_part_of_those_that_went_out", CountsThinkingTokensApart),
    ("test_why_it_stopped_is_told", AlwaysStops),
    ("test_the_model_that_served_is_told", NamesWhatWasAskedFor),
    ("test_many_runs_ask_at_once", KeepsTheQuestion),
    ("test_the_messages_arrive", HasNoSystemPrompt),
    ("test_tools_arrive_with_their_schema", DoesNotDescribeTools),
    ("test_tools_with_any_schema_are_accepted", LeavesAChoiceAtTheRoot),
    ("test_options_arrive", DropsOptions),
    ("test_an_output_schema_is_sent", DropsTheSchema),
    ("test_the_output_mode_is_what_is_sent", HasAModeThatItDoesNotUse),
    ("test_results_go_back_with_their_calls", LosesWhatFailed),
    ("test_results_that_failed_are_marked", AnthropicThatDoesNot),
    ("test_transcripts_of_real_runs_are_accepted", SendsNullForNothing),
    ("test_old_calls_are_accepted_where_no_tool_is_on_offer", OffersNoToolsAsAList),
    ("test_ids_of_other_providers_are_accepted", CutsIds),
    ("test_malformed_arguments_do_not_go_back_as_they_are", SendsArgumentsAsTheyAre),
    ("test_pictures_arrive_as_they_are", SpoilsPictures),
    ("test_pictures_of_tools_arrive", HidesPicturesOfTools),
    ("test_any_text_can_be_sent", SendsOnlyWhatIsText),
    ("test_the_key_is_sent", SendsNoKey),
    ("test_it_changes_nothing_in_the_request", MendsTheTranscript),
    ("test_a_wrong_key_is_told", KnowsOneError),
    ("test_a_key_that_may_not_is_told", KnowsOneError),
    ("test_an_unknown_model_is_told", KnowsOneError),
    ("test_a_rate_limit_says_how_long", ForgetsHowLongToWait),
    ("test_an_overload_says_how_long", ForgetsHowLongToWaitWhenOverloaded),
    ("test_a_wait_may_end_at_a_date", KnowsNoDates),
    ("test_a_server_that_cannot_answer_now_is_told_apart", TakesNothingForUnavailable),
    ("test_a_server_that_is_not_there_is_named", HidesTheAddress),
    ("test_a_transcript_that_does_not_fit_is_told", KnowsOneError),
    ("test_a_refused_request_is_refused_for_good", TakesAllForUnavailable),
    ("test_what_is_no_answer_is_never_an_empty_one", AnswersNothingFromNothing),
    ("test_what_is_cut_is_never_a_finished_answer", FinishesWhatIsCut),
    ("test_an_answer_that_broke_off_had_begun", ForgetsThatItBegan),
    ("test_what_never_began_had_not_begun", TakesAllForBegun),
    ("test_a_stream_without_a_piece_had_not_begun", TakesAllForBegun),
    ("test_a_key_follows_no_redirect", FollowsARedirect),
    ("test_a_server_that_fails_on_the_way_is_told", OverlooksErrorsInStreams),
    ("test_one_call_is_one_request", TriesAgain),
    ("test_an_error_is_one_sentence_without_the_key", RepeatsTheServer),
    ("test_a_silent_server_is_given_up", IsNotPatient),
    ("test_a_cancelled_call_closes_its_connection", MakesAnErrorOfCancellation),
    ("test_a_stream_shows_what_has_come", ShowsTheWholeOnly),
    ("test_a_model_answers_on_after_a_stream_was_left", WantsToBeReadToTheEnd),
    ("test_a_closed_model_leaves_no_connection", KeepsItsConnections),
]


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(check: str, provider: Callable[..., object], assert_caught) -> None:
    """The check fails for a provider that breaks just its promise."""
    suite = TestPlainModel()
    suite.build, suite.dialect, suite.patience_s = provider, provider.dialect, 0.5
    await assert_caught(suite, check)


async def test_the_suite_passes_who_marks_failures() -> None:
    """The one check that OpenAI's dialect has no place for."""
    suite = TestPlainModel()
    suite.build, suite.dialect = AnthropicThatMarksFailures, "anthropic"

    await suite.test_results_that_failed_are_marked()


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(TestPlainModel, BROKEN)
