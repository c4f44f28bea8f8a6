"""Whole runs, over both wires that the server speaks: a real model, a typed tool, and all that stands between them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

import pytest
from llama_server import SLOTS, LlamaServer
from tiny_vocabulary import RAMBLE

from executus_core import Agent, Executor, Invocation, RunStatus, ToolError, hookimpl, tool
from executus_core.errors import ContextOverflowError
from executus_core.llm import TextDelta
from executus_core.record.events import RunFinished, RunStarted, StepFinished, ToolFinished, ToolStarted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from executus_core import Result
    from executus_core.record.events import RunEvent


@tool(effect="pure")
async def forecast(city: str, days: int, unit: Literal["celsius", "fahrenheit"]) -> str:
    """Tell what the weather will be."""
    assert (type(city), type(days)) == (str, int)
    return f"{city}: sunny for {days} days, 20 {unit}"


@tool(effect="pure")
async def out_of_order(reason: str) -> str:
    """Fail."""
    raise ToolError(f"out of order: {reason}")


class Station:
    """A plugin that has not been packaged."""

    @hookimpl
    def executus_provide_tools(self):
        """Provide the tools."""
        return [forecast, out_of_order]


AGENT = Agent(name="forecaster", system_prompt="Be brief.", tools=("forecast",), max_steps=4)
TALKER = Agent(name="talker")


@pytest.fixture(
    params=["openai/tiny@{url}/v1", "anthropic/tiny@{url}", "box/tiny", "gone/tiny, claude-like/tiny"]
)
def spec(request: pytest.FixtureRequest, server: LlamaServer) -> str:
    """The model, by either wire; as an endpoint with a name, and behind one that is not there."""
    return request.param.format(url=server.url)


@pytest.fixture
async def executor(
    spec: str, server: LlamaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Executor]:
    """What a host has that configured the server as its default model."""
    monkeypatch.chdir(tmp_path)  # away from the configuration of whoever runs the tests
    endpoints = {
        "box": {"type": "openai", "url": f"{server.url}/v1", "concurrency": 2 * SLOTS},
        "claude-like": {"type": "anthropic", "url": server.url},
        "gone": {"type": "openai", "url": "http://127.0.0.1:9/v1"},  # nobody discards anything there
    }
    settings = {"models": {"tiny": spec}, "endpoints": endpoints, "defaults": {"model_tier": "tiny"}}
    plugins = {"station": Station()}
    async with Executor.discover(enable=["model-litellm"], plugins=plugins, settings=settings) as executor:
        yield executor


def assert_called_and_answered(result: Result) -> None:
    """Check that the model called the tool at its first step, and answered at its second."""
    assert result.status is RunStatus.OK, result.error
    assert result.output.strip()
    assert result.steps
    assert {step.index for step in result.steps} == {1}
    for step in result.steps:
        assert not step.is_error, step.result.text
        assert step.result.tool_call_id == step.tool_call.id
    assert len({step.tool_call.id for step in result.steps}) == len(result.steps)


async def test_a_run_calls_a_typed_tool_and_ends_in_words(executor: Executor) -> None:
    """The arguments came through the server's grammar, the provider and the tool's own types."""
    result = await executor.run(AGENT, "What will the weather be?")

    assert_called_and_answered(result)
    assert [usage.requests for usage in result.usages] == [1, 1]
    assert all(usage.input_tokens > 0 and usage.output_tokens > 0 for usage in result.usages)
    assert result.usage.cost_usd is None, "nobody knows what this model costs"
    assert not result.notes


async def test_a_streamed_run_shows_everything_in_its_order(executor: Executor) -> None:
    """Call, result, words; and what was shown on the way is what is there at the end."""
    async with executor.stream(AGENT, "What will the weather be?") as run:
        events = [event async for event in run]
        result = await run

    assert_called_and_answered(result)
    assert [type(event) for event in (events[0], events[-1])] == [RunStarted, RunFinished]
    first, second = [place for place, event in enumerate(events) if isinstance(event, StepFinished)]
    called = of(ToolStarted, events[:first])
    assert [event.call for event in called] == [step.tool_call for step in result.steps]
    assert len(of(ToolFinished, events[:first])) == len(called)
    words = of(TextDelta, events[first:second])
    assert len(words) > 1
    assert "".join(event.text for event in words) == result.messages[-1].text
    assert all(usage.input_tokens > 0 and usage.output_tokens > 0 for usage in result.usages)


async def test_the_next_question_continues_the_conversation(executor: Executor) -> None:
    """The server takes the history back as it was: its own calls, their results, its words."""
    before = await executor.run(AGENT, "What will the weather be?")
    result = await executor.run(AGENT, "And after that?", Invocation(history=before.history))

    assert_called_and_answered(result)
    assert result.usages[0].input_tokens > before.usages[0].input_tokens


async def test_a_tool_that_failed_is_answered_too(executor: Executor) -> None:
    """A result that is an error travels as one."""
    once = {"temperature": 0}  # one call and not several, each of which would fail
    result = await executor.run(Agent(name="unlucky", tools=["out_of_order"], model_options=once), "Try it.")

    assert result.status is RunStatus.OK, result.error
    assert result.output.strip()
    assert [step.is_error for step in result.steps] == [True]


async def test_more_runs_than_the_server_has_slots_all_end_well(executor: Executor) -> None:
    """None waits for ever, and none gets the answer of another."""
    questions = [f"What will the weather be on day {day}?" for day in range(2 * SLOTS)]
    results = await asyncio.gather(*(executor.run(AGENT, question) for question in questions))

    for question, result in zip(questions, results, strict=True):
        assert_called_and_answered(result)
        assert question in [message.text for message in result.messages]
    ids = [step.tool_call.id for result in results for step in result.steps]
    assert len(set(ids)) == len(ids)


async def test_a_question_that_does_not_fit_ends_the_run_with_the_reason(executor: Executor) -> None:
    """Whole and streamed alike."""
    async with executor.stream(TALKER, "x " * 4000) as run:
        streamed = await run
    for result in (await executor.run(TALKER, "x " * 4000), streamed):
        assert result.status is RunStatus.ERROR
        assert isinstance(result.error, ContextOverflowError)


async def test_stopping_a_streamed_run_frees_the_server(executor: Executor, server: LlamaServer) -> None:
    """Whoever hangs up is not written for any more."""
    with server.freed():
        async with executor.stream(TALKER, RAMBLE) as run:
            async for event in run:
                if isinstance(event, TextDelta):
                    break
            assert server.busy_slots() == 1
        result = await run

    assert result.status is RunStatus.CANCELLED


def of(kind: type, events: list[RunEvent]) -> list:
    """Give the events of one kind."""
    return [event for event in events if isinstance(event, kind)]
