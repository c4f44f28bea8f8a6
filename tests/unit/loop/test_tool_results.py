"""From what a tool returns to what a model reads."""

import pytest
from pydantic import BaseModel

from executus_core import Agent, Artifact, Defaults, Executor, ToolContext, ToolResult, tool
from executus_core.llm import ImagePart, Message, TextPart
from executus_core.testing import ScriptedModel, call

PIXEL = ImagePart(b"\x89PNG")


class Weather(BaseModel):
    """A forecast."""

    city: str
    degrees: float


RESULTS: dict[str, object] = {
    "text": "plain",
    "nothing": None,
    "number": 5,
    "yes": True,
    "table": {"a": [1, None, "ü"]},
    "list": [1, 2],
    "empty list": [],
    "model": Weather(city="Wien", degrees=21.5),
    "models": [Weather(city="Wien", degrees=21.5)],
    "image": PIXEL,
    "text and image": ["here:", PIXEL],
    "result": ToolResult("said"),
    "failure": ToolResult("not this way", is_error=True),
    "parts": ToolResult((TextPart("look:"), PIXEL)),
}


@tool
async def give(what: str) -> object:
    """Give."""
    return RESULTS[what]


AGENT = Agent(name="x", tools=("give",))


async def _result_of(what: str, **options: object) -> Message:
    model = ScriptedModel([call("give", what=what), "done"])
    result = await Executor(models=model, registry=[give], **options).run(AGENT, "go")  # type: ignore[arg-type]
    assert result.status == "ok"
    return result.steps[0].result


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("text", "plain"),
        ("nothing", "(no result)"),
        ("number", "5"),
        ("yes", "true"),
        ("table", '{"a":[1,null,"ü"]}'),
        ("list", "[1,2]"),
        ("empty list", "[]"),
        ("model", '{"city":"Wien","degrees":21.5}'),
        ("models", '[{"city":"Wien","degrees":21.5}]'),
        ("result", "said"),
    ],
)
async def test_text_comes_as_it_is_and_anything_else_as_json(what: str, text: str) -> None:
    """A tool returns text, JSON-able data, or a pydantic model."""
    message = await _result_of(what)

    assert message.parts == (TextPart(text),)
    assert not message.is_error


async def test_a_picture_comes_as_a_picture() -> None:
    """Alone or between texts."""
    assert (await _result_of("image")).parts == (PIXEL,)
    assert (await _result_of("text and image")).parts == (TextPart("here:"), PIXEL)
    assert (await _result_of("parts")).parts == (TextPart("look:"), PIXEL)


async def test_a_tool_result_may_say_that_it_is_an_error() -> None:
    """A failure need not be an exception."""
    message = await _result_of("failure")

    assert message.is_error
    assert message.text == "not this way"


async def test_of_a_long_result_both_ends_are_shown_with_a_note_of_how_to_read_on() -> None:
    """Both ends of a log tell something; the rest is kept."""
    RESULTS["long"] = "A" * 600 + "B" * 600
    message = await _result_of("long", defaults=Defaults(max_tool_result_chars=100))

    assert message.text == (
        "A" * 50
        + '\n[... 1100 of 1200 characters left out; read on with read_result(name="result-1", offset=50) ...]\n'
        + "B" * 50
    )


async def test_each_text_of_a_result_is_cut_and_pictures_stay() -> None:
    """A picture has no middle."""
    RESULTS["long parts"] = ToolResult((TextPart("x" * 50), PIXEL, TextPart("short")))
    message = await _result_of("long parts", defaults=Defaults(max_tool_result_chars=10))

    assert message.parts[1:] == (PIXEL, TextPart("short"))
    assert "40 of 50 characters left out" in message.text


async def test_a_result_of_just_the_limit_stays_whole() -> None:
    """Only longer ones are cut."""
    RESULTS["fits"] = "x" * 100

    assert (await _result_of("fits", defaults=Defaults(max_tool_result_chars=100))).text == "x" * 100


async def test_a_long_error_is_cut_too() -> None:
    """Every result leaves by the same door."""
    RESULTS["long failure"] = ToolResult("x" * 200, is_error=True)
    message = await _result_of("long failure", defaults=Defaults(max_tool_result_chars=100))

    assert message.is_error
    assert "100 of 200 characters left out" in message.text


async def test_files_of_a_tool_result_and_of_the_context_are_the_runs_artifacts() -> None:
    """In the order in which they came."""
    chart, table = Artifact("chart.png", "image/png", b"1"), Artifact("table.csv", "text/csv", b"2")

    @tool
    async def draw(ctx: ToolContext) -> ToolResult:
        """Draw."""
        ctx.attach(chart)
        return ToolResult("drawn", artifacts=(table,))

    model = ScriptedModel([call("draw"), "done"])
    result = await Executor(models=model, registry=[draw]).run(Agent(name="x", tools=("draw",)), "go")

    assert result.artifacts == (chart, table)
