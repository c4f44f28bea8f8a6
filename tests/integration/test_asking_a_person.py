"""A tool asks a person: the answer, what stands on record, and what the model is told when nobody answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from executus_core import Agent, Executor, Invocation, Ports, ToolContext, tool
from executus_core.errors import ToolError
from executus_core.record.events import QuestionAsked
from executus_core.testing import (
    FakeClock,
    Fault,
    MemoryAudit,
    MemoryObserver,
    ScriptedAsker,
    ScriptedModel,
    call,
    faulty,
    no_leaks,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.json import JsonValue
    from executus_core.record.question import Question
    from executus_core.record.result import Result


@tool
async def paint(context: ToolContext, text: str, choices: list[str]) -> str:
    """Paint the wall in a colour that somebody chooses."""
    return f"painted {await context.ask(text, choices=choices)}"


async def _paint(ports: Ports, text: str = "Which colour?", *choices: str) -> tuple[str, Result[None]]:
    """Have the model call the tool once, and give what it was told."""
    model = ScriptedModel([call("paint", text=text, choices=list(choices)), "done"])
    result = await Executor(models=model, registry=[paint], ports=ports).run(
        Agent(name="painter", tools=["paint"]), "go", Invocation(caller_id="alice")
    )
    assert result.status == "ok", result.error
    return result.steps[0].result.text, result


def _recorded(audit: MemoryAudit, result: Result[None]) -> list[Mapping[str, JsonValue]]:
    """Give what is on record of the run's questions."""
    return [event.payload for event in audit.records[result.run_id].events if event.type == "question"]


async def test_the_person_sees_the_question_and_the_tool_gets_the_answer() -> None:
    """With the run, the caller and the choices, under an id that names the call."""
    asker = ScriptedAsker(["blue"])

    text, result = await _paint(Ports(asker=asker), "Which colour?", "red", "blue")

    assert text == "painted blue"
    (question,) = asker.questions
    assert (question.text, question.choices, question.problem) == ("Which colour?", ("red", "blue"), "")
    assert (question.run.run_id, question.caller.id) == (result.run_id, "alice")
    assert question.id == f"{result.run_id}:call_1:1"


async def test_an_answer_without_choices_is_anything() -> None:
    """Also nothing."""
    assert (await _paint(Ports(asker=ScriptedAsker(["sky  blue\n"]))))[0] == "painted sky  blue\n"
    assert (await _paint(Ports(asker=ScriptedAsker([""]))))[0] == "painted "


async def test_capitals_and_blanks_of_an_answer_do_not_matter() -> None:
    """The tool gets the choice as it wrote it."""
    text, _ = await _paint(Ports(asker=ScriptedAsker(["  dark BLUE "])), "Which colour?", "Red", "Dark blue")

    assert text == "painted Dark blue"


async def test_an_answer_that_is_no_choice_is_asked_again() -> None:
    """With what was wrong, under the same id; it stays one question."""
    asker, audit, observer = ScriptedAsker(["green", "blue"]), MemoryAudit(), MemoryObserver()

    text, result = await _paint(
        Ports(asker=asker, audit=audit, observers=observer), "Which colour?", "red", "blue"
    )

    assert text == "painted blue"
    assert [question.problem for question in asker.questions] == ["", "'green' is none of the choices"]
    assert len({question.id for question in asker.questions}) == 1
    assert len([each for each in observer.events[result.run_id] if isinstance(each, QuestionAsked)]) == 1
    assert len(_recorded(audit, result)) == 1


async def test_a_person_who_chooses_nothing_is_left_alone_after_three_times() -> None:
    """The model learns what was said instead."""
    asker = ScriptedAsker(["green", "why?", "I want green"])

    text, result = await _paint(Ports(asker=asker), "Which colour?", "red", "blue")

    assert text == (
        "error: the person was asked 3 times and chose none of the choices, but answered 'I want green'"
    )
    assert not result.notes


async def test_without_anybody_the_model_is_told_so() -> None:
    """It has to decide by itself."""
    text, result = await _paint(Ports())

    assert text.startswith("error: nobody is there to ask; decide by yourself")
    assert not result.notes


async def test_what_the_asker_says_in_a_tool_error_is_for_the_model() -> None:
    """A person who does not want to answer is no fault of anybody."""
    text, result = await _paint(Ports(asker=ScriptedAsker([ToolError("the person closed the question")])))

    assert text == "error: the person closed the question"
    assert not result.notes


@pytest.mark.parametrize(
    "fault", [Fault.RAISES, Fault.RAISES_BASE, Fault.CANCELS, Fault.GARBAGE, Fault.NOT_AWAITABLE], ids=str
)
async def test_an_asker_that_fails_is_noted_and_the_model_learns_no_internals(fault: Fault) -> None:
    """It has to go on without an answer."""
    text, result = await _paint(Ports(asker=faulty(ScriptedAsker(), "ask", fault)))

    assert text == "error: the person could not be asked: the asker failed; go on without an answer"
    assert [note.port for note in result.notes] == ["asker"]


@pytest.mark.parametrize(
    ("text", "choices", "words"),
    [
        (" ", (), "the question has no words"),
        ("Which?", ("red", " "), "a choice has no words"),
        ("Which?", ("red", "RED "), "two of the choices are the same"),
        ("Which?", ("red",), "one choice is none"),
    ],
)
async def test_a_question_that_nobody_could_answer_is_not_asked(
    text: str, choices: tuple[str, ...], words: str
) -> None:
    told, _ = await _paint(Ports(asker=ScriptedAsker()), text, *choices)

    assert words in told


async def test_questions_and_answers_are_on_record_and_listeners_learn_of_them_at_once() -> None:
    """Whoever shows the run can show the question while it waits."""
    audit, seen = MemoryAudit(), list[str]()
    observer = MemoryObserver()

    def answer(question: Question) -> str:
        seen.extend(type(event).__name__ for event in observer.events[question.run.run_id][-1:])
        return "blue"

    _, result = await _paint(
        Ports(asker=ScriptedAsker([answer]), audit=audit, observers=observer), "Which?", "red", "blue"
    )

    assert seen == ["QuestionAsked"]
    assert _recorded(audit, result) == [
        {
            "call_id": "call_1",
            "tool": "paint",
            "id": f"{result.run_id}:call_1:1",
            "text": "Which?",
            "choices": ["red", "blue"],
            "answer": "blue",
        }
    ]


async def test_waiting_for_a_person_counts_as_the_runs_time() -> None:
    """The run ends in time, the question is withdrawn, and that is on record."""
    clock, audit, withdrawn = FakeClock(), MemoryAudit(), list[str]()

    async def never(question: Question) -> str:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            withdrawn.append(question.id)
            raise
        return ""

    model = ScriptedModel([call("paint", text="Which?", choices=[])], clock=clock)
    ports = Ports(asker=ScriptedAsker([never]), audit=audit, clock=clock)
    executor = Executor(models=model, registry=[paint], ports=ports)

    async with no_leaks():
        result = await clock.run_until(
            executor.run(Agent(name="painter", tools=["paint"], max_runtime_s=30), "go")
        )

    assert (result.status, clock.monotonic()) == ("timeout", 30.0)
    assert withdrawn == [f"{result.run_id}:call_1:1"]
    assert not result.notes
    (payload,) = _recorded(audit, result)
    assert payload["problem"] == "withdrawn before it was answered"


@pytest.mark.parametrize("calls", [1, 2], ids=["alone", "side by side"])
async def test_a_tools_own_time_out_ends_its_question(calls: int) -> None:
    """It is the tool that was late, and no fault of the asker."""

    @tool(timeout_s=5)
    async def hurry(context: ToolContext) -> str:
        """Ask in a hurry."""
        return await context.ask("Quick?")

    async def never(question: Question) -> str:
        await asyncio.get_running_loop().create_future()
        return ""

    clock = FakeClock()
    model = ScriptedModel([[call("hurry")] * calls, "done"], clock=clock)
    ports = Ports(asker=ScriptedAsker([never] * calls), clock=clock)
    executor = Executor(models=model, registry=[hurry], ports=ports)

    result = await clock.run_until(executor.run(Agent(name="x", tools=["hurry"]), "go"))

    assert [step.result.text[:50] for step in result.steps] == [
        "error: the tool 'hurry' did not answer within 5 s;"
    ] * calls
    assert not result.notes


async def test_after_the_run_and_after_its_call_a_tool_asks_nobody() -> None:
    """Whoever keeps a context asks in vain."""
    kept: list[ToolContext] = []

    @tool(timeout_s=5)
    async def keep(context: ToolContext, wait: bool) -> str:
        """Keep the context."""
        kept.append(context)
        if wait:
            await asyncio.get_running_loop().create_future()
        return "kept"

    clock = FakeClock()
    model = ScriptedModel([[call("keep", wait=True), call("keep", wait=False)], "done"], clock=clock)
    executor = Executor(models=model, registry=[keep], ports=Ports(asker=ScriptedAsker(), clock=clock))
    await clock.run_until(executor.run(Agent(name="x", tools=["keep"]), "go"))

    with pytest.raises(ToolError, match="the tool was given up"):
        await kept[0].ask("Anybody?")
    with pytest.raises(ToolError, match="the run has ended"):
        await kept[1].ask("Anybody?")


async def test_a_tool_knows_the_time_and_how_much_of_it_is_left() -> None:
    """From the run's clock."""
    told: list[str] = []

    @tool
    async def look(context: ToolContext) -> str:
        """Look at the clock."""
        told.append(f"{context.now().isoformat()}, {context.seconds_left():g} s left")
        return "seen"

    clock = FakeClock()
    await clock.advance(3)
    model = ScriptedModel([call("look"), "done"], clock=clock)
    executor = Executor(models=model, registry=[look], ports=Ports(clock=clock))
    await clock.run_until(executor.run(Agent(name="x", tools=["look"], max_runtime_s=20), "go"))

    assert told == ["2026-01-01T00:00:03+00:00, 20 s left"]
