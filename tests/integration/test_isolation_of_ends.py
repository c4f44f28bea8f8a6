"""A plugin can be wrong: what opens and ends a run is noted and left out, and what decides fails closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from executus_core import (
    Agent,
    Caller,
    Defaults,
    Executor,
    InputFile,
    Invocation,
    Ports,
    SessionTools,
    Target,
    tool,
)
from executus_core.errors import BudgetExceededError, PluginError
from executus_core.llm import Message
from executus_core.record.budget import Reservation
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryDelivery,
    MemoryPalette,
    MemoryRecord,
    ScriptedModel,
    call,
)

if TYPE_CHECKING:
    from executus_core import Result
    from executus_core.record.run import RunInfo, RunStats

FAULTS = [OSError("broken"), SystemExit(1), KeyboardInterrupt(), asyncio.CancelledError()]


@tool
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


AGENT = Agent(name="x", tools=("add",), critic=True, durable=True)
SCRIPT = [["One.", call("add", a=1, b=1), call("add", a=2, b=2)], "done"]


def _noted(result: Result[None]) -> list[tuple[str, str]]:
    """Ports and providers of the notes, a class that a test defined by its last name."""
    return [(note.port, note.provider.rsplit(".", 1)[-1]) for note in result.notes]


async def _run(ports: Ports, invocation: Invocation | None = None) -> Result[None]:
    executor = Executor(models=ScriptedModel(SCRIPT), registry=[add], ports=ports)
    return await executor.run(AGENT, "go", invocation)


def _assert_unharmed(result: Result[None], port: str, provider: str) -> None:
    """The run is as it would have been without the port, and the note names the provider."""
    assert (result.status, result.output, result.error) == ("ok", "done", None)
    assert [step.result.text for step in result.steps] == ["2", "4"]
    assert result.usage.requests == 2
    assert [message.role for message in result.messages] == ["user", "assistant", "tool", "tool", "assistant"]
    assert set(_noted(result)) == {(port, provider)}


@pytest.mark.parametrize("error", FAULTS)
async def test_a_post_run_hook_or_a_cleanup_that_fails_changes_nothing(error: BaseException) -> None:
    """Each is noted, and the next ones run."""
    cleaned: list[str] = []

    def fail(*args: object) -> None:
        raise error

    def factory(session: object) -> SessionTools:
        return SessionTools(post_run=fail, cleanup=fail)

    ports = Ports(session_tools={"pack": lambda session: SessionTools(cleanup=lambda: cleaned.append("yes"))})
    executor = Executor(models=ScriptedModel(["done"]), ports=ports)
    agent = Agent(name="x", tools=("pack",))

    result = await executor.run(agent, "go", Invocation(session_tool_factory=factory))

    assert (result.status, result.post_run) == ("ok", None)
    assert [note.port for note in result.notes] == ["post_run", "cleanup"]
    assert cleaned == ["yes"]


async def test_a_delivery_that_fails_is_noted() -> None:
    """The run is done; only its output did not arrive."""

    class Broken(MemoryDelivery):
        async def deliver(self, *args: object) -> None:
            raise OSError("no route")

    result = await _run(Ports(delivery=Broken()), Invocation(delivery=Target("memory", "1")))

    _assert_unharmed(result, "delivery", "Broken")


async def test_a_target_that_no_delivery_serves_is_noted() -> None:
    """Nobody should believe that something arrived."""
    result = await _run(Ports(), Invocation(delivery=Target("fax", "1")))

    assert "no delivery serves targets of kind 'fax'" in str(result.notes[0])


@pytest.mark.parametrize("tools", [(), ("add",)])
async def test_a_stager_that_fails_leaves_that_file_out(tools: tuple[str, ...]) -> None:
    """The others are staged, and the note is there on every path."""

    class Picky:
        async def stage(self, run_id: str, agent_id: str, name: str, media_type: str, content: bytes) -> str:
            if name == "bad":
                raise OSError("virus")
            return f"id-{name}"

    files = tuple(InputFile(name, "text/plain", b"x") for name in ("good", "bad"))
    executor = Executor(models=ScriptedModel(["done"]), registry=[add], ports=Ports(input_files=Picky()))
    result = await executor.run(Agent(name="x", tools=tools), "go", Invocation(input_files=files))

    assert result.status == "ok"
    assert "id-good" in result.messages[0].text
    assert "bad" not in result.messages[0].text
    assert _noted(result) == [("input_files", "Picky")]


async def test_a_palette_that_fails_is_left_out_and_the_next_one_serves() -> None:
    """One broken palette takes nothing from the others."""

    class Broken(MemoryPalette):
        async def resolve_skill(self, name: str) -> None:
            raise OSError("gone")

    agent = Agent(name="x", skills=("poetry",))
    good = MemoryPalette(skills={"poetry": "a poem"})
    model = ScriptedModel(["done"])
    result = await Executor(models=model, ports=Ports(palette=[Broken(), good])).run(agent, "go")

    assert [spec.name for spec in model.requests[0].tools] == ["skill__poetry"]
    assert _noted(result) == [("palette", "Broken")]


async def test_a_run_goes_on_without_the_skills_of_the_only_palette_when_that_fails() -> None:
    """It is a plugin's failure, not a mistake of the agent."""

    class Broken(MemoryPalette):
        async def resolve_skill(self, name: str) -> None:
            raise OSError("gone")

    result = await Executor(models=ScriptedModel(["done"]), ports=Ports(palette=Broken())).run(
        Agent(name="x", skills=("poetry",)), "go"
    )

    assert (result.status, result.output) == ("ok", "done")
    assert _noted(result) == [("palette", "Broken")]


@pytest.mark.parametrize("error", FAULTS)
async def test_an_identity_that_fails_ends_the_run_before_any_model_call(error: BaseException) -> None:
    """Fails closed, and the refusal is recorded."""

    class Broken:
        async def resolve(self, invocation: Invocation) -> Caller:
            raise error

    audit = MemoryAudit()
    executor = Executor(models=ScriptedModel(), ports=Ports(identity=Broken(), audit=audit))
    result = await executor.run(Agent(name="x"), "go")

    assert isinstance(result.error, PluginError)
    assert "Broken failed, so the run may not start" in str(result.error)
    assert audit.records[result.run_id].closed


@pytest.mark.parametrize("error", FAULTS)
async def test_a_budget_that_fails_during_the_run_stops_it(error: BaseException) -> None:
    """Fails closed also on the way."""

    class Broken:
        async def check(self, caller_id: str, estimate: object) -> Reservation:
            return Reservation("r", caller_id)

        def record_usage(self, reservation: Reservation, usage: object) -> None:
            raise error

        async def commit(self, reservation: Reservation, spend: object) -> None:
            pass

    executor = Executor(models=ScriptedModel(SCRIPT[:1]), registry=[add], ports=Ports(budget=Broken()))
    result = await executor.run(AGENT, "go")

    assert result.status == "budget_exceeded"
    assert isinstance(result.error, BudgetExceededError)
    assert (result.output, result.steps) == ("One.", [])
    assert result.messages[-1] == Message("tool", result.messages[-1].parts, (), "call_2", is_error=True)


async def test_settling_is_bounded_however_many_ports_hang(fake_clock: FakeClock) -> None:
    """Each gets its share of the cleanup time, and what does not hang is done."""

    class Hanging(MemoryRecord):
        async def close(self, stats: RunStats) -> None:
            await asyncio.Event().wait()

    class Audit:
        async def start_run(self, info: RunInfo) -> Hanging:
            return Hanging(info)

    async def hang() -> None:
        await asyncio.Event().wait()

    delivery = MemoryDelivery()
    invocation = Invocation(
        delivery=Target("memory", "1"), session_tool_factory=lambda session: SessionTools(cleanup=hang)
    )
    ports = Ports(audit=[Audit(), Audit()], delivery=delivery, clock=fake_clock)
    executor = Executor(models=ScriptedModel(["done"]), ports=ports, defaults=Defaults(cleanup_timeout_s=6))

    result = await fake_clock.run_until(executor.run(Agent(name="x"), "go", invocation))

    assert (result.status, len(delivery.delivered)) == ("ok", 1)
    assert [note.port for note in result.notes] == ["audit", "audit", "cleanup"]
    assert fake_clock.monotonic() <= 12
