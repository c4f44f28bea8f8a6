"""Runs whose answer is a value: asked for, judged, sent back, recorded, shown while it grows."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, cast  # noqa: TID251 - an output of any type

import pytest
from pydantic import BaseModel

from executus_core import Agent, Defaults, Executor, Invocation, Output, Ports, tool
from executus_core.errors import (
    BudgetExceededError,
    ConfigError,
    MaxStepsError,
    ModelUnavailableError,
    OutputAttempt,
    RunError,
    RunPausedError,
    StructuredOutputError,
    ToolError,
    ToolLoopError,
)
from executus_core.llm import ImagePart, Message, Usage
from executus_core.record.events import PartialOutput, RunFinished, StepFinished, TextDelta
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryBudget,
    MemoryCheckpoints,
    ScriptedApprover,
    ScriptedModel,
    call,
    cancel_at_each,
    delay,
    raw_call,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm import OutputMode
    from executus_core.record.result import Result
    from executus_core.testing.script import Entry


class Verdict(BaseModel):
    """What the judge says."""

    good: bool
    why: str = ""


@tool
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@tool
async def fail(a: int) -> int:
    """Fail."""
    raise ToolError(f"{a} is too much")


@tool(needs_approval=True)
async def publish(path: str) -> str:
    """Publish."""
    return "published"


GOOD = '{"good": true, "why": "it is"}'
VALUE = Verdict(good=True, why="it is")


class Choosy(ScriptedModel):
    """Says how it is best asked."""

    def __init__(self, script: Sequence[Entry], mode: object) -> None:
        super().__init__(script)
        self.mode = mode
        self.was_asked: list[bool] = []

    def output_mode(self, *, has_tools: bool) -> OutputMode:
        self.was_asked.append(has_tools)
        if isinstance(self.mode, Exception):
            raise self.mode
        return cast("OutputMode", self.mode)


async def run(
    script: Sequence[Entry], output: object = Verdict, *, tools: Sequence[str] = (), **more: Any
) -> tuple[Result[Any], ScriptedModel]:
    model = ScriptedModel(script)
    executor = Executor(models=model, registry=[add, fail, publish], **more)
    return await executor.run(Agent[Any](name="judge", tools=tools, output_type=output), "Is it good?"), model


async def generate(script: Sequence[Entry], output: object = Verdict, **more: Any) -> Any:
    return await Executor(models=ScriptedModel(script)).generate("fast", "Is it good?", output, **more)


async def test_a_typed_agent_answers_with_a_value_beside_its_text():
    result, model = await run([GOOD])

    assert (result.status, result.value, result.output) == ("ok", VALUE, GOOD)
    assert model.requests[0].output_schema["properties"]["good"] == {"type": "boolean"}
    assert model.requests[0].tools == []


async def test_an_agent_without_an_output_type_has_text_and_no_value():
    result, model = await run([GOOD], None)

    assert (result.output, result.value) == (GOOD, None)
    assert model.requests[0].output_schema is None


async def test_what_is_wrong_goes_back_to_the_model_until_it_is_right():
    result, model = await run(["I think so.", '{"good": "yes"}', GOOD])

    assert result.value == VALUE
    assert [message.role for message in result.messages] == [
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
        "assistant",
    ]
    assert "not valid JSON" in model.requests[1].messages[-1].text
    assert "field 'good'" in model.requests[2].messages[-1].text
    assert len(result.usages) == 3
    assert result.steps == []


async def test_the_error_keeps_every_attempt_and_the_transcript():
    result, _ = await run(["no", "", GOOD[:9]])

    assert (result.status, result.value) == ("error", None)
    assert isinstance(result.error, StructuredOutputError)
    assert [attempt.answer for attempt in result.error.attempts] == ["no", "", GOOD[:9]]
    assert result.error.attempts[1] == OutputAttempt("", ("the answer is empty",))
    assert "in 3 attempts" in str(result.error)
    assert len(result.messages) == 6
    assert result.output == GOOD[:9]


@pytest.mark.parametrize("retries", [0, 1, 4, 20])
async def test_retries_are_a_budget_of_their_own(retries):
    with pytest.raises(StructuredOutputError) as caught:
        await generate(["no"] * (retries + 1), retries=retries)

    assert len(caught.value.attempts) == retries + 1


async def test_wrong_answers_are_steps_and_no_tool_errors():
    """The guard against tools that fail in a row does not see them; the ceiling of steps does."""
    calls = [raw_call("final_output", "{}")] * 4
    defaults = Defaults(max_consecutive_tool_errors=2, max_same_tool_call_repeats=2)
    result, _ = await run(
        [*calls, call("final_output", good=True)], Output(Verdict, "tool", 9), defaults=defaults
    )
    assert result.value == Verdict(good=True)

    result, _ = await run(["no", "no"], Output(Verdict, retries=9), defaults=Defaults(max_steps=2))
    assert isinstance(result.error, MaxStepsError)


async def test_a_model_that_repeats_a_tool_is_stopped_as_ever():
    calls = [call("add", a=1, b=1)] * 3
    result, _ = await run(calls, tools=["add"])

    assert isinstance(result.error, ToolLoopError)


# ---------------------------------------------------------------------------------------------------------- modes


async def test_in_tool_mode_the_call_is_the_answer():
    result, model = await run(
        [call("add", a=1, b=1), call("final_output", good=True, why="it is")],
        Output(Verdict, "tool"),
        tools=["add"],
    )

    assert (result.value, json.loads(result.output)) == (VALUE, json.loads(GOOD))
    assert [spec.name for spec in model.requests[0].tools] == ["add", "final_output"]
    assert model.requests[0].output_schema is None
    assert [step.tool_call.name for step in result.steps] == ["add"]
    assert result.messages[-1].role == "tool"
    assert result.messages[-1].tool_call_id == result.messages[-2].tool_calls[0].id


async def test_in_tool_mode_text_that_is_the_value_is_taken_and_other_text_is_not():
    result, model = await run(["It is good.", GOOD], Output(Verdict, "tool"))

    assert result.value == VALUE
    assert "Call the tool `final_output`" in model.requests[1].messages[-1].text


async def test_the_output_tool_never_clashes_with_one_of_the_agent():
    @tool(name="final_output")
    async def mine() -> str:
        """Mine."""
        return "mine"

    model = ScriptedModel([call("final_output"), call("final_output_2", good=True)])
    agent = Agent[Any](name="x", output_type=Output(Verdict, "tool"))
    result = await Executor(models=model).run(agent, "go", Invocation(extra_tools=[mine]))

    assert result.value == Verdict(good=True)
    assert [step.result.text for step in result.steps] == ["mine"]


async def test_tools_that_are_called_beside_the_answer_are_run_before_it_is_taken():
    both = [call("final_output", good=True), call("add", a=1, b=1), call("final_output", good=False)]
    result, _ = await run([both], Output(Verdict, "tool"), tools=["add"])

    assert result.value == Verdict(good=True)
    assert [step.result.text for step in result.steps] == ["2"]
    assert {message.tool_call_id for message in result.messages if message.role == "tool"} == {
        one.id for one in result.messages[2].tool_calls
    }


async def test_an_answer_that_was_made_blind_to_a_failure_beside_it_is_not_taken():
    both = [call("fail", a=1), call("final_output", good=True)]
    result, model = await run(
        [both, call("final_output", good=False)], Output(Verdict, "tool"), tools=["fail"]
    )

    assert result.value == Verdict(good=False)
    assert "failed" in model.requests[1].messages[-1].text


async def test_in_prompted_mode_the_schema_stands_in_the_system_message():
    model = ScriptedModel([f"Here:\n```json\n{GOOD}\n```"])
    agent = Agent[Any](name="x", system_prompt="Be fair.", output_type=Output(Verdict, "prompted"))
    result = await Executor(models=model).run(agent, "go")

    system = model.requests[0].messages[0]
    assert system.role == "system"
    assert system.text.startswith("Be fair.\n\n")
    assert '"good":{"type":"boolean"}' in system.text
    assert (model.requests[0].output_schema, result.value) == (None, VALUE)


@pytest.mark.parametrize(
    ("mode", "is_native", "tools"),
    [
        ("native", True, []),
        ("tool", False, ["final_output"]),
        ("prompted", False, []),
        ("nonsense", True, []),
        (ValueError(), True, []),
    ],
)
async def test_the_model_is_asked_how_it_is_best_asked(mode, is_native, tools):
    model = Choosy([GOOD], mode)
    result = await Executor(models=model).run(Agent[Any](name="x", output_type=Verdict), "go")

    assert result.value == VALUE
    assert model.was_asked == [False]
    assert (model.requests[0].output_schema is not None) is is_native
    assert [spec.name for spec in model.requests[0].tools] == tools


async def test_a_mode_that_was_chosen_by_hand_is_not_asked_for():
    model = Choosy([GOOD], "tool")
    await Executor(models=model).generate("fast", "go", Verdict, mode="native")

    assert model.was_asked == []


# ----------------------------------------------------------------------------------------------------- validators


async def test_validators_reject_with_a_message_or_give_another_value():
    async def must_say_why(verdict: Verdict) -> None:
        await asyncio.sleep(0)
        if not verdict.why:
            raise ValueError("say why")

    def shout(verdict: Verdict) -> Verdict:
        return Verdict(good=verdict.good, why=verdict.why.upper())

    def no_shouting_no(verdict: Verdict) -> None:
        if verdict.why == "NO":
            raise ToolError("not so loud")

    result, model = await run(
        ['{"good": true}', '{"good": false, "why": "no"}', GOOD],
        Output(Verdict, validators=[must_say_why, shout, no_shouting_no]),
    )

    assert result.value == Verdict(good=True, why="IT IS")
    assert "say why" in model.requests[1].messages[-1].text
    assert "not so loud" in model.requests[2].messages[-1].text


@pytest.mark.parametrize(
    "error", [KeyError("x"), SystemExit(1), asyncio.CancelledError(), StructuredOutputError("x")]
)
@pytest.mark.parametrize("mode", ["native", "tool"])
async def test_a_validator_that_fails_ends_the_run_as_a_failure_of_the_host(error, mode):
    """By name, and the model hears nothing of it."""

    def broken(verdict: Verdict) -> None:
        raise error

    result, _ = await run(
        [call("final_output", good=True) if mode == "tool" else GOOD],
        Output(Verdict, mode, validators=[broken]),
    )

    assert result.status == "error"
    assert isinstance(result.error, RunError)
    assert "validator" in str(result.error)
    assert "KeyError" not in "".join(message.text for message in result.messages)
    answered = {message.tool_call_id for message in result.messages if message.role == "tool"}
    assert answered == {one.id for message in result.messages for one in message.tool_calls}


# ------------------------------------------------------------------------------------------- ports and other ends


async def test_each_rejected_answer_is_on_record_with_what_was_wrong():
    audit = MemoryAudit()
    await run(["no", GOOD], Output(Verdict), ports=Ports(audit=audit))

    (record,) = audit.records.values()
    (rejected,) = [event for event in record.events if event.type == "output.rejected"]
    assert rejected.payload["attempt"] == 1
    assert rejected.payload["mode"] == "native"
    assert "not valid JSON" in rejected.payload["problems"][0]
    assert len(record.steps) == 2


async def test_a_journal_holds_each_answer_with_what_was_sent_back():
    checkpoints = MemoryCheckpoints()
    agent = Agent[Any](name="x", durable=True, output_type=Output(Verdict, "tool"))
    model = ScriptedModel(["no", raw_call("final_output", "{}"), call("final_output", good=True)])
    await Executor(models=model, ports=Ports(checkpointer=checkpoints)).run(
        agent, "go", Invocation(run_id="r")
    )

    entries = checkpoints.journals["r"].entries
    assert [[message.role for message in entry.messages] for entry in entries[1:]] == [
        ["assistant", "user"],
        ["assistant", "tool"],
        ["assistant", "tool"],
    ]


async def test_a_budget_stops_a_run_that_asks_again_and_again():
    model = ScriptedModel(["no"], usage=Usage(10, 5, cost_usd=2.0), strict=False)
    budget = MemoryBudget(max_cost_usd=1.0, reserve_usd=0.5)
    with pytest.raises(BudgetExceededError):
        await Executor(models=model, ports=Ports(budget=budget)).generate("fast", "go", Verdict)


async def test_a_paused_call_holds_the_run_and_the_answer_beside_it_is_not_taken():
    ports = Ports(approver=ScriptedApprover(["ask"]), checkpointer=MemoryCheckpoints())
    agent = Agent[Any](name="x", durable=True, tools=["publish", "add"], output_type=Output(Verdict, "tool"))
    model = ScriptedModel([[call("publish", path="a"), call("final_output", good=True)]])
    result = await Executor(models=model, registry=[add, publish], ports=ports).run(agent, "go")

    assert isinstance(result.error, RunPausedError)
    assert result.value is None
    waiting, answer = result.messages[2].tool_calls
    assert {message.tool_call_id for message in result.messages if message.role == "tool"} == {answer.id}
    assert result.error.call_ids == (waiting.id,)


async def test_a_dry_run_shows_what_would_be_asked():
    model = ScriptedModel()
    agent = Agent[Any](name="x", output_type=Output(Verdict, "tool"))
    result = await Executor(models=model).run(agent, "go", Invocation(dry_run=True))

    assert result.request is not None
    assert [spec.name for spec in result.request.tools] == ["final_output"]
    with pytest.raises(ConfigError, match="dry run"):
        await Executor(models=model).generate("fast", "go", Verdict, invocation=Invocation(dry_run=True))


async def test_what_ends_the_run_is_raised_by_generate():
    with pytest.raises(ModelUnavailableError):
        await generate([ModelUnavailableError("busy")])
    with pytest.raises(ConfigError, match="input is empty"):
        await Executor(models=ScriptedModel()).generate("fast", "", Verdict)


async def test_what_can_be_no_output_is_refused_when_it_is_said():
    with pytest.raises(ConfigError, match="no model can write"):
        Agent(name="x", output_type=type("Lock", (), {}))
    with pytest.raises(ConfigError, match="Did you mean 'native'"):
        Output(Verdict, cast("Any", "nativ"))
    with pytest.raises(ConfigError, match="retries"):
        Output(Verdict, retries=-1)
    with pytest.raises(ConfigError, match="validate"):
        Output(Verdict, validators=cast("Any", [3]))
    with pytest.raises(ConfigError, match="Output itself"):
        await generate([], Output(Verdict), retries=1)


async def test_generate_takes_parts_and_a_union_and_options():
    model = ScriptedModel(['{"value": 3}'])
    picture = ImagePart(b"x")
    value = await Executor(models=model).generate(
        "fast",
        ["How many?", picture],
        Output[int | str](int | str),
        system_prompt="Count.",
        options={"temperature": 0},
    )

    assert value == 3
    assert model.requests[0].messages[0].text == "Count."
    assert model.requests[0].messages[1].parts[1] is picture
    assert model.requests[0].options == {"temperature": 0}


async def test_the_history_of_a_typed_run_can_be_gone_on_with():
    first, _ = await run([[call("final_output", good=True)]], Output(Verdict, "tool"))
    model = ScriptedModel([GOOD])
    again = await Executor(models=model).run(
        Agent[Any](name="x", output_type=Verdict), "And now?", Invocation(history=first.history)
    )

    assert again.value == VALUE


async def test_a_typed_run_is_settled_wherever_it_is_cancelled():
    def make() -> Any:
        clock = FakeClock()
        model = ScriptedModel(["no", [call("final_output", good=True)]], strict=False)

        async def slowly(verdict: Verdict) -> None:
            await asyncio.sleep(0)

        output = Output(Verdict, "tool", validators=[slowly])
        audit = MemoryAudit()
        executor = Executor(models=model, ports=Ports(audit=audit, clock=clock))

        async def whole() -> MemoryAudit:
            try:
                await executor.run(Agent[Any](name="x", output_type=output), "go")
            finally:
                (record,) = audit.records.values()
                assert record.closed
            return audit

        return whole()

    cancelled_at = 0
    async for cancelled in cancel_at_each(make):
        cancelled_at += 1
        assert isinstance(cancelled.error, asyncio.CancelledError)

    assert cancelled_at >= 2


# ------------------------------------------------------------------------------------------------------ streaming


async def watch(script: Sequence[Entry], output: object) -> list[object]:
    executor = Executor(models=ScriptedModel(script))
    async with executor.stream(Agent[Any](name="x", output_type=output), "go") as running:
        return [event async for event in running]


@pytest.mark.parametrize("mode", ["native", "prompted", "tool"])
async def test_the_value_is_shown_while_it_grows(mode):
    answer = (
        call("final_output", good=True, why="because it is")
        if mode == "tool"
        else json.dumps({"good": True, "why": "because it is"})
    )
    events = await watch([answer], Output(Verdict, mode))
    states = [event.value for event in events if isinstance(event, PartialOutput)]

    assert states[-1] == {"good": True, "why": "because it is"}
    assert len(states) > 2
    assert all("because it is".startswith(state.get("why", "")) for state in states)
    assert isinstance(events[-1], RunFinished)
    assert cast("Any", events[-1].result).value == Verdict(good=True, why="because it is")


async def test_an_answer_that_is_asked_for_again_is_shown_anew():
    events = await watch(['{"why": "not good at all"}', GOOD], Verdict)
    shown = [event for event in events if isinstance(event, (PartialOutput, StepFinished))]
    end_of_first = next(at for at, event in enumerate(shown) if isinstance(event, StepFinished))

    assert shown[end_of_first - 1] == PartialOutput({"why": "not good at all"})
    assert "why" not in shown[end_of_first + 1].value
    assert shown[-2] == PartialOutput(json.loads(GOOD))


async def test_text_is_no_value_where_the_call_of_a_tool_is():
    events = await watch([['{"a": 1}', call("final_output", good=True)]], Output(Verdict, "tool"))

    assert any(isinstance(event, TextDelta) for event in events)
    assert all("a" not in event.value for event in events if isinstance(event, PartialOutput))


async def test_an_untyped_run_shows_no_values():
    assert not any(isinstance(event, PartialOutput) for event in await watch([GOOD], None))


async def test_generate_tells_whoever_wants_to_see_it_grow():
    seen: list[object] = []
    assert await generate([GOOD], on_partial=seen.append) == VALUE
    assert seen[-1] == json.loads(GOOD)
    assert len(seen) > 1


async def test_a_watcher_that_fails_stops_the_run_and_is_heard():
    def fail_to_see(value: object) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await generate([GOOD], on_partial=fail_to_see)


async def test_a_cancelled_generate_leaves_nothing_behind():
    clock = FakeClock()
    executor = Executor(
        models=ScriptedModel([delay(60, GOOD)], clock=clock, strict=False), ports=Ports(clock=clock)
    )
    task = asyncio.create_task(executor.generate("fast", "go", Verdict))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_agents_hand_on_is_untouched():
    """One agent, many runs at once: each has a judge of its own."""
    agent = Agent[Any](name="x", output_type=Output(Verdict, "prompted"))
    model = ScriptedModel(lambda request: GOOD if len(request.messages) > 2 else "no")
    results = await asyncio.gather(*(Executor(models=model).run(agent, "go") for _ in range(20)))

    assert [result.value for result in results] == [VALUE] * 20
    assert {len(result.usages) for result in results} == {2}
    assert isinstance(results[0].messages[0], Message)
