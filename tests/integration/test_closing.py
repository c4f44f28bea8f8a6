"""Closing an executor, handles, and the one synchronous door."""

from __future__ import annotations

import asyncio
import math
import threading

import pytest

from executus_core import Agent, Executor, Invocation, Ports, run_sync
from executus_core.errors import ExecutusError, RunCancelledError
from executus_core.testing import FakeClock, MemoryAudit, MemoryCheckpoints, ScriptedModel, delay

AGENT = Agent(name="x", durable=True)


async def test_closing_stops_and_settles_the_runs_that_go_on() -> None:
    """They end as cancelled, and their records are closed when the block is left."""
    audit = MemoryAudit()
    model = ScriptedModel([delay(math.inf, "never")] * 3)

    async with Executor(models=model, ports=Ports(audit=audit)) as executor:
        runs = [executor.start(AGENT, "go") for _ in range(3)]
        await asyncio.sleep(0)

    assert all(record.times_closed == 1 for record in audit.records.values())
    results = [await run for run in runs]
    assert {result.status.value for result in results} == {"cancelled"}
    error = results[0].error
    assert isinstance(error, RunCancelledError)
    assert error.is_shutdown


async def test_a_durable_run_is_left_to_be_recovered_by_a_shutdown() -> None:
    """Its journal stays open, other than that of a run that its caller cancelled."""
    checkpoints = MemoryCheckpoints()
    model = ScriptedModel([delay(math.inf, "never")] * 2)

    async with Executor(models=model, ports=Ports(checkpointer=checkpoints)) as executor:
        cancelled = executor.start(AGENT, "go", Invocation(run_id="cancelled"))
        executor.start(AGENT, "go", Invocation(run_id="shut down"))
        await asyncio.sleep(0)
        cancelled.cancel()
        await cancelled

    assert {run_id: journal.state for run_id, journal in checkpoints.journals.items()} == {
        "cancelled": "failed",
        "shut down": "open",
    }


async def test_runs_that_somebody_awaits_get_their_result() -> None:
    """Closing cancels the run, not the task that waits for it."""
    executor = Executor(models=ScriptedModel([delay(math.inf, "never")]))
    task = asyncio.create_task(executor.run(AGENT, "go"))
    await asyncio.sleep(0)
    await executor.__aexit__(None, None, None)

    assert (await task).status == "cancelled"


async def test_a_closed_executor_runs_nothing() -> None:
    """The error says what to do."""
    async with Executor(models=ScriptedModel()) as executor:
        pass

    with pytest.raises(ExecutusError, match="the executor is closed; make a new one"):
        await executor.run(AGENT, "go")


async def test_closing_waits_no_longer_than_settling_may_take(fake_clock: FakeClock) -> None:
    """A model that swallows its cancellation can't keep the host."""

    class Stubborn:
        name = "stubborn"
        context_tokens = 0

        async def generate(self, request: object) -> object:
            while True:
                try:
                    await gate.wait()
                    return "bye"
                except asyncio.CancelledError:
                    continue

    gate = asyncio.Event()
    executor = Executor(models=Stubborn(), ports=Ports(clock=fake_clock))  # type: ignore[arg-type]
    run = executor.start(AGENT, "go")
    await fake_clock.advance(1)

    await fake_clock.run_until(executor.__aexit__(None, None, None))
    assert not run.done()
    assert fake_clock.monotonic() <= 1 + executor.defaults.settle_limit_s
    gate.set()
    await run


async def test_a_handle_shows_its_run() -> None:
    """The id is known at once."""
    run = Executor(models=ScriptedModel(["done"])).start(AGENT, "go", Invocation(run_id="r"))

    assert run.run_id == "r"
    assert (run.done(), repr(run)) == (False, "<Run r running>")
    await run
    assert (run.done(), repr(run)) == (True, "<Run r done>")


def test_run_sync_runs_from_code_that_is_not_async() -> None:
    """The one synchronous door."""
    result = run_sync(Agent(name="x"), "go", executor=Executor(models=ScriptedModel(["done"])))

    assert (result.status, result.output) == ("ok", "done")


async def test_run_sync_runs_inside_of_a_running_loop() -> None:
    """As in a notebook: on a loop of its own, on another thread."""
    threads: list[threading.Thread] = []

    def answer(_request: object) -> str:
        threads.append(threading.current_thread())
        return "done"

    result = run_sync(Agent(name="x"), "go", executor=Executor(models=ScriptedModel([answer])))

    assert (result.status, result.output) == ("ok", "done")
    assert threads != [threading.current_thread()]


async def test_run_sync_inside_of_a_running_loop_raises_what_the_run_could_not_begin_with() -> None:
    """An error on the other thread is the caller's error."""
    closed = Executor(models=ScriptedModel())
    async with closed:
        pass

    with pytest.raises(ExecutusError, match="the executor is closed"):
        run_sync(Agent(name="x"), "go", executor=closed)
