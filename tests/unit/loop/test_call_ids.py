"""Results are paired with calls by id, whatever ids a model writes."""

from hypothesis import given
from hypothesis import strategies as st

from executus_core import Agent, Defaults, Executor, tool
from executus_core.llm import Message, Response, ToolCall, Usage
from executus_core.testing import ScriptedModel


@tool(effect="pure")
async def echo(text: str) -> str:
    """Echo."""
    return text


AGENT = Agent(name="x", tools=("echo",), max_steps=20)
ids = st.sampled_from(["", "a", "b", "call_1", "a_1"])


def _response(*call_ids: str, step: int = 0) -> Response:
    calls = [
        ToolCall(call_id, "echo", f'{{"text": "{step}.{place}"}}') for place, call_id in enumerate(call_ids)
    ]
    return Response(Message.assistant("", calls), Usage(1, 1, cost_usd=0.0))


async def test_good_ids_stay_as_the_model_wrote_them() -> None:
    """A provider may look its ids up."""
    model = ScriptedModel([_response("x-1", "x-2"), "done"])

    result = await Executor(models=model, registry=[echo]).run(AGENT, "go")

    assert [step.tool_call.id for step in result.steps] == ["x-1", "x-2"]
    assert [message.tool_call_id for message in result.messages if message.role == "tool"] == ["x-1", "x-2"]


async def test_missing_and_repeated_ids_become_ids_of_their_own() -> None:
    """Two calls of one id could not be told apart."""
    model = ScriptedModel([_response("", "a", "a"), _response("a", step=1), "done"])

    result = await Executor(models=model, registry=[echo]).run(AGENT, "go")

    given_ids = [step.tool_call.id for step in result.steps]
    assert len(set(given_ids)) == 4
    assert all(given_ids)
    assert [step.result.text for step in result.steps] == ["0.0", "0.1", "0.2", "1.0"]


@given(st.lists(st.lists(ids, min_size=1, max_size=4), max_size=4))
async def test_every_call_has_its_result_and_every_result_its_call(steps: list[list[str]]) -> None:
    """Whatever ids come, the transcript is one that any provider takes."""
    script = [_response(*call_ids, step=index) for index, call_ids in enumerate(steps)]
    model = ScriptedModel([*script, "done"])
    defaults = Defaults(max_same_tool_call_repeats=None)

    result = await Executor(models=model, registry=[echo], defaults=defaults).run(AGENT, "go")

    calls = [tool_call for message in result.messages for tool_call in message.tool_calls]
    answers = {message.tool_call_id: message.text for message in result.messages if message.role == "tool"}
    assert len({tool_call.id for tool_call in calls}) == len(calls) == len(answers) == len(result.steps)
    assert all(f'"{answers[tool_call.id]}"' in tool_call.arguments for tool_call in calls)


async def test_calls_that_a_run_without_tools_gets_are_answered_and_make_no_step() -> None:
    """The transcript stays one that a model could go on with."""
    model = ScriptedModel([Response(Message.assistant("hm", [ToolCall("a", "echo", "{}")]), Usage(1, 1))])

    result = await Executor(models=model).run(Agent(name="x"), "go")

    assert (result.status, result.output, result.steps) == ("ok", "hm", [])
    assert result.messages[-1].tool_call_id == "a"
    assert result.messages[-1].is_error
