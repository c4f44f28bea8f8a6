"""Steps: what a model is asked, in which order, and what ends the loop."""

import asyncio

from executus_core import Agent, Executor, Invocation, Ports, tool
from executus_core.llm import Message, TextPart, Usage
from executus_core.testing import MemoryAudit, ScriptedModel, call


@tool
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


AGENT = Agent(name="adder", system_prompt="Be brief.", tools=("add",))


async def test_a_response_without_calls_ends_the_run_and_its_text_is_the_output() -> None:
    """The model decides when it is done."""
    model = ScriptedModel([call("add", a=2, b=3), "It is 5."])

    result = await Executor(models=model, registry=[add]).run(AGENT, "What is 2 + 3?")

    assert (result.status, result.output, result.error) == ("ok", "It is 5.", None)


async def test_the_transcript_holds_everything_in_order() -> None:
    """System, user, assistant, tool, assistant."""
    model = ScriptedModel([["Let me see.", call("add", a=2, b=3)], "It is 5."])

    result = await Executor(models=model, registry=[add]).run(AGENT, "What is 2 + 3?")

    asked = result.messages[2].tool_calls[0]
    assert result.messages == [
        Message.system("Be brief."),
        Message.user("What is 2 + 3?"),
        Message.assistant("Let me see.", [asked]),
        Message.tool(asked, "5"),
        Message.assistant("It is 5."),
    ]


async def test_each_step_asks_the_model_once_with_the_transcript_so_far() -> None:
    """The model sees what it said and what came of it."""
    model = ScriptedModel([call("add", a=1, b=1), call("add", a=2, b=2), "4"])

    result = await Executor(models=model, registry=[add]).run(AGENT, "Count.")

    assert [len(request.messages) for request in model.requests] == [2, 4, 6]
    assert model.requests[2].messages == result.messages[:6]


async def test_the_request_carries_tools_options_and_the_run() -> None:
    """What the agent says reaches the provider."""
    model = ScriptedModel(["5"])
    agent = Agent(name="adder", tools=("add",), model_options={"temperature": 0})

    await Executor(models=model, registry=[add]).run(agent, "?", Invocation(run_id="r-1", caller_id="alice"))

    request = model.requests[0]
    assert [(spec.name, spec.description, spec.parameters) for spec in request.tools] == [
        ("add", "Add.", add.parameters)
    ]
    assert request.options == {"temperature": 0}
    assert request.run is not None
    assert (request.run.run_id, request.run.caller_id) == ("r-1", "alice")


async def test_usage_and_steps_add_up() -> None:
    """Each call counts, and each model answer does."""
    model = ScriptedModel([call("add", a=1, b=1), "2"], usage=Usage(100, 10, cost_usd=0.25))

    result = await Executor(models=model, registry=[add]).run(AGENT, "?")

    assert result.usage == Usage(200, 20, cost_usd=0.5, requests=2)
    assert [(step.index, step.tool_call.name, step.result.text) for step in result.steps] == [(1, "add", "2")]


async def test_several_calls_of_one_response_run_at_the_same_time_and_answer_in_call_order() -> None:
    """The slowest call doesn't keep the others waiting, and the order is the model's."""
    ended: list[str] = []
    gates = {name: asyncio.Event() for name in "abc"}

    @tool
    async def wait(name: str) -> str:
        """Wait for the one after it."""
        following = chr(ord(name) + 1)
        if following in gates:
            await gates[following].wait()
        ended.append(name)
        gates[name].set()
        return name.upper()

    model = ScriptedModel([[call("wait", name=name) for name in "abc"], "done"])
    agent = Agent(name="waiter", tools=("wait",))

    result = await Executor(models=model, registry=[wait]).run(agent, "go")

    assert ended == ["c", "b", "a"]
    assert [message.text for message in result.messages if message.role == "tool"] == ["A", "B", "C"]
    assert [step.result.text for step in result.steps] == ["A", "B", "C"]


async def test_a_sequential_tool_runs_alone() -> None:
    """Nothing of the same response runs beside it, and the order is kept around it."""
    running: set[str] = set()
    beside: dict[str, set[str]] = {}

    async def work(name: str) -> str:
        running.add(name)
        beside[name] = set(running)
        await asyncio.sleep(0)
        beside[name] |= running
        running.discard(name)
        return name

    @tool
    async def side_by_side(name: str) -> str:
        """Run beside others."""
        return await work(name)

    @tool(sequential=True)
    async def alone(name: str) -> str:
        """Run alone."""
        return await work(name)

    calls = [("side_by_side", "a"), ("side_by_side", "b"), ("alone", "c"), ("side_by_side", "d")]
    model = ScriptedModel([[call(tool_name, name=name) for tool_name, name in calls], "done"])

    result = await Executor(models=model, registry=[side_by_side, alone]).run(
        Agent(name="x", tools=("side_by_side", "alone")), "go"
    )

    assert beside == {"a": {"a", "b"}, "b": {"a", "b"}, "c": {"c"}, "d": {"d"}}
    assert [step.result.text for step in result.steps] == ["a", "b", "c", "d"]


async def test_a_response_with_more_calls_than_may_run_at_once_runs_all_of_them() -> None:
    """The bound on parallel calls loses none."""
    model = ScriptedModel([[call("add", a=number, b=0) for number in range(40)], "done"])

    result = await Executor(models=model, registry=[add]).run(AGENT, "go")

    assert [step.result.text for step in result.steps] == [str(number) for number in range(40)]


async def test_recorders_see_each_step_and_then_its_tools_in_call_order() -> None:
    """The audit record reads as the run went."""
    audit = MemoryAudit()
    model = ScriptedModel([[call("add", a=1, b=1), call("add", a=2, b=2)], "done"])

    result = await Executor(models=model, registry=[add], ports=Ports(audit=audit)).run(AGENT, "go")

    record = audit.records[result.run_id]
    assert [step.index for step in record.steps] == [1, 2]
    assert [step.result.text for step in record.tools] == ["2", "4"]
    told = [type(entry).__name__ for entry in record.entries if entry not in record.events]
    assert told == ["RecordedStep", "Step", "Step", "RecordedStep"]


async def test_the_transcript_is_handed_on_by_reference() -> None:
    """Nothing copies the transcript from step to step."""
    seen: list[object] = []

    class Model:
        name = "watching"
        context_tokens = 0

        async def generate(self, request):  # type: ignore[no-untyped-def]
            seen.append(request.messages)
            return await inner.generate(request)

    inner = ScriptedModel([call("add", a=1, b=1), "2"])
    result = await Executor(models=Model(), registry=[add]).run(AGENT, "?")

    assert all(messages is result.messages for messages in seen)
    assert result.messages[1].parts == (TextPart("?"),)
