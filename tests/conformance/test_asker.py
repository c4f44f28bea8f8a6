"""The suite for askers: what is in memory passes it, and what breaks a promise does not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from executus_core.testing import AskerConformance, ScriptedAsker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from executus_core.record.question import Question


class Surface:
    """Shows questions to somebody who answers by their text."""

    answers: Mapping[str, str] = {}

    async def ask(self, question: Question) -> str:
        await asyncio.sleep(0)
        if question.text not in self.answers:
            await asyncio.get_running_loop().create_future()
        return self.answers[question.text]


class TestSurface(AskerConformance):
    @pytest.fixture
    def asker(self) -> Surface:
        return Surface()

    def set_person(self, asker: Surface, answers: Mapping[str, str]) -> None:
        asker.answers = answers


class TestScriptedAsker(AskerConformance):
    @pytest.fixture
    def asker(self) -> ScriptedAsker:
        self.person = Surface()
        return ScriptedAsker([self.person.ask] * 100, strict=False)

    def set_person(self, asker: ScriptedAsker, answers: Mapping[str, str]) -> None:
        self.person.answers = answers


class Mumbles(Surface):
    async def ask(self, question):
        return (await super().ask(question)).removesuffix(", please")


class GivesNumbersOfChoices(Surface):
    async def ask(self, question):
        answer = await super().ask(question)
        return str(question.choices.index(answer)) if question.choices else answer


class StumblesOverAText(Surface):
    stumbled = False

    async def ask(self, question):
        self.stumbled = self.stumbled or not question.text.isprintable()
        if self.stumbled:
            raise ValueError("stumbled")
        return await super().ask(question)


class WaitsForEachPerson(Surface):
    """A question that was withdrawn still stands in the way."""

    turn: asyncio.Event | None = None

    async def ask(self, question):
        if self.turn is not None:
            raise RuntimeError("somebody else is being asked")
        self.turn = asyncio.Event()
        answer = await super().ask(question)
        self.turn = None
        return answer


class RemembersOneQuestion(Surface):
    async def ask(self, question):
        self.question = question
        await asyncio.sleep(0)
        return await super().ask(self.question)


BROKEN = [
    ("test_an_answer_comes_back", Mumbles),
    ("test_a_choice_comes_back_as_it_stands", GivesNumbersOfChoices),
    ("test_any_text_is_only_a_text", StumblesOverAText),
    ("test_a_question_can_be_withdrawn", WaitsForEachPerson),
    ("test_many_runs_ask_at_once", RemembersOneQuestion),
]


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(check: str, provider: Callable[[], object], assert_caught) -> None:
    """The check fails for a provider that breaks just its promise."""
    await assert_caught(TestSurface(), check, asker=provider)


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(TestSurface, BROKEN)
