"""The table of errors, over real HTTP: what providers say, and what is made of it."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core.errors import (
    ContextOverflowError,
    ModelAccessError,
    ModelError,
    ModelResolutionError,
    ModelUnavailableError,
)
from executus_core.llm import Message, ModelRequest, Response, ToolSpec, Usage
from executus_core.testing import ModelServer, cut_after, hang, hang_up, http_error
from executus_model_litellm.failure import read_retry_after
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ADD = ToolSpec("add", "Add.", {"type": "object", "properties": {}})

# fmt: off
TABLE = [
    (401, "Incorrect API key provided: sk-abc***xyz.", ModelAccessError, "api_keys"),
    (403, "Your key may not use this model.", ModelAccessError, "may not use"),
    (400, "API key not valid. Please pass a valid API key.", ModelAccessError, "was refused"),
    (402, "Insufficient balance", ModelAccessError, "no credit"),
    (429, "You exceeded your current quota, please check your plan", ModelAccessError, "no credit"),
    (404, "The model `gpt-9` does not exist", ModelResolutionError, "executus models"),
    (400, "model 'gpt-9' not found", ModelResolutionError, "executus models"),
    (400, "This model's maximum context length is 8192 tokens.", ContextOverflowError, "more context"),
    (400, "prompt is too long: 210000 tokens > 200000 maximum", ContextOverflowError, "more context"),
    (400, "the request exceeds the available context size, try increasing it", ContextOverflowError, "more context"),
    (400, "input length exceeds the context length", ContextOverflowError, "more context"),
    (500, "the input token count (9) exceeds the maximum", ContextOverflowError, "more context"),
    (400, "registry.ollama.ai/library/gemma:latest does not support tools", ModelError, "can't call tools"),
    (500, "tools param requires --jinja flag", ModelError, "can't call tools"),
    (404, "No endpoints found that support tool use", ModelError, "can't call tools"),
    (400, "The prompt triggered our content management policy", ModelError, "refused this content"),
    (400, "temperature must be at most 2", ModelError, "temperature must be at most 2"),
    (422, "max_tokens: value is not a valid integer", ModelError, "model_options"),
    (408, "timed out", ModelUnavailableError, "try again"),
    (429, "slow down", ModelUnavailableError, "too many requests"),
    (500, "internal", ModelUnavailableError, "failed with 500"),
    (503, "<html><body>Bad gateway</body></html>", ModelUnavailableError, "web page"),
    (529, "Overloaded", ModelUnavailableError, "overloaded"),
]
# fmt: on


@pytest.mark.parametrize(("status", "said", "error", "words"), TABLE)
@pytest.mark.parametrize("dialect", ["openai", "anthropic", "ollama"])
async def test_each_row_is_what_becomes_of_it(
    dialect: str, status: int, said: str, error: type, words: str
) -> None:
    """One sentence with the model's name and the next step, in each dialect alike."""
    provider = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama_chat"}[dialect]
    with ModelServer(dialect, [http_error(status, said)]) as server:
        async with LitellmModels(Settings()) as source:
            with pytest.raises(ModelError) as failure:
                await source.find(f"{provider}/test-model@{server.base_url}").generate(
                    ModelRequest([Message.user("Hello")], [ADD])
                )

    message = str(failure.value)
    assert type(failure.value) is error, message
    assert words in message
    assert "test-model" in message
    assert len(message) <= 400
    assert not any(word in message for word in ("litellm.", "Exception", "\n", "sk-abc"))


async def test_a_server_that_is_down_is_named_with_what_to_do() -> None:
    """Ollama by its own command."""
    with ModelServer(strict=False) as server:
        url = server.url
    async with LitellmModels(Settings()) as source:
        for provider, words in (("openai", "start the model server"), ("ollama_chat", "ollama serve")):
            with pytest.raises(ModelUnavailableError, match=words) as failure:
                await source.find(f"{provider}/m@{url}").generate(ModelRequest([Message.user("Hello")]))
            assert url in str(failure.value)


@pytest.mark.parametrize(
    ("options", "named"),
    [({"stream": True}, "stream"), ({"api_key": "x"}, "api_key"), ({"num_retries": 3}, "num_retries")],
)
async def test_options_that_would_break_a_promise_are_refused(options: dict[str, object], named: str) -> None:
    """Before anybody is asked, naming the option."""
    with ModelServer() as server:
        model = LitellmModels(Settings()).find(f"openai/test-model@{server.base_url}")

        with pytest.raises(ModelError, match=f"option '{named}'"):
            await model.generate(ModelRequest([Message.user("Hello")], options=options))


def test_a_wait_is_read_as_seconds_or_as_a_date() -> None:
    """As RFC 9110 has it; what is neither is no wait."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)

    assert read_retry_after({"retry-after": "7"}) == 7
    assert read_retry_after({"retry-after-ms": "250"}) == 0.25
    assert 80 < (read_retry_after({"retry-after": soon}) or 0) <= 90
    assert read_retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert read_retry_after({"retry-after": "soon"}) is None
    assert read_retry_after({}) is None


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text() | st.floats().map(str)))
def test_no_header_breaks_the_reading_of_waits(headers: dict[str, str]) -> None:
    """It is a number of seconds that can be waited, or none."""
    wait_s = read_retry_after(headers)

    assert wait_s is None or 0 <= wait_s < float("inf")


@pytest.mark.parametrize("said", ["inf", "nan", "1e999", "Wed, 21 Oct 99999999999999999999 07:28:00 GMT"])
def test_a_wait_without_an_end_is_none(said: str) -> None:
    """A candidate would rest for ever."""
    assert read_retry_after({"retry-after": said}) is None


@pytest.mark.parametrize("seconds", [True, 0, -1, "10", None, float("inf")])
async def test_patience_is_a_number_of_seconds(seconds: object) -> None:
    """Said before anybody is asked, where a tier's options say something else."""
    with ModelServer() as server:
        model = LitellmModels(Settings()).find(f"openai/test-model@{server.base_url}")

        with pytest.raises(ModelError, match="timeout_s"):
            await model.generate(ModelRequest([Message.user("Hello")], options={"timeout_s": seconds}))


@pytest.mark.parametrize("dialect", ["openai", "anthropic", "ollama"])
async def test_a_tier_may_be_less_patient_than_the_settings(dialect: str) -> None:
    """The option stays here: no provider knows it."""
    provider = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama_chat"}[dialect]
    options = {"timeout_s": 0.2}
    with ModelServer(dialect, [hang(), "Hello."]) as server:
        async with LitellmModels(Settings(timeout_s=300)) as source:
            model = source.find(f"{provider}/test-model@{server.base_url}")
            with pytest.raises(ModelUnavailableError, match="silent for too long"):
                await model.generate(ModelRequest([Message.user("Hello")], options=options))
            await model.generate(ModelRequest([Message.user("Hello")], options={"timeout_s": 20}))

    assert all(b"timeout_s" not in asked.content for asked in server.requests)


@pytest.mark.skipif(sys.platform != "linux", reason="a full queue drops connections as Linux does")
async def test_a_server_that_does_not_take_the_connection_is_soon_given_up() -> None:
    """One that is off, or behind a firewall, says nothing at all; a run has no time to wait as for an answer."""
    with ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        async with LitellmModels(Settings(connect_timeout_s=0.2)) as source:
            model = source.find(f"openai/x@http://127.0.0.1:{full.getsockname()[1]}/v1")

            with pytest.raises(ModelUnavailableError, match="nothing answers for"):
                await asyncio.wait_for(model.generate(ModelRequest([Message.user("Hello")])), 20)


@pytest.mark.parametrize(
    ("fault", "has_begun"), [(cut_after(1, "It is three, I should say."), True), (hang_up(), False)]
)
@pytest.mark.parametrize("dialect", ["openai", "anthropic", "ollama"])
async def test_nobody_is_asked_again_for_a_connection_that_broke(
    dialect: str, fault: object, has_begun: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """litellm asks again by itself, in the middle of an answer too, where it goes over httpx' own transport."""
    monkeypatch.setenv("DISABLE_AIOHTTP_TRANSPORT", "True")
    provider = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama_chat"}[dialect]
    with ModelServer(dialect, [fault]) as server:
        async with LitellmModels(Settings()) as source:
            model = source.find(f"{provider}/test-model@{server.base_url}")
            with pytest.raises(ModelUnavailableError, match="closed the connection") as failure:
                await model.generate(ModelRequest([Message.user("Hello")]))

    assert failure.value.has_begun is has_begun
    assert len(server.requests) == 1


@pytest.mark.parametrize("way", ["generate", "stream"])
@pytest.mark.parametrize(
    ("dialect", "fault", "counted"),
    [
        ("openai", Response(Message.assistant("I w"), Usage(10, 3), stop_reason="content_filter"), (10, 3)),
        (
            "anthropic",
            Response(Message.assistant("I w"), Usage(10, 3), stop_reason="content_filter"),
            (10, 3),
        ),
        ("openai", http_error(500), None),
        ("ollama", cut_after(2, "It is three, I should say."), None),
    ],
)
async def test_a_failed_call_says_what_it_consumed(
    dialect: str, fault: object, counted: tuple[int, int] | None, way: str
) -> None:
    """Where the provider said so, and else nothing: a guess would be believed."""
    provider = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama_chat"}[dialect]
    with ModelServer(dialect, [fault]) as server:
        async with LitellmModels(Settings()) as source:
            model = source.find(f"{provider}/test-model@{server.base_url}")
            request = ModelRequest([Message.user("Hello")])
            with pytest.raises(ModelError) as failure:
                await (
                    model.generate(request) if way == "generate" else anext(_last_of(model.stream(request)))
                )

    usage = failure.value.usage
    assert (usage and (usage.input_tokens, usage.output_tokens)) == counted


async def _last_of(events: AsyncIterator[object]) -> AsyncIterator[object]:
    *_, last = [event async for event in events]
    yield last
