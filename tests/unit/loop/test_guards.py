"""The guards that end a run which does not get on."""

import pytest

from executus_core import Agent, Defaults, Executor, Ports, tool
from executus_core.errors import MaxStepsError, ToolLoopError
from executus_core.testing import MemoryAudit, ScriptedCritic, ScriptedModel, call, raw_call
from executus_core.testing.script import Entry


@tool
async def add(a: int = 0, b: int = 0) -> int:
    """Add."""
    return a + b


@tool
async def fail(number: int = 0) -> int:
    """Fail."""
    raise ValueError(number)


AGENT = Agent(name="adder", tools=("add", "fail"), max_steps=10)


def _executor(*script: Entry, **options: object) -> Executor:
    return Executor(models=ScriptedModel(script), registry=[add, fail], **options)  # type: ignore[arg-type]


async def test_three_tool_errors_in_a_row_end_the_run() -> None:
    """The error says what went wrong last, and nothing of the run is lost."""
    script = [["So far.", call("fail", number=1)], call("fail", number=2), call("nope")]
    result = await _executor(*script).run(AGENT, "go")

    assert result.status == "error"
    assert isinstance(result.error, ToolLoopError)
    assert str(result.error).startswith(
        "3 tool errors in a row, the last from 'nope': error: there is no tool"
    )
    assert result.output == "So far."
    assert len(result.steps) == 3
    assert result.usage.requests == 3
    assert result.messages[-1].role == "tool"


async def test_a_success_between_errors_starts_the_count_anew() -> None:
    """Errors count in a row only."""
    script = [
        call("fail", number=1),
        call("fail", number=2),
        call("add"),
        call("fail", number=3),
        call("fail", number=4),
    ]
    result = await _executor(*script, "done").run(AGENT, "go")

    assert result.status == "ok"


async def test_the_same_call_three_times_in_a_row_ends_the_run() -> None:
    """Also when each of them succeeds."""
    result = await _executor(*[call("add", a=1)] * 3).run(AGENT, "go")

    assert isinstance(result.error, ToolLoopError)
    assert "the model called 'add' 3 times in a row with the same arguments" in str(result.error)
    assert len(result.steps) == 3


async def test_calls_are_the_same_whatever_their_spelling() -> None:
    """Key order and white space don't make another call."""
    script = [
        raw_call("add", '{"a": 1, "b": 2}'),
        raw_call("add", '{"b":2,"a":1}'),
        raw_call("add", '{ "a" : 1 , "b" : 2 }'),
    ]
    result = await _executor(*script).run(AGENT, "go")

    assert isinstance(result.error, ToolLoopError)


async def test_other_arguments_or_another_tool_between_start_the_count_anew() -> None:
    """Progress is not a loop."""
    script = [call("add", a=1), call("add", a=1), call("add", a=2), call("add", a=1), call("add", a=1)]
    result = await _executor(*script, "done").run(AGENT, "go")

    assert result.status == "ok"


async def test_equal_calls_of_one_response_count_too() -> None:
    """A model may repeat itself side by side; its results are kept."""
    result = await _executor([call("add", a=1)] * 3).run(AGENT, "go")

    assert isinstance(result.error, ToolLoopError)
    assert [step.result.text for step in result.steps] == ["1", "1", "1"]


async def test_values_that_are_equal_in_python_and_not_in_json_differ() -> None:
    """True is not 1."""

    @tool
    async def keep(value: int | bool) -> str:
        """Keep."""
        return str(value)

    script = [raw_call("keep", f'{{"value": {value}}}') for value in ("1", "true", "1", "true")]
    model = ScriptedModel([*script, "done"])
    result = await Executor(models=model, registry=[keep]).run(Agent(name="x", tools=("keep",)), "go")

    assert result.status == "ok"


@pytest.mark.parametrize("guard", ["max_consecutive_tool_errors", "max_same_tool_call_repeats"])
async def test_a_guard_can_be_moved_and_switched_off(guard: str) -> None:
    """The host's defaults decide."""
    entry = call("fail") if guard == "max_consecutive_tool_errors" else call("add")
    off = {"max_consecutive_tool_errors": None, "max_same_tool_call_repeats": None}

    tight = await _executor(entry, entry, defaults=Defaults(**{**off, guard: 2})).run(AGENT, "go")
    none = await _executor(*[entry] * 6, "done", defaults=Defaults(**off)).run(AGENT, "go")

    assert isinstance(tight.error, ToolLoopError)
    assert none.status == "ok"


async def test_the_step_ceiling_ends_the_run() -> None:
    """The error names the ceiling and what to do, and the run keeps what it has."""
    agent = Agent(name="adder", tools=("add",), max_steps=2)
    result = await _executor(["One.", call("add", a=1)], ["Two.", call("add", a=2)]).run(agent, "go")

    assert result.status == "error"
    assert isinstance(result.error, MaxStepsError)
    assert result.error.max_steps == 2
    assert "raise the agent's max_steps" in str(result.error)
    assert result.output == "Two."
    assert len(result.steps) == 2
    assert result.usage.requests == 2


async def test_an_agent_without_a_ceiling_gets_the_defaults() -> None:
    """Empty caps are filled in."""
    agent = Agent(name="adder", tools=("add",))
    script = [call("add", a=number) for number in range(3)]
    result = await _executor(*script, defaults=Defaults(max_steps=3)).run(agent, "go")

    assert isinstance(result.error, MaxStepsError)


async def test_a_critic_can_raise_the_ceiling_while_the_run_goes_on() -> None:
    """The ceiling is asked for at each step."""
    critic = ScriptedCritic(on_step=lambda handle, index, _: handle.set_max_steps(4) if index == 2 else None)
    agent = Agent(name="adder", tools=("add",), max_steps=2, critic=True)
    script = [call("add", a=number) for number in range(3)]
    result = await _executor(*script, "done", ports=Ports(critic=critic)).run(agent, "go")

    assert (result.status, result.usage.requests) == ("ok", 4)


async def test_a_critic_can_lower_the_ceiling_too() -> None:
    """The last word counts, and the error names the ceiling in force."""
    critic = ScriptedCritic(on_step=lambda handle, _index, _response: handle.set_max_steps(1))
    agent = Agent(name="adder", tools=("add",), critic=True)
    result = await _executor(call("add"), ports=Ports(critic=critic)).run(agent, "go")

    assert isinstance(result.error, MaxStepsError)
    assert result.error.max_steps == 1


async def test_a_guard_that_fires_is_in_the_audit_record() -> None:
    """The record closes with the error's class and words."""
    audit = MemoryAudit()
    result = await _executor(*[call("add")] * 3, ports=Ports(audit=audit)).run(AGENT, "go")

    stats = audit.records[result.run_id].stats
    assert stats is not None
    assert stats.error.startswith("ToolLoopError: the model called 'add'")
    assert (stats.steps, stats.tool_calls) == (3, 3)
