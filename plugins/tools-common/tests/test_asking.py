"""Questions to the person, a look at the run, and a place to think."""

from __future__ import annotations

from executus_core import Agent, Executor, Ports
from executus_core.llm import Usage
from executus_core.testing import FakeClock, ScriptedAsker, ScriptedModel, call
from executus_tools_common import asking, thinking


async def test_a_person_is_asked_and_answers(tell) -> None:
    """Freely, or with one of the choices."""
    asker = ScriptedAsker(["Not today.", "BLUE", " "])
    ports = Ports(asker=asker)

    assert await tell(asking.build_tools(), "ask_user", ports=ports, question="Shall I?") == "Not today."
    chosen = await tell(
        asking.build_tools(), "ask_user", ports=ports, question="Which colour?", choices=["red", "blue"]
    )
    empty = await tell(asking.build_tools(), "ask_user", ports=ports, question="Anything else?")

    assert (chosen, empty) == ("blue", "(the person gave an empty answer)")
    assert [question.text for question in asker.questions] == ["Shall I?", "Which colour?", "Anything else?"]
    assert asker.questions[1].choices == ("red", "blue")


async def test_without_a_person_the_model_decides(tell) -> None:
    """It is told so, and the run goes on."""
    shown = await tell(asking.build_tools(), "ask_user", question="Shall I?")

    assert shown.startswith("error: nobody is there to ask; decide by yourself")


async def test_a_question_is_bounded(tell) -> None:
    """A person is not shown a flood."""
    tools = asking.build_tools()
    many = [str(number) for number in range(21)]

    for arguments in (
        {"question": "x" * 2_001},
        {"question": "?", "choices": many},
        {"question": "?", "choices": ["x" * 201] * 2},
    ):
        assert (await tell(tools, "ask_user", ports=Ports(asker=ScriptedAsker()), **arguments)).startswith(
            "error: the arguments are wrong"
        )


async def test_a_model_learns_how_far_its_run_has_come() -> None:
    """Steps, time, calls, tokens and cost, as they are at that moment."""
    clock = FakeClock()
    model = ScriptedModel(
        [call("think", thought="hm"), call("nothing"), call("run_status"), "done"],
        clock=clock,
        usage=Usage(100, 20, cost_usd=0.01),
    )
    executor = Executor(models=model, registry=thinking.build_tools(), ports=Ports(clock=clock))
    agent = Agent(name="x", tools=["think", "run_status"], max_steps=9, max_runtime_s=45)

    result = await clock.run_until(executor.run(agent, "go"))

    assert result.steps[2].result.text.splitlines() == [
        "steps: 3 of 9, this one included",
        "time left: 45 of 45 s",
        "finished tool calls: 2, 1 of them failed",
        "tokens: 300 read, 60 written",
        "cost: 0.0300 US dollars",
    ]


async def test_a_price_that_nobody_knows_is_not_guessed() -> None:
    """Free and unknown are two things."""
    model = ScriptedModel([call("run_status"), "done"], usage=Usage(1, 1, cost_usd=None))
    result = await Executor(models=model, registry=thinking.build_tools()).run(
        Agent(name="x", tools=["run_status"]), "go"
    )

    assert "cost: not known" in result.steps[0].result.text


async def test_a_thought_is_only_counted(tell) -> None:
    """It stands in the call, so it need not be sent back."""
    assert await tell(thinking.build_tools(), "think", thought="first look") == "noted, 10 characters"
