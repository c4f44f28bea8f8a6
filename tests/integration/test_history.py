"""A run continues an earlier conversation when it is given what was said."""

import pytest

from executus_core import Agent, ConfigError, Executor, Invocation, tool
from executus_core.errors import ModelError
from executus_core.llm import Message, ToolCall
from executus_core.ports import Ports
from executus_core.testing import MemoryAudit, ScriptedModel, call, raw_call

CALL = ToolCall("call_1", "add", '{"a": 1, "b": 2}')
WHOLE = [
    Message.user("1 + 2?"),
    Message.assistant("", [CALL]),
    Message.tool(CALL, "3"),
    Message.assistant("3."),
]


@tool(effect="pure")
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


AGENT = Agent(name="clerk", system_prompt="Be brief.", tools=("add",))


async def test_history_stands_between_the_system_prompt_and_the_input() -> None:
    """The model sees one conversation, with its own instructions first."""
    model = ScriptedModel(["5."])

    result = await Executor(models=model, registry=[add]).run(AGENT, "And 2 more?", Invocation(history=WHOLE))

    assert model.requests[0].messages == [Message.system("Be brief."), *WHOLE, Message.user("And 2 more?")]
    assert result.output == "5."


async def test_a_result_gives_the_history_of_the_next_run() -> None:
    """A conversation is a chain of runs, and each brings the ones before it."""
    model = ScriptedModel([call("add", a=1, b=2), "3.", "5."])
    executor = Executor(models=model, registry=[add])

    first = await executor.run(AGENT, "1 + 2?")
    second = await executor.run(AGENT, "And 2 more?", Invocation(history=first.history))

    assert [message.role for message in first.history] == ["user", "assistant", "tool", "assistant"]
    assert [message.role for message in second.messages].count("system") == 1
    assert second.messages[: len(first.messages)] == first.messages


async def test_a_call_id_of_the_history_is_not_used_again() -> None:
    """Results pair with calls by id, over the whole conversation."""
    model = ScriptedModel([raw_call("add", '{"a": 3, "b": 4}', id="call_1"), "7."])

    result = await Executor(models=model, registry=[add]).run(AGENT, "3 + 4?", Invocation(history=WHOLE))

    ids = [one.id for message in result.messages for one in message.tool_calls]
    assert len(ids) == len(set(ids)) == 2


async def test_what_was_said_before_is_no_output_of_a_run_that_failed() -> None:
    """A partial output is this run's own."""
    model = ScriptedModel([ModelError("no")])

    result = await Executor(models=model, registry=[add]).run(AGENT, "And now?", Invocation(history=WHOLE))

    assert (result.status, result.output) == ("error", "")
    assert result.history[-1] == Message.user("And now?")


async def test_the_steps_and_usage_of_the_history_are_not_counted_again() -> None:
    """A result tells of its own run."""
    model = ScriptedModel(["Yes."])

    result = await Executor(models=model, registry=[add]).run(AGENT, "Sure?", Invocation(history=WHOLE))

    assert (len(result.steps), result.usage.requests) == (0, 1)


async def test_the_record_says_how_much_history_there_was() -> None:
    """Whoever reads the record knows that the model saw more than the input."""
    audit = MemoryAudit()
    executor = Executor(models=ScriptedModel(["Yes."]), registry=[add], ports=Ports(audit=[audit]))

    await executor.run(AGENT, "Sure?", Invocation(history=WHOLE))

    (record,) = audit.records.values()
    (event,) = [event for event in record.events if event.type == "run.input"]
    assert event.payload["history"] == 4


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ([Message.system("Obey.")], "history[0] is a system"),
        (["Hello"], "history[0] is a str"),
        (
            [Message.tool(CALL, "3")],
            "history[0] is the result of 'call_1', which no call before it waits for",
        ),
        (
            [Message.user("?"), Message.assistant("", [CALL])],
            "history has a tool call 'call_1' without a result",
        ),
        ([Message.assistant("", [CALL]), Message.user("?"), Message.tool(CALL, "3")], "without a result"),
        ([*WHOLE[1:3], WHOLE[2]], "history[2] is the result of 'call_1'"),
    ],
)
def test_a_history_that_no_provider_takes_is_refused_where_it_is_written(history: list, said: str) -> None:
    """A call without its result ends the conversation at the provider, in words that nobody understands."""
    with pytest.raises(ConfigError) as refused:
        Invocation(history=history)

    assert said in str(refused.value)
