"""A streamed run and a plain one are the same run; what is shown on the way is complete and in order."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from executus_core import Agent, Defaults, Executor, Invocation, Ports, Result, tool
from executus_core.errors import ModelUnavailableError
from executus_core.llm import Message, Response, TextDelta, ThinkingDelta, Usage
from executus_core.record.events import RunFinished, RunStarted, StepFinished, ToolFinished, ToolStarted
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    ScriptedModel,
    call,
    delay,
    raw_call,
    thinking,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from executus_core.llm import ModelEvent, ModelRequest
    from executus_core.record.events import RunEvent
    from executus_core.testing.script import Entry


@tool(effect="pure")
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@tool(effect="pure")
async def fail(why: str) -> str:
    """Fail."""
    raise ValueError(why)


AGENT = Agent(name="adder", system_prompt="Be brief.", tools=("add", "fail"), max_steps=6)

texts = st.text(max_size=30)
calls = st.one_of(
    st.builds(lambda a, b: call("add", a=a, b=b), st.integers(), st.integers()),
    st.builds(lambda why: call("fail", why=why), texts),
    st.builds(raw_call, st.sampled_from(["add", "nope"]), texts, id=st.sampled_from(["", "x"])),
)
entries = st.one_of(
    texts,
    calls,
    st.lists(st.one_of(texts, calls), max_size=4),
    st.builds(thinking, texts, texts),
    st.builds(ValueError, texts),
)


def _executor(script: list[Entry], clock: FakeClock) -> Executor:
    model = ScriptedModel([*script, *["the end"] * 8], strict=False, clock=clock)
    return Executor(
        models=model, registry=[add, fail], ports=Ports(clock=clock), defaults=Defaults(max_steps=6)
    )


async def _stream(executor: Executor) -> tuple[list[RunEvent], Result[None]]:
    async with executor.stream(AGENT, "go", Invocation(run_id="r")) as run:
        events = [event async for event in run]
        return events, await run


@given(st.lists(entries, max_size=5))
async def test_a_streamed_run_and_a_plain_run_give_equal_results(script: list[Entry]) -> None:
    """Whatever the model does, listening to it changes nothing."""
    plain = await _executor(script, FakeClock()).run(AGENT, "go", Invocation(run_id="r"))
    events, streamed = await _stream(_executor(script, FakeClock()))

    assert evolve(streamed, error=None) == evolve(plain, error=None)
    assert (type(streamed.error), str(streamed.error)) == (type(plain.error), str(plain.error))
    _assert_whole(events, streamed)


def _assert_whole(events: list[RunEvent], result: Result[None]) -> None:
    """Every start has its end, and the deltas make up what the model wrote."""
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    assert events[-1].result is result
    assert sum(isinstance(event, (RunStarted, RunFinished)) for event in events) == 2
    written = "".join(message.text for message in result.messages if message.role == "assistant")
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == written
    started = [event.call.id for event in events if isinstance(event, ToolStarted)]
    finished = [event.call.id for event in events if isinstance(event, ToolFinished)]
    assert sorted(started) == sorted(finished) == sorted(step.tool_call.id for step in result.steps)
    steps = [event.index for event in events if isinstance(event, StepFinished)]
    assert steps == list(range(1, len(steps) + 1))


async def test_events_come_in_the_order_in_which_things_happen() -> None:
    """Thinking, text, tools, step, and then the next step."""
    model = ScriptedModel([["So:", call("add", a=1, b=1)], thinking("hm", "2")])
    executor = Executor(models=model, registry=[add, fail])

    events, _ = await _stream(executor)

    assert [type(event).__name__ for event in events] == [
        "RunStarted",
        "TextDelta",
        "ToolStarted",
        "ToolFinished",
        "StepFinished",
        "ThinkingDelta",
        "TextDelta",
        "StepFinished",
        "RunFinished",
    ]
    assert [event.text for event in events if isinstance(event, ThinkingDelta)] == ["hm"]


async def test_a_model_that_can_not_stream_is_listened_to_all_the_same() -> None:
    """There are no deltas, and everything else."""

    class Plain:
        name = "plain"
        context_tokens = 0

        async def generate(self, request: object) -> Response:
            return Response(Message.assistant("done"), Usage(1, 1))

    events, result = await _stream(Executor(models=Plain(), registry=[add, fail]))

    assert result.output == "done"
    assert [type(event).__name__ for event in events] == ["RunStarted", "StepFinished", "RunFinished"]


async def test_a_callback_hears_the_same_events_as_the_handle() -> None:
    """At once, in the run's own task."""
    heard: list[RunEvent] = []
    model = ScriptedModel([call("add", a=1, b=1), "2"])
    executor = Executor(models=model, registry=[add, fail])

    run = executor.start(AGENT, "go", Invocation(on_event=heard.append))
    events = [event async for event in run]

    assert heard == events


async def test_leaving_the_block_early_cancels_the_run_and_settles_it() -> None:
    """Nothing goes on behind the caller's back."""
    audit = MemoryAudit()
    model = ScriptedModel([delay(math.inf, "never")])
    executor = Executor(models=model, ports=Ports(audit=audit))

    async with executor.stream(Agent(name="x"), "go", Invocation(run_id="r")) as run:
        async for _ in run:
            break

    assert run.done()
    assert (await run).status == "cancelled"
    stats = audit.records["r"].stats
    assert stats is not None
    assert stats.status == "cancelled"


async def test_an_error_in_the_block_comes_out_after_settling() -> None:
    """The caller's own exception is the caller's."""
    executor = Executor(models=ScriptedModel([delay(math.inf, "never")]))
    runs = []

    async def leave_by_an_error() -> None:
        async with executor.stream(Agent(name="x"), "go") as run:
            runs.append(run)
            await asyncio.sleep(0)
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await leave_by_an_error()
    assert runs[0].done()


async def test_a_stream_that_ends_without_a_response_is_a_failure_of_the_model() -> None:
    """Half an answer is none, and another model may do."""

    class Cut:
        name = "cut"
        context_tokens = 0

        async def generate(self, request: object) -> Response:
            raise AssertionError("it was asked to stream")

        async def stream(self, request: object):  # type: ignore[no-untyped-def]
            yield TextDelta("half")

    events, result = await _stream(Executor(models=Cut(), registry=[add, fail]))  # type: ignore[arg-type]

    assert result.status == "error"
    assert isinstance(result.error, ModelUnavailableError)
    assert "the stream of 'cut' ended without a whole response" in str(result.error)
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["half"]


class CutModel(ScriptedModel):
    """A model whose streams are cut after two pieces, when the last entry of its script has come."""

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Answer in pieces, the last answer not to its end."""
        seen = 0
        async for piece in super().stream(request):
            yield piece
            seen += isinstance(piece, TextDelta)
            if seen == 2 and not self.problems():
                raise ModelUnavailableError("cut")


@pytest.mark.parametrize(
    ("script", "output"),
    [
        (["It was a dark and stormy night."], "It was a dark an"),
        ([["First look. ", call("add", a=1, b=2)], "It was a dark and stormy night."], "It was a dark an"),
        ([["First look. ", call("add", a=1, b=2)], ModelUnavailableError("down")], "First look. "),
    ],
)
async def test_what_was_written_of_an_answer_that_is_cut_is_the_partial_output(
    script: list[Entry], output: str
) -> None:
    """Nobody else has it: neither the transcript nor whoever reads the result alone."""
    async with Executor(models=CutModel(script), registry=[add]).stream(
        Agent(name="x", tools=["add"]), "go"
    ) as run:
        result = await run

    assert (result.status, result.output) == ("error", output)
    assert result.messages[-1].role != "assistant"


async def test_a_stream_is_closed_when_its_run_is_cancelled() -> None:
    """The connection must not stay open."""
    closed: list[str] = []

    class Slow:
        name = "slow"
        context_tokens = 0

        async def generate(self, request: object) -> Response:
            raise AssertionError("it was asked to stream")

        async def stream(self, request: object):  # type: ignore[no-untyped-def]
            try:
                yield TextDelta("half")
                await asyncio.Event().wait()
            finally:
                closed.append("yes")

    async with Executor(models=Slow()).stream(Agent(name="x"), "go") as run:  # type: ignore[arg-type]
        async for event in run:
            if isinstance(event, TextDelta):
                break

    assert closed == ["yes"]


async def test_events_can_be_read_after_the_run_has_ended_from_the_first() -> None:
    """Each event comes once, whenever somebody asks."""
    run = Executor(models=ScriptedModel(["done"])).start(Agent(name="x"), "go")
    await run

    first = [type(event).__name__ async for event in run]
    second = [event async for event in run]

    assert first == ["RunStarted", "TextDelta", "StepFinished", "RunFinished"]
    assert second == []
