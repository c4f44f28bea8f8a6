"""A scripted model gives its script, remembers what it was asked, and tells when that was too much or too little."""

from __future__ import annotations

import asyncio
import math

import pytest

from executus_core.errors import ModelUnavailableError
from executus_core.llm import (
    Message,
    ModelRequest,
    Response,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    ToolCallDelta,
    ToolSpec,
    Usage,
)
from executus_core.testing import (
    FakeClock,
    ScriptedModel,
    UnexpectedRequestError,
    call,
    delay,
    raw_call,
    thinking,
)


def request(*texts: str) -> ModelRequest:
    return ModelRequest([Message.user(text) for text in texts or ("Hello",)])


async def test_a_text_is_an_answer() -> None:
    """A text becomes an assistant's message that ends the run."""
    response = await ScriptedModel(["Hi!"], name="vendor/model").generate(request())

    assert response.message == Message.assistant("Hi!")
    assert (response.model, response.stop_reason) == ("vendor/model", "stop")


async def test_a_call_is_a_tool_call_with_an_id_of_its_own() -> None:
    """Calls are numbered through the whole script, the same in each run of the test."""
    model = ScriptedModel([call("add", a=1, name="ü"), ["Two:", call("now"), call("now")]])

    first, second = await model.generate(request()), await model.generate(request())

    assert first.message.tool_calls == (ToolCall("call_1", "add", '{"a": 1, "name": "ü"}'),)
    assert second.message.text == "Two:"
    assert [tool_call.id for tool_call in second.message.tool_calls] == ["call_2", "call_3"]
    assert second.stop_reason == "tool_calls"


async def test_two_named_models_of_one_run_give_different_ids() -> None:
    """A run that fails over from one model to the next never sees an id twice."""
    models = [ScriptedModel([call("now")], name=name) for name in ("first", "second")]

    ids = {(await model.generate(request())).message.tool_calls[0].id for model in models}

    assert ids == {"first_call_1", "second_call_1"}


async def test_a_raw_call_may_be_malformed() -> None:
    """Arguments and ids can be what a hostile model would write."""
    model = ScriptedModel([[raw_call("add", '{"a": 1,', id="x"), raw_call("add", "", id="x")]])

    calls = (await model.generate(request())).message.tool_calls

    assert calls == (ToolCall("x", "add", '{"a": 1,'), ToolCall("x", "add", ""))


async def test_a_response_is_given_as_it_is() -> None:
    """Whoever needs all of a response writes all of it."""
    response = Response(Message.assistant("Hi!"), Usage(1, 2, cost_usd=None), "served", "length")

    assert await ScriptedModel([response]).generate(request()) is response


async def test_an_exception_is_raised() -> None:
    """A failed call stands in the script like an answer."""
    model = ScriptedModel([ModelUnavailableError("429"), "Now."])

    with pytest.raises(ModelUnavailableError, match="429"):
        await model.generate(request())

    assert (await model.generate(request())).message.text == "Now."


async def test_a_function_of_the_request_may_give_any_entry() -> None:
    """Plain or async, it sees what the model is asked, and what it gives is an entry again."""

    async def add(asked: ModelRequest) -> object:
        return [call("add", text=asked.messages[-1].text)]

    model = ScriptedModel([lambda asked: f"You said {asked.messages[-1].text}.", add])

    assert (await model.generate(request("hi"))).message.text == "You said hi."
    assert (await model.generate(request("ho"))).message.tool_calls[0].arguments == '{"text": "ho"}'


async def test_one_function_in_place_of_a_script_answers_every_request() -> None:
    """A model for many runs needs no list."""
    model = ScriptedModel(lambda asked: asked.messages[0].text.upper())

    answers = await asyncio.gather(*(model.generate(request(f"run {number}")) for number in range(100)))

    assert answers[99].message.text == "RUN 99"
    model.assert_exhausted()


async def test_a_delay_waits_on_the_models_clock(fake_clock: FakeClock) -> None:
    """A slow answer takes no time of the test."""
    model = ScriptedModel([delay(30, "Late."), delay(math.inf, "Never.")], clock=fake_clock)

    assert (await fake_clock.run_until(model.generate(request()))).message.text == "Late."
    assert fake_clock.monotonic() == 30
    with pytest.raises(AssertionError, match="still waiting"):
        await fake_clock.run_until(model.generate(request()))


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "A text that is long enough for several deltas.",
        ["Let me see.", call("add", a=1, b=2), call("now")],
    ],
)
async def test_a_stream_and_a_plain_call_give_equal_responses(entry: object) -> None:
    """The deltas add up to the response, which comes once and last."""
    plain = await ScriptedModel([entry]).generate(request())

    *deltas, streamed = [event async for event in ScriptedModel([entry]).stream(request())]

    assert streamed == plain
    assert "".join(delta.text for delta in deltas if isinstance(delta, TextDelta)) == plain.message.text
    calls = [delta for delta in deltas if isinstance(delta, ToolCallDelta)]
    assert [(delta.id, delta.name) for delta in calls if delta.id] == [
        (tool_call.id, tool_call.name) for tool_call in plain.message.tool_calls
    ]
    for index, tool_call in enumerate(plain.message.tool_calls):
        assert "".join(delta.arguments for delta in calls if delta.index == index) == tool_call.arguments


async def test_thinking_is_streamed_and_is_no_part_of_the_answer() -> None:
    """Reasoning comes first, and only whoever streams sees it."""
    entry = thinking("Hm, let me think. ", thinking("Yes.", "Hi!"))

    events = [event async for event in ScriptedModel([entry]).stream(request())]

    assert (
        "".join(event.text for event in events if isinstance(event, ThinkingDelta))
        == "Hm, let me think. Yes."
    )
    assert isinstance(events[0], ThinkingDelta)
    assert events[-1] == await ScriptedModel([entry]).generate(request())


async def test_usage_is_known_and_free_unless_said_otherwise() -> None:
    """Tests can count tokens and money without scripting them."""
    model = ScriptedModel(["one"])
    priced = ScriptedModel(["one"], usage=lambda asked, answer: Usage(len(asked.messages), len(answer.text)))

    assert (await model.generate(request())).usage == Usage(10, 5, cost_usd=0.0)
    assert (await priced.generate(request("a", "b"))).usage == Usage(2, 3)


async def test_requests_stay_as_they_were_asked() -> None:
    """The run's live list goes on; what the model was asked does not change any more."""
    transcript = [Message.user("Hello")]
    tools = [ToolSpec("add", "Add.", {})]
    model = ScriptedModel(["Hi!"])

    await model.generate(ModelRequest(transcript, tools, options={"temperature": 0}))
    transcript.append(Message.assistant("Hi!"))
    tools.clear()

    (asked,) = model.requests
    assert asked.messages == [Message.user("Hello")]
    assert [tool.name for tool in asked.tools] == ["add"]
    assert asked.options == {"temperature": 0}


async def test_a_request_beyond_the_script_is_raised_and_remembered() -> None:
    """Whoever swallows the exception, as a run does, still finds it afterwards."""
    model = ScriptedModel(["one"], strict=False)
    await model.generate(request())

    with pytest.raises(
        UnexpectedRequestError, match=r"got request 2, but its script ends after 1; .* user: Once more"
    ):
        await model.generate(request("Once more"))

    with pytest.raises(AssertionError, match="got request 2"):
        model.assert_exhausted()


async def test_an_entry_that_nobody_asked_for_is_told() -> None:
    """A run that ended early has not done what the test says."""
    model = ScriptedModel(["one", call("add"), "three"], strict=False)
    await model.generate(request())

    with pytest.raises(AssertionError, match=r"got 1 of the 3 requests of its script; .*'add'"):
        model.assert_exhausted()


async def test_a_failed_assertion_about_a_request_is_remembered() -> None:
    """An assertion inside of a function would otherwise end as some run's error."""

    def check(asked: ModelRequest) -> str:
        assert asked.messages == [], "not empty"
        return "Hi!"

    model = ScriptedModel([check], strict=False)
    with pytest.raises(AssertionError, match="not empty"):
        await model.generate(request())

    assert model.problems()[0].startswith(
        "ScriptedModel 'scripted': an assertion about a request failed: not empty"
    )


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (7, "entry 2 of the script of 'scripted' is a int; give a text"),
        (ValueError, "is the exception class ValueError; give an instance"),
        (["Hi!", 7], "item 1 is a int; a list holds texts and call"),
        (delay(1, None), r"entry 2 .*\(after its delay\) is a NoneType"),
        (thinking("hm", b"raw"), r"\(after its thinking\) is a bytes"),
    ],
)
def test_what_is_no_entry_is_refused_where_it_is_written(entry: object, said: str) -> None:
    """A mistake in a script is told with its place, before any run."""
    with pytest.raises(TypeError, match=said):
        ScriptedModel(["fine", entry])


async def test_what_a_function_gives_is_checked_too() -> None:
    """A function that gives nothing is told apart from a model that answers nothing."""
    model = ScriptedModel([lambda asked: None])

    with pytest.raises(TypeError, match="what a function in the script of 'scripted' gave is a NoneType"):
        await model.generate(request())


def test_it_shows_how_far_it_is() -> None:
    """Its repr is there to be read in a failed assertion."""
    assert repr(ScriptedModel(["a", "b"], name="m", strict=False)) == "<ScriptedModel 'm': 0 asked of 2>"
    assert repr(ScriptedModel(lambda asked: "a")) == "<ScriptedModel 'scripted': 0 asked>"
