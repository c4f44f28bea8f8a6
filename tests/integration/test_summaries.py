"""A summary is a model call of its run: on its time, its budget and its record; and what becomes of one that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from executus_core import Agent, Defaults, Executor, Invocation, Ports, tool
from executus_core.clock import SYSTEM_CLOCK
from executus_core.compact import DropToolResults, SlidingWindow, Summarise, Tiered
from executus_core.errors import BudgetExceededError, ModelUnavailableError
from executus_core.llm import Message, Usage
from executus_core.record.events import Compacted
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryBudget,
    MemoryCheckpoints,
    MemoryObserver,
    MemoryUsageSink,
    ScriptedModel,
    call,
    delay,
)

if TYPE_CHECKING:
    from executus_core.llm import ModelRequest
    from executus_core.ports import Clock
    from executus_core.testing.script import Entry

WINDOW = 10_000
STEPS = 22


@tool
async def read(page: int) -> str:
    """Read a page."""
    return f"page {page} " * 300


AGENT = Agent(name="reader", system_prompt="You read.", tools=("read",), max_steps=40)


def count(request: ModelRequest, message: Message) -> Usage:
    """Count as a provider does, by a measure of its own."""
    chars = sum(
        len(one.text) + sum(len(each.arguments) for each in one.tool_calls) for one in request.messages
    )
    return Usage(chars // 3, len(message.text) // 3 + 1, cost_usd=0.01)


def reader(*, ends: bool = True) -> ScriptedModel:
    """Make a model that reads page after page, and then answers, if its run gets that far."""
    script: list[Entry] = [*(call("read", page=number) for number in range(STEPS)), "All read."]
    return ScriptedModel(script, context_tokens=WINDOW, usage=count, strict=ends)


def writer(*entries: Entry, clock: Clock = SYSTEM_CLOCK) -> ScriptedModel:
    """Make the model that writes summaries."""
    return ScriptedModel(entries, name="writer", usage=Usage(100, 20, cost_usd=0.5), clock=clock)


def compacted(audit: MemoryAudit, type_: str) -> list[dict[str, object]]:
    """List the payloads of one type of event."""
    (record,) = audit.records.values()
    return [dict(event.payload) for event in record.events if event.type == type_]


async def test_a_summary_is_on_the_runs_usage_and_record() -> None:
    """It is no step: it has an event of its own, and every sink sees it."""
    audit, sink, checkpoints = MemoryAudit(), MemoryUsageSink(), MemoryCheckpoints(every_run=True)
    models = {"fast": reader(), "small": writer("Pages are full of numbers.", "And more pages.")}
    ports = Ports(audit=audit, usage_sink=sink, checkpointer=checkpoints)

    result = await Executor(
        models=models, registry=[read], ports=ports, compactor=Summarise(tier="small")
    ).run(AGENT, "Read all.")

    summaries = compacted(audit, "compaction.summary")
    assert result.output == "All read."
    assert len(summaries) == len(compacted(audit, "run.compacted")) == 2
    assert summaries[0]["tier"] == "small"
    assert (summaries[0]["input_tokens"], summaries[0]["cost_usd"]) == (100, 0.5)
    (record,) = audit.records.values()
    assert record.stats
    assert record.stats.steps == STEPS + 1
    assert record.stats.cost_usd == pytest.approx(2 * 0.5 + (STEPS + 1) * 0.01)
    assert result.usage.cost_usd == record.stats.cost_usd
    assert [attempt.tier for attempt in sink.seen].count("small") == 2
    journal = next(iter(checkpoints.journals.values()))
    assert [entry.usage for entry in journal.entries if entry.kind == "compaction"] == [
        Usage(100, 20, cost_usd=0.5)
    ] * 2


async def test_by_itself_the_model_that_serves_the_run_writes_it() -> None:
    """Nobody reads a transcript who has not read it already."""
    asked: list[str] = []

    def answer(request: ModelRequest) -> Entry:
        if not request.tools:
            asked.append(request.messages[0].text)
            return "A summary."
        return call("read", page=len(request.messages)) if not asked else "Done."

    model = ScriptedModel(answer, context_tokens=WINDOW, usage=count)

    result = await Executor(models=model, registry=[read], compactor=Summarise()).run(AGENT, "Read all.")

    assert result.output == "Done."
    assert len(asked) == 1
    assert any("A summary." in message.text for message in result.messages)


async def test_a_budget_that_a_summary_exhausts_ends_the_run_there() -> None:
    """As budget_exceeded, and not as a summary that failed: no other step is paid."""
    budget = MemoryBudget(max_cost_usd=0.4, reserve_usd=0.4)
    models = {"fast": reader(ends=False), "small": writer("A summary.")}

    result = await Executor(
        models=models, registry=[read], ports=Ports(budget=budget), compactor=Summarise(tier="small")
    ).run(AGENT, "Read all.")

    assert result.status == "budget_exceeded"
    assert isinstance(result.error, BudgetExceededError)
    assert result.notes == ()
    assert budget.spent_usd == pytest.approx(result.usage.cost_usd or 0)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (ModelUnavailableError("no model today"), "no model today"),
        ("", "wrote no summary"),
        (call("read", page=1), "wrote no summary"),
        (delay(10_000, "too late"), "no answer within 30 s"),
        (OSError("broken"), "broken"),
    ],
    ids=["unavailable", "nothing", "a call", "hangs", "raises"],
)
async def test_a_summary_that_fails_is_noted_once_and_the_run_goes_on(entry: Entry, problem: str) -> None:
    """A window shortens in its place; the next crossing tries a summary again."""
    clock = FakeClock()
    observer = MemoryObserver()
    models = {"fast": reader(), "small": writer(*[entry] * 3, clock=clock)}
    executor = Executor(
        models=models,
        registry=[read],
        ports=Ports(clock=clock, observers=(observer,)),
        compactor=Summarise(tier="small"),
        defaults=Defaults(max_runtime_s=3_600),
    )

    result = await clock.run_until(executor.run(AGENT, "Read all."))

    assert result.output == "All read."
    (note,) = result.notes
    assert note.port == "compactor"
    assert problem in note.message
    events = [one for one in observer.events[result.run_id] if isinstance(one, Compacted)]
    assert [event.strategy for event in events] == ["window"] * 3


async def test_a_tier_that_nobody_knows_is_a_summary_that_fails() -> None:
    """The note names it."""
    models = {"fast": reader()}

    result = await Executor(models=models, registry=[read], compactor=Summarise(tier="smal")).run(
        AGENT, "Go."
    )

    assert result.ok
    assert "no model for 'smal'" in result.notes[0].message


async def test_a_summary_has_half_of_what_is_left_of_the_runs_time() -> None:
    """One that hangs does not take the run along."""
    clock = FakeClock()
    models = {"fast": reader(), "small": writer(*[delay(10_000, "late")] * 3, clock=clock)}
    executor = Executor(
        models=models, registry=[read], ports=Ports(clock=clock), compactor=Summarise(tier="small"),
        defaults=Defaults(max_runtime_s=20),
    )  # fmt: skip

    result = await clock.run_until(executor.run(AGENT, "Read all."))

    assert result.output == "All read."
    (note,) = result.notes
    assert "no answer within 8 s" in note.message


async def test_a_run_that_is_cancelled_at_a_summary_ends() -> None:
    """The summary is part of the run, and ends with it."""
    clock = FakeClock()
    models = {"fast": reader(ends=False), "small": writer(delay(20, "late"), clock=clock)}
    executor = Executor(
        models=models, registry=[read], ports=Ports(clock=clock), compactor=Summarise(tier="small"),
        defaults=Defaults(max_runtime_s=3_600),
    )  # fmt: skip
    run = executor.start(AGENT, "Read all.")
    while not models["small"].requests:
        await clock.advance(0)

    run.cancel("enough")
    result = await run

    assert result.status == "cancelled"


async def test_many_long_steps_stay_within_the_window() -> None:
    """However long a run goes on, no question comes near the window, and the question and pins stay."""
    model = ScriptedModel(
        [*(call("read", page=number) for number in range(200)), "Done."], context_tokens=WINDOW, usage=count
    )
    observer = MemoryObserver()
    executor = Executor(
        models=model, registry=[read], ports=Ports(observers=(observer,)),
        compactor=Tiered(DropToolResults(), SlidingWindow()), defaults=Defaults(max_steps=300),
    )  # fmt: skip
    agent = Agent(name="reader", system_prompt="You read.", tools=("read",), max_steps=300)
    rule = Message.user("Never skip a page.").pinned()
    history = [rule, Message.assistant("I won't.")]

    result = await executor.run(agent, "Read all.", Invocation(history=history))

    sizes = [count(request, Message.assistant("")).input_tokens for request in model.requests]
    assert result.output == "Done."
    assert max(sizes) < 0.8 * WINDOW
    texts = [message.text for message in result.messages]
    assert texts[:2] == ["You read.", "Never skip a page."]
    assert "Read all." in texts
    events = [one for one in observer.events[result.run_id] if isinstance(one, Compacted)]
    assert 10 < len(events) < 60
