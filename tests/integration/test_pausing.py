"""A durable run that waits for a person: paused, with its checkpoint holding it; and what the journal says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core import Agent, Executor, Invocation, Ports, SessionTools, Target, tool
from executus_core.errors import RunPausedError
from executus_core.testing import (
    MemoryAudit,
    MemoryBudget,
    MemoryCheckpoints,
    MemoryDelivery,
    MemoryJournal,
    ScriptedApprover,
    ScriptedModel,
    call,
)

if TYPE_CHECKING:
    from executus_core.record.checkpoint import CheckpointEntry
    from executus_core.record.run import RunInfo


@tool
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@tool(needs_approval=True)
async def publish(path: str) -> str:
    """Publish."""
    return "published"


AGENT = Agent(name="x", tools=("add", "publish"), durable=True)


async def test_a_run_whose_call_awaits_a_person_is_paused_and_held_by_its_checkpoint() -> None:
    """The journal stays open, nothing is delivered, and everything else is settled."""
    checkpoints, audit, delivery = MemoryCheckpoints(), MemoryAudit(), MemoryDelivery()
    budget = MemoryBudget(max_runs=1)
    cleaned: list[str] = []
    ports = Ports(
        approver=ScriptedApprover(["ask"]),
        checkpointer=checkpoints,
        audit=audit,
        delivery=delivery,
        budget=budget,
    )
    invocation = Invocation(
        run_id="r",
        delivery=Target("memory", "1"),
        session_tool_factory=lambda session: SessionTools(cleanup=lambda: cleaned.append("yes")),
    )
    model = ScriptedModel([["I need leave.", call("publish", path="a")]])

    result = await Executor(models=model, registry=[add, publish], ports=ports).run(AGENT, "go", invocation)

    assert (result.status, result.output) == ("paused", "I need leave.")
    assert isinstance(result.error, RunPausedError)
    assert result.error.call_ids == ("call_1",)
    journal = checkpoints.journals["r"]
    assert journal.state == "open"
    assert [(entry.kind, entry.step) for entry in journal.entries] == [("start", 0), ("pause", 1)]
    assert [message.role for message in journal.entries[1].messages] == ["assistant"]
    assert [run.info.run_id for run in await checkpoints.interrupted()] == ["r"]
    assert (delivery.delivered, budget.running, cleaned) == ([], 0, ["yes"])
    stats = audit.records["r"].stats
    assert stats is not None
    assert stats.status == "paused"


async def test_calls_beside_the_one_that_waits_are_done_and_kept() -> None:
    """Only what waits has no result yet."""
    checkpoints = MemoryCheckpoints()
    ports = Ports(approver=ScriptedApprover(["ask", "ask"]), checkpointer=checkpoints)
    calls = [call("publish", path="a"), call("add", a=1, b=1), call("publish", path="b")]

    result = await Executor(models=ScriptedModel([calls]), registry=[add, publish], ports=ports).run(
        AGENT, "go"
    )

    assert isinstance(result.error, RunPausedError)
    assert sorted(result.error.call_ids) == ["call_1", "call_3"]
    assert [step.tool_call.name for step in result.steps] == ["add"]
    entry = checkpoints.journals[result.run_id].entries[-1]
    assert [message.tool_call_id for message in entry.messages[1:]] == ["call_2"]


async def test_the_journal_adds_one_entry_per_step_and_is_completed() -> None:
    """Each entry holds what the step added, never what was there before."""
    checkpoints = MemoryCheckpoints()
    model = ScriptedModel([[call("add", a=1, b=1), call("add", a=2, b=2)], "done"])

    result = await Executor(models=model, registry=[add, publish], ports=Ports(checkpointer=checkpoints)).run(
        AGENT, "go"
    )

    journal = checkpoints.journals[result.run_id]
    assert journal.state == "completed"
    assert [(entry.kind, entry.step, len(entry.messages)) for entry in journal.entries] == [
        ("start", 0, 1),
        ("step", 1, 3),
        ("step", 2, 1),
    ]
    assert [message for entry in journal.entries for message in entry.messages] == result.messages


async def test_a_run_that_fails_for_good_fails_its_journal() -> None:
    """It must not be resumed."""
    checkpoints = MemoryCheckpoints()
    model = ScriptedModel([OSError("no network")])

    result = await Executor(models=model, registry=[add, publish], ports=Ports(checkpointer=checkpoints)).run(
        AGENT, "go"
    )

    journal = checkpoints.journals[result.run_id]
    assert (journal.state, journal.error) == ("failed", result.error)


async def test_a_run_that_is_not_durable_pays_nothing() -> None:
    """The factory decides, and None means no journal."""
    checkpoints = MemoryCheckpoints()

    await Executor(models=ScriptedModel(["ok"]), ports=Ports(checkpointer=checkpoints)).run(
        Agent(name="x"), "go"
    )

    assert checkpoints.journals == {}


async def test_a_journal_that_fails_on_the_way_is_given_up() -> None:
    """The run goes on without its checkpoint, and the note says so once."""

    class Full(MemoryCheckpoints):
        async def begin(self, info):  # type: ignore[no-untyped-def,override]
            journal = await super().begin(info)

            class FullJournal(type(journal)):  # type: ignore[misc]
                async def save(self, entry) -> None:  # type: ignore[no-untyped-def]
                    if entry.kind != "start":
                        raise OSError("disk full")

                async def complete(self) -> None:
                    raise AssertionError("it was given up")

            return FullJournal(info)

    model = ScriptedModel([call("add", a=1, b=1), call("add", a=2, b=1), "done"])
    result = await Executor(models=model, registry=[add, publish], ports=Ports(checkpointer=Full())).run(
        AGENT, "go"
    )

    assert (result.status, result.output) == ("ok", "done")
    assert [(note.port, note.message) for note in result.notes] == [("checkpointer", "OSError: disk full")]


async def test_a_run_that_no_checkpoint_holds_is_not_paused() -> None:
    """A journal that fails to take the pause can't be resumed from, so the run must not say that it can."""

    class Journal(MemoryJournal):
        async def save(self, entry: CheckpointEntry) -> None:
            if entry.kind == "pause":
                raise OSError("disk full")

    class Full(MemoryCheckpoints):
        async def begin(self, info: RunInfo) -> MemoryJournal:
            return Journal(info)

    ports = Ports(approver=ScriptedApprover(["ask"]), checkpointer=Full())
    executor = Executor(models=ScriptedModel([call("publish", path="a")]), registry=[publish], ports=ports)
    result = await executor.run(Agent(name="x", tools=("publish",), durable=True), "go")

    assert result.status == "error"
    assert "disk full" in str(result.notes)
