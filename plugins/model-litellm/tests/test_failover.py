"""Whole runs over chains of real servers that fail: who serves, what is recorded, and that nothing is asked again."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import pytest
from attrs import frozen

from executus_core import Agent, Executor, Ports, Result, RunStatus, tool
from executus_core.errors import (
    ContextOverflowError,
    ModelAccessError,
    ModelError,
    ModelUnavailableError,
)
from executus_core.llm import Usage
from executus_core.model import Endpoint, FailoverPolicy, Health, ModelRouter, Tier
from executus_core.testing import (
    MemoryAudit,
    MemoryTraceSink,
    MemoryUsageSink,
    ModelServer,
    call,
    cut_after,
    empty_body,
    garbage,
    hang_up,
    http_error,
    late,
    malformed_json,
    overflow,
    refused_content,
    reset_after,
)
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from executus_core.llm import ModelAttempt

DIALECTS = ["openai", "anthropic", "ollama"]
NAMES = ["one", "two", "three"]
LONG = "It is three, I should say, but let me think about it again."
USED = Usage(2_000, 100)
QUICK = FailoverPolicy(backoff_s=0.001, max_backoff_s=0.002, rest_s=0.001, max_rest_s=0.002)
RUNS = 200
WAYS = ["whole", "in pieces"]


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@frozen
class Chain:
    """An executor whose tier is a chain of servers, and everything that sees its attempts."""

    executor: Executor
    health: Health
    audit: MemoryAudit
    usage_sink: MemoryUsageSink
    trace_sink: MemoryTraceSink

    async def run(self, way: str = "whole", question: str = "What is 1 + 2?") -> Result:
        """Run an agent of the tier, and have somebody listen to its answer where it is to come in pieces."""
        agent = Agent(name="counter", model_tier="fast", tools=["add"])
        if way == "whole":
            return await self.executor.run(agent, question)
        async with self.executor.stream(agent, question) as run:
            async for _ in run:
                pass
            return await run

    @property
    def attempts(self) -> list[ModelAttempt]:
        """What the sinks saw, which is the same for all of them, and what stands in the audit."""
        seen = self.usage_sink.seen
        assert [entry.attempt for entry in self.trace_sink.seen] == seen
        recorded = [
            (event.payload["candidate"], event.payload["outcome"], event.payload["error"])
            for record in self.audit.records.values()
            for event in record.events
            if event.type == "model.attempt"
        ]
        assert sorted(recorded) == sorted((one.candidate, one.outcome, one.error) for one in seen)
        return seen

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """Who was asked, and how that ended."""
        return [(attempt.candidate, attempt.outcome) for attempt in self.attempts]


@asynccontextmanager
async def chain(
    *servers: ModelServer | str,
    dialects: list[str],
    policy: FailoverPolicy = QUICK,
    patience_s: float = 10.0,
    token: str = "",
    windows: list[int] | None = None,
) -> AsyncIterator[Chain]:
    """Make a tier of servers, or of addresses where none is."""
    urls = [server if isinstance(server, str) else server.base_url for server in servers]
    endpoints = [
        Endpoint(name, dialect, url, token) for name, dialect, url in zip(NAMES, dialects, urls, strict=False)
    ]
    specs = [f"{endpoint.name}/test-model" for endpoint in endpoints]
    settings = Settings(context_tokens=dict(zip(specs, windows or [], strict=False)))
    tier = Tier("fast", specs, {"timeout_s": patience_s})
    health, audit = Health(), MemoryAudit()
    usage_sink, trace_sink = MemoryUsageSink(), MemoryTraceSink()
    async with LitellmModels(settings) as source:
        router = ModelRouter(
            [source], tiers={"fast": tier}, endpoints=endpoints, policy=policy, health=health
        )
        ports = Ports(audit=audit, usage_sink=usage_sink, trace_sink=trace_sink)
        executor = Executor(models=router, registry=[add], ports=ports)
        yield Chain(executor, health, audit, usage_sink, trace_sink)


@contextmanager
def serving(*scripts: object, dialects: list[str]) -> Iterator[list[ModelServer]]:
    """Serve a script with each dialect."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(ModelServer(dialect, script, usage=USED, context_tokens=0))
            for dialect, script in zip(dialects, scripts, strict=True)
        ]


def pair(dialect: str) -> list[str]:
    """Give a dialect, and the next one."""
    at = DIALECTS.index(dialect)
    return [dialect, DIALECTS[(at + 1) % len(DIALECTS)]]


PASSED_OVER = {
    "a rate limit": http_error(429, retry_after_s=30),
    "a rate limit without a time": http_error(429),
    "a failed server": http_error(500),
    "an overloaded server": http_error(529),
    "a head that comes late": late(5, "Too late."),
    "a connection that was closed": hang_up(),
    "malformed JSON": malformed_json(),
    "an empty body": empty_body(),
    "a proxy's page": garbage(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("what", PASSED_OVER)
async def test_who_cannot_answer_is_passed_over(what: str, dialect: str, way: str) -> None:
    """Each server was asked once, and all who look see both attempts."""
    dialects = pair(dialect)
    with serving([PASSED_OVER[what]], ["Three."], dialects=dialects) as servers:
        async with chain(*servers, dialects=dialects, patience_s=1.0 if "late" in what else 10.0) as made:
            result = await made.run(way)

    assert (result.status, result.output) == (RunStatus.OK, "Three.")
    assert [len(server.requests) for server in servers] == [1, 1]
    assert made.outcomes == [("one/test-model", "failed"), ("two/test-model", "answered")]
    failed, answered = made.attempts
    assert failed.error.startswith("ModelUnavailableError: 'one/test-model' ")
    assert (failed.usage, failed.number, answered.number) == (None, 1, 2)
    assert answered.usage is not None
    assert (answered.usage.input_tokens, answered.usage.output_tokens) == (2_000, 100)
    assert (result.usage.requests, result.usage.input_tokens) == (1, 2_000)


async def test_a_server_that_is_not_there_is_passed_over() -> None:
    """Nobody listens at its address."""
    with ModelServer(strict=False) as gone:
        url = gone.base_url
    with serving(["Three."], dialects=["anthropic"]) as servers:
        async with chain(url, *servers, dialects=["openai", "anthropic"]) as made:
            result = await made.run()

    assert result.output == "Three."
    assert made.outcomes == [("one/test-model", "failed"), ("two/test-model", "answered")]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_provider_that_asks_for_time_is_left_alone(dialect: str) -> None:
    """By all runs of the process, for as long as it said; meanwhile the others serve."""
    dialects = pair(dialect)
    with serving([http_error(429, retry_after_s=30)], ["Three.", "Three."], dialects=dialects) as servers:
        async with chain(*servers, dialects=dialects) as made:
            for _ in range(2):
                assert (await made.run()).output == "Three."

    assert made.outcomes[2:] == [("two/test-model", "answered")]


BROKEN = {"cut": cut_after(3, LONG), "torn down": reset_after(3, LONG)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("what", BROKEN)
async def test_an_answer_that_broke_off_is_not_asked_for_again(what: str, dialect: str, way: str) -> None:
    """Of nobody: whoever listened has heard its beginning. What the provider had counted is on the bill."""
    dialects = pair(dialect)
    with serving([BROKEN[what]], [], dialects=dialects) as servers:
        async with chain(*servers, dialects=dialects) as made:
            result = await made.run(way)

    assert isinstance(result.error, ModelUnavailableError)
    assert result.error.has_begun
    assert [len(server.requests) for server in servers] == [1, 0]
    assert made.outcomes == [("one/test-model", "broken")]
    (attempt,) = made.attempts
    if dialect == "anthropic" and way == "in pieces":  # the one that counts the input before it answers
        assert attempt.usage is not None
        assert attempt.usage.input_tokens == 2_000
        assert result.usage.input_tokens == 2_000


@pytest.mark.parametrize("way", WAYS)
async def test_a_stream_that_was_cut_before_its_first_piece_is_asked_for_elsewhere(way: str) -> None:
    """A head is nothing that anybody has heard; a whole answer had begun with it."""
    dialects = ["openai", "anthropic"]
    with serving(
        [cut_after(0, LONG)], ["Three."] if way == "in pieces" else [], dialects=dialects
    ) as servers:
        async with chain(*servers, dialects=dialects) as made:
            result = await made.run(way)

    assert result.output == ("Three." if way == "in pieces" else "")
    assert len(servers[0].requests) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_what_does_not_fit_goes_to_a_larger_window(dialect: str, way: str) -> None:
    """Past one that is no larger."""
    dialects = [dialect, *(other for other in DIALECTS if other != dialect)]
    with serving([overflow()], [], ["Three."], dialects=dialects) as servers:
        async with chain(*servers, dialects=dialects, windows=[8_000, 8_000, 100_000]) as made:
            result = await made.run(way)

    assert result.output == "Three."
    assert [len(server.requests) for server in servers] == [1, 0, 1]
    assert made.attempts[0].error.startswith("ContextOverflowError: ")


async def test_what_fits_nowhere_is_told() -> None:
    """In the words of who refused it."""
    dialects = ["openai", "anthropic"]
    with serving([overflow()], [], dialects=dialects) as servers:
        async with chain(*servers, dialects=dialects, windows=[8_000, 4_000]) as made:
            result = await made.run()

    assert isinstance(result.error, ContextOverflowError)
    assert [len(server.requests) for server in servers] == [1, 0]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_expired_key_is_raised_as_it_is(dialect: str, way: str) -> None:
    """The next candidate would hide it from whoever has to renew it."""
    dialects = pair(dialect)
    with ModelServer(dialect, key="the new one") as first, serving([], dialects=dialects[1:]) as others:
        async with chain(first, *others, dialects=dialects, token="sk-the-old-one-1a2b3c") as made:
            result = await made.run(way)

    assert type(result.error) is ModelAccessError
    assert "the token of the endpoint 'one'" in str(result.error)
    assert "sk-the-old-one" not in f"{result!r} {made.attempts!r} {made.audit.records!r}"
    assert not others[0].requests
    assert made.outcomes == [("one/test-model", "failed")]


@pytest.mark.parametrize("refused", [http_error(400, "temperature is too hot"), refused_content()])
async def test_a_refused_request_is_raised_as_it_is(refused: object) -> None:
    """It is the request's own fault, and the next provider's as well."""
    dialects = ["openai", "anthropic"]
    with serving([refused], [], dialects=dialects) as servers:
        async with chain(*servers, dialects=dialects) as made:
            result = await made.run()

    assert type(result.error) is ModelError
    assert [len(server.requests) for server in servers] == [1, 0]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_run_goes_on_elsewhere_in_the_middle(dialect: str, way: str) -> None:
    """The request is prepared again, in the next provider's dialect, calls and results with it; who serves goes on to."""
    dialects = pair(dialect)
    first = [call("add", a=1, b=2), http_error(503)]
    second = [call("add", a=3, b=3), "Six."]
    with serving(first, second, dialects=dialects) as servers:
        async with chain(*servers, dialects=dialects) as made:
            result = await made.run(way)

    assert result.output == "Six.", repr(result.error)
    assert [len(server.requests) for server in servers] == [2, 2]
    assert [message.role for message in servers[1].requests[0].messages][-3:] == ["user", "assistant", "tool"]
    assert [one.tool_call.arguments for one in result.steps if one.tool_call] == [
        '{"a": 1, "b": 2}',
        '{"a": 3, "b": 3}',
    ]
    assert [outcome for _, outcome in made.outcomes] == ["answered", "failed", "answered", "answered"]
    assert result.usage.requests == 3


FAULTS = [
    http_error(429, retry_after_s=0),
    http_error(429, headers={"retry-after-ms": "1"}),
    http_error(500),
    http_error(503),
    http_error(529),
    hang_up(),
    malformed_json(),
    empty_body(),
    garbage(),
]


class ChaoticServers:
    """What three servers answer: three in ten times something fails, by chance, and seldom in the middle."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.told: dict[str, list[str]] = {}

    def answer(self, asked: object) -> object:
        """Answer a request, and note how, by the run that asked."""
        question = asked.messages[-1].text
        drawn = self.chance.random()
        how = "broken" if drawn < 0.02 else "failed" if drawn < 0.3 else "answered"
        self.told.setdefault(question, []).append(how)
        if how == "answered":
            return f"You said: {question}"
        fault = self.chance.choice(FAULTS)
        return cut_after(self.chance.randint(1, 4), LONG) if how == "broken" else fault


async def test_runs_survive_servers_that_fail_three_times_in_ten() -> None:
    """At least 99 % of those whose answer did not break off succeed; and nobody is asked again after an answer began."""
    chaos = ChaoticServers(seed=5)
    async with AsyncExitStack() as stack:
        servers = [
            stack.enter_context(ModelServer(dialect, chaos.answer, usage=USED)) for dialect in DIALECTS
        ]
        made = await stack.enter_async_context(chain(*servers, dialects=DIALECTS))
        places = asyncio.Semaphore(16)

        async def one(number: int) -> tuple[str, Result]:
            async with places:
                question = f"I am run {number}."
                return question, await made.run(WAYS[number % 2], question)

        results = dict(await asyncio.gather(*(one(number) for number in range(RUNS))))

    for question, told in chaos.told.items():
        *before, last = told
        assert set(before) <= {"failed"}, f"{question} was asked again: {told}"
        result = results[question]
        assert (result.status is RunStatus.OK) == (last == "answered"), repr(result)
        assert (
            f"You said: {question}" == result.output if last == "answered" else LONG.startswith(result.output)
        )
    unbroken = [question for question, told in chaos.told.items() if "broken" not in told]
    succeeded = [question for question in unbroken if results[question].status is RunStatus.OK]
    assert len(succeeded) >= 0.99 * len(unbroken)
    assert len(unbroken) < RUNS, "no answer broke off, so that nothing was shown"
    assert len(made.attempts) == sum(len(told) for told in chaos.told.values())
