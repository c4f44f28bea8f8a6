"""A plugin can be wrong: who watches a run is noted and left out, and the run is the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from executus_core import (
    Agent,
    Executor,
    Invocation,
    Ports,
    tool,
)
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryRecord,
    MemoryUsageSink,
    ScriptedCriticHandle,
    ScriptedModel,
    call,
)
from executus_core.testing.memory.critic import ScriptedCritic

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


class Faulty:
    """A provider of anything, each method of which fails."""

    kinds = ("broken",)

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.calls = 0

    def __getattr__(self, name: str) -> object:
        if name.startswith("_") or name in {"record_usage", "interrupted", "tiers", "resolve"}:
            raise AttributeError(name)

        def fail(*args: object, **options: object) -> object:
            self.calls += 1
            raise self.error

        return fail


@pytest.mark.parametrize("error", FAULTS)
@pytest.mark.parametrize("port", ["audit", "critic", "checkpointer", "trace_sink", "observers"])
async def test_a_port_that_fails_is_noted_and_the_run_goes_on_without_it(
    port: str, error: BaseException
) -> None:
    """Whatever it raises, and whether it raises at once or awaited."""
    result = await _run(
        Ports(**{port: (Faulty(error),) if port not in {"critic", "checkpointer"} else Faulty(error)})
    )  # type: ignore[arg-type]

    _assert_unharmed(result, "observer" if port == "observers" else port, "Faulty")


class Recorder(MemoryRecord):
    """A record of which one method fails."""

    def __init__(self, info: RunInfo, method: str, error: BaseException) -> None:
        super().__init__(info)
        self.failing, self.error = method, error
        self.asked: list[str] = []

    def __getattribute__(self, name: str) -> object:
        if name in {"on_step", "on_tool", "log_event", "log_error", "close"}:
            self.asked.append(name)
            if name == self.failing:
                return self.fail
        return super().__getattribute__(name)

    def fail(self, *args: object) -> None:
        raise self.error


@pytest.mark.parametrize("error", [OSError("full"), SystemExit(1)])
@pytest.mark.parametrize("method", ["on_step", "on_tool", "log_event", "close"])
async def test_a_recorder_that_fails_is_noted_once_and_closed_once(method: str, error: BaseException) -> None:
    """It is not called again for that run, but for its close; the next audit records all the same."""

    class Audit:
        async def start_run(self, info: RunInfo) -> Recorder:
            self.record = Recorder(info, method, error)
            return self.record

    audit, other = Audit(), MemoryAudit()
    result = await _run(Ports(audit=[audit, other]))

    _assert_unharmed(result, "audit", "Audit")
    assert len(result.notes) == 1
    stats = other.records[result.run_id].stats
    assert stats is not None
    assert (stats.steps, stats.tool_calls) == (2, 2)
    if method != "close":
        assert audit.record.times_closed == 1


async def test_a_recorder_that_fails_on_an_event_is_not_told_of_steps() -> None:
    """A broken promise is broken for the whole run, whichever method broke it."""
    told: list[str] = []

    class Picky(MemoryRecord):
        def log_event(self, type: str, payload: object) -> None:  # noqa: A002
            told.append(type)
            raise OSError("full")

        def on_step(self, index: int, response: object) -> None:
            told.append("step")

        async def close(self, stats: RunStats) -> None:
            told.append("close")

    class Audit:
        async def start_run(self, info: RunInfo) -> Picky:
            return Picky(info)

    await _run(Ports(audit=Audit()))

    assert told == ["tools.granted", "close"]


@pytest.mark.parametrize(
    "method", ["record_step", "record_tool_start", "steer", "deadline", "max_steps", "kill_cause", "stop"]
)
async def test_a_critic_whose_handle_fails_is_dropped(method: str) -> None:
    """The bounds stay as they were."""

    class Handle(ScriptedCriticHandle):
        pass

    def fail(*args: object) -> None:
        raise SystemExit(1)

    class Critic:
        async def monitor(self, info: RunInfo, soft_timeout: float) -> Handle:
            handle = Handle(ScriptedCritic(), info, soft_timeout)
            setattr(handle, method, fail)
            return handle

    result = await _run(Ports(critic=Critic()))

    _assert_unharmed(result, "critic", "Critic")
    assert len(result.notes) == 1


@pytest.mark.parametrize("answer", ["soon", float("nan"), b"soon", object()])
@pytest.mark.parametrize("method", ["steer", "deadline", "max_steps", "kill_cause"])
async def test_a_critic_that_answers_garbage_is_dropped(method: str, answer: object) -> None:
    """What is no answer moves nothing."""

    class Critic:
        async def monitor(self, info: RunInfo, soft_timeout: float) -> ScriptedCriticHandle:
            handle = ScriptedCriticHandle(ScriptedCritic(), info, soft_timeout)
            setattr(handle, method, lambda: answer)
            return handle

    result = await _run(Ports(critic=Critic()))

    _assert_unharmed(result, "critic", "Critic")


@pytest.mark.parametrize("port", ["audit", "critic", "checkpointer"])
async def test_a_port_that_gives_garbage_is_noted(port: str) -> None:
    """A string is no recorder, no handle and no journal."""

    class Garbage:
        async def start_run(self, *args: object) -> str:
            return "record"

        monitor = begin = start_run

    result = await _run(Ports(**{port: Garbage()}))  # type: ignore[arg-type]

    _assert_unharmed(result, port, "Garbage")


@pytest.mark.parametrize("port", ["audit", "critic", "checkpointer"])
async def test_a_port_that_hangs_gets_its_time_and_no_more(port: str, fake_clock: FakeClock) -> None:
    """The run goes on without it."""

    class Hanging:
        async def start_run(self, *args: object) -> None:
            await asyncio.Event().wait()

        monitor = begin = start_run

    result = await fake_clock.run_until(_run(Ports(clock=fake_clock, **{port: Hanging()})))  # type: ignore[arg-type]

    _assert_unharmed(result, port, "Hanging")
    assert fake_clock.monotonic() == 10


async def test_a_sink_that_fails_takes_nothing_from_the_next() -> None:
    """Meters and traces are observers too."""
    sink = MemoryUsageSink()

    class Broken:
        def record_usage(self, *args: object) -> None:
            raise OSError("full")

    result = await _run(Ports(usage_sink=[Broken(), sink]))

    _assert_unharmed(result, "usage_sink", "Broken")
    assert len(result.notes) == 1
    assert [seen.model for seen in sink.seen] == ["scripted", "scripted"]


@pytest.mark.parametrize("error", FAULTS)
async def test_an_event_listener_that_fails_hears_no_more(error: BaseException) -> None:
    """The run does not care who listens."""
    heard: list[object] = []

    def listen(event: object) -> None:
        heard.append(event)
        raise error

    result = await _run(Ports(), Invocation(on_event=listen))

    _assert_unharmed(result, "event listener", "on_event")
    assert len(heard) == 1


async def test_an_observer_that_keeps_failing_is_not_called_any_more() -> None:
    """After five failures in a row the host gives it up."""
    observer = Faulty(OSError("broken"))
    executor = Executor(models=ScriptedModel(["a", "b", "c"]), ports=Ports(observers=(observer,)))

    for _ in range(3):
        await executor.run(Agent(name="x"), "go")

    assert observer.calls == 5


async def test_failures_are_counted_for_the_whole_executor() -> None:
    """An operator sees which provider fails how often, over all runs."""

    class Failing:
        async def start_run(self, info: RunInfo) -> None:
            raise OSError(info.run_id)

    executor = Executor(models=ScriptedModel(["one", "two"]), ports=Ports(audit=Failing()))

    for _ in range(2):
        await executor.run(Agent(name="x"), "go")

    assert len(executor.faults) == 1
    assert sum(executor.faults.values()) == 2
