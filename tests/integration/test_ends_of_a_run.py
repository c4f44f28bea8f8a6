"""How a run ends: every status, and which of two reasons decides."""

from __future__ import annotations

import asyncio
import math

import pytest

from executus_core import Agent, Executor, Invocation, Ports, RunStatus, SessionTools, Target, tool
from executus_core.errors import ModelUnavailableError, RunCancelledError, RunKilledError, RunTimeoutError
from executus_core.llm import Message
from executus_core.record.run import KillCause
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryBudget,
    MemoryCheckpoints,
    MemoryDelivery,
    ScriptedCritic,
    ScriptedModel,
    call,
    delay,
)


@tool
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


AGENT = Agent(name="adder", tools=("add",), max_runtime_s=5)
SUPERVISED = Agent(name="adder", tools=("add",), max_runtime_s=5, critic=True)


async def test_a_run_that_ends_by_itself_is_ok() -> None:
    """No error, and nothing to raise."""
    result = await Executor(models=ScriptedModel(["done"])).run(Agent(name="x"), "go")

    assert (result.status, result.error, result.ok) == (RunStatus.OK, None, True)


async def test_any_other_failure_is_an_error_with_its_class_and_message() -> None:
    """The model's own error is the result's, as it was raised."""
    error = ModelUnavailableError("429", retry_after_s=3)
    model = ScriptedModel([["One.", call("add", a=1, b=1)], error])

    result = await Executor(models=model, registry=[add]).run(AGENT, "go")

    assert (result.status, result.output) == ("error", "One.")
    assert result.error is error
    assert len(result.steps) == 1


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()])
async def test_an_exit_or_a_cancellation_that_a_model_raises_is_a_failure_of_the_model(
    error: BaseException,
) -> None:
    """It ends neither the host nor its task."""
    result = await Executor(models=ScriptedModel([error])).run(Agent(name="x"), "go")

    assert result.status == "error"
    assert "the model 'scripted'" in str(result.error)


async def test_a_model_that_answers_garbage_is_an_error_that_shows_it() -> None:
    """What is no response is not taken for one."""

    class Model:
        name = "broken"
        context_tokens = 0

        async def generate(self, request: object) -> object:
            return "hello"

    result = await Executor(models=Model()).run(Agent(name="x"), "go")  # type: ignore[arg-type]

    assert "the model 'broken' answered with 'hello', not with a" in str(result.error)


async def test_the_runs_own_time_is_a_timeout(fake_clock: FakeClock) -> None:
    """The partial output, the steps and the usage are kept, and every call has its answer."""
    model = ScriptedModel([["One.", call("add", a=1, b=1)], delay(math.inf, "never")], clock=fake_clock)
    executor = Executor(models=model, registry=[add], ports=Ports(clock=fake_clock))

    result = await fake_clock.run_until(executor.run(AGENT, "go"))

    assert (result.status, result.output, len(result.steps)) == ("timeout", "One.", 1)
    assert isinstance(result.error, RunTimeoutError)
    assert result.error.limit_s == 5
    assert "(max_runtime_s)" in str(result.error)
    assert (result.duration, result.usage.requests) == (5, 1)


async def test_a_timeout_in_a_tool_leaves_a_transcript_that_a_model_could_go_on_with(
    fake_clock: FakeClock,
) -> None:
    """Calls that ended keep their results, the others are answered with a note and make no step."""

    @tool
    async def hang() -> str:
        """Hang."""
        await asyncio.Event().wait()
        return "never"

    model = ScriptedModel([[call("add", a=1, b=1), call("hang")]])
    executor = Executor(models=model, registry=[add, hang], ports=Ports(clock=fake_clock))
    agent = Agent(name="x", tools=("add", "hang"), max_runtime_s=5)

    result = await fake_clock.run_until(executor.run(agent, "go"))

    assert result.status == "timeout"
    assert [step.tool_call.name for step in result.steps] == ["add"]
    assert [message.text for message in result.messages if message.role == "tool"] == [
        "2",
        "error: the run ended before this call did; whether it took effect is not known",
    ]


async def test_a_model_that_never_waits_is_stopped_by_the_clock_too(fake_clock: FakeClock) -> None:
    """A run that gives nobody else a chance is looked at now and then, and gets no further than some steps."""

    @tool
    async def work(number: int) -> int:
        """Take a second without waiting."""
        fake_clock._now += 1
        return number

    model = ScriptedModel(lambda _: call("work", number=len(model.requests)))
    executor = Executor(models=model, registry=[work], ports=Ports(clock=fake_clock))

    result = await executor.run(Agent(name="x", tools=("work",), max_runtime_s=5, max_steps=100), "go")

    assert result.status == "timeout"
    assert 5 <= len(result.steps) <= 5 + 16


async def test_a_critic_that_kills_leaves_its_cause_on_the_error() -> None:
    """The status tells a kill from a failure."""
    critic = ScriptedCritic(on_tool_start=lambda handle, _: handle.kill("it deletes too much", kind="danger"))
    ends: list[str] = []

    @tool
    async def hang() -> str:
        """Hang."""
        try:
            await asyncio.Event().wait()
        finally:
            ends.append("stopped")
        return "never"

    executor = Executor(models=ScriptedModel([call("hang")]), registry=[hang], ports=Ports(critic=critic))
    result = await executor.run(Agent(name="x", tools=("hang",), critic=True), "go")

    assert result.status == "killed"
    assert isinstance(result.error, RunKilledError)
    assert result.error.cause == KillCause("it deletes too much", "danger")
    assert ends == ["stopped"]


async def test_a_critics_deadline_without_a_kill_is_a_timeout(fake_clock: FakeClock) -> None:
    """A critic may pull the hard deadline in."""
    critic = ScriptedCritic(on_start=lambda handle: handle.set_deadline(2))
    model = ScriptedModel([delay(4, "late")], clock=fake_clock)
    executor = Executor(models=model, registry=[add], ports=Ports(critic=critic, clock=fake_clock))

    result = await fake_clock.run_until(executor.run(SUPERVISED, "go"))

    assert (result.status, result.duration) == ("timeout", 2)
    assert "the critic's deadline" in str(result.error)


async def test_a_critic_can_move_the_deadline_out_while_the_run_goes_on(fake_clock: FakeClock) -> None:
    """What gets on gets time."""
    critic = ScriptedCritic(on_step=lambda handle, _index, _response: handle.set_deadline(20))
    model = ScriptedModel([delay(4, call("add", a=1, b=1)), delay(10, "done")], clock=fake_clock)
    executor = Executor(models=model, registry=[add], ports=Ports(critic=critic, clock=fake_clock))

    result = await fake_clock.run_until(executor.run(SUPERVISED, "go"))

    assert (result.status, result.duration) == ("ok", 14)


async def test_the_caller_who_cancels_a_handle_gets_a_result() -> None:
    """The reason is on the error."""
    model = ScriptedModel([delay(math.inf, "never")])
    run = Executor(models=model).start(Agent(name="x"), "go")
    await asyncio.sleep(0)
    run.cancel("the user left")

    result = await run

    assert (result.status, str(result.error)) == ("cancelled", "the user left")
    assert isinstance(result.error, RunCancelledError)


async def test_a_refusal_by_a_budget_is_its_own_status() -> None:
    """It is not an error of the run."""
    result = await Executor(models=ScriptedModel(), ports=Ports(budget=MemoryBudget(max_runs=0))).run(
        Agent(name="x"), "go"
    )

    assert result.status == "budget_exceeded"


async def test_a_dry_run_does_everything_but_ask() -> None:
    """The prepared request is on the result, and nothing is delivered, saved or spent."""
    audit, budget, delivery = MemoryAudit(), MemoryBudget(max_runs=1), MemoryDelivery()
    checkpoints = MemoryCheckpoints(every_run=True)
    cleaned: list[str] = []

    def factory(session: object) -> SessionTools:
        return SessionTools([add], cleanup=lambda: cleaned.append("yes"))

    invocation = Invocation(dry_run=True, session_tool_factory=factory, delivery=Target("memory", "1"))
    ports = Ports(audit=audit, budget=budget, delivery=delivery, checkpointer=checkpoints)
    result = await Executor(models=ScriptedModel(), ports=ports).run(
        Agent(name="x", system_prompt="Be brief.", model_options={"temperature": 0}), "go", invocation
    )

    assert (result.status, result.error, result.output) == ("dry_run", None, "")
    assert result.request is not None
    assert result.request.messages == [Message.system("Be brief."), Message.user("go")]
    assert [spec.name for spec in result.request.tools] == ["add"]
    assert result.request.options == {"temperature": 0}
    stats = audit.records[result.run_id].stats
    assert stats is not None
    assert stats.status == "dry_run"
    assert (budget.runs, budget.running, delivery.delivered, checkpoints.journals) == (0, 0, [], {})
    assert cleaned == ["yes"]


async def test_other_runs_carry_no_request() -> None:
    """The transcript is on the result anyway."""
    assert (await Executor(models=ScriptedModel(["ok"])).run(Agent(name="x"), "go")).request is None


async def test_a_genuine_error_is_not_relabelled_by_a_later_cancellation() -> None:
    """The run's own error decides, whatever comes while it is settled."""
    gate = asyncio.Event()

    def factory(session: object) -> SessionTools:
        async def cleanup() -> None:
            run.cancel("too late")
            gate.set()

        return SessionTools(cleanup=cleanup)

    run = Executor(models=ScriptedModel([OSError("broken")])).start(
        Agent(name="x"), "go", Invocation(session_tool_factory=factory)
    )
    result = await run

    assert gate.is_set()
    assert (result.status, type(result.error)) == ("error", OSError)


async def test_a_run_that_has_answered_is_not_relabelled_either() -> None:
    """A cancellation in the model's last moment comes too late when the answer is there."""

    def answer(_request: object) -> str:
        run.cancel("at the very end")
        return "done"

    run = Executor(models=ScriptedModel([answer])).start(Agent(name="x"), "go")
    result = await run

    assert (result.status, result.output) == ("ok", "done")


async def test_the_first_reason_to_stop_decides(fake_clock: FakeClock) -> None:
    """A kill after a cancellation changes nothing."""
    critic = ScriptedCritic()
    model = ScriptedModel([delay(math.inf, "never")], clock=fake_clock)
    executor = Executor(models=model, registry=[add], ports=Ports(critic=critic, clock=fake_clock))
    run = executor.start(SUPERVISED, "go", Invocation(run_id="r"))
    await fake_clock.advance(1)
    run.cancel("first")
    critic.handles["r"].kill("second")

    result = await run

    assert (result.status, str(result.error)) == ("cancelled", "first")
