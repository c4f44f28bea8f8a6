"""What every asker must do."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from executus_core.record.caller import Caller
from executus_core.record.question import Question
from executus_core.testing.conformance.base import HOSTILE_TEXTS, Conformance, interleaved, run_info

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.ports.asker import Asker

__all__ = ["AskerConformance"]

_PERSON = {"Which colour?": "a dark red, please", "Which size?": "small"}
_MANY = {f"How much is {number} and 1?": str(number + 1) for number in range(20)}


class AskerConformance(Conformance):
    """What every asker must do.

    Give the fixture ``asker``, and ``set_person``, which puts a person behind it.
    """

    @pytest.fixture
    def asker(self) -> Asker:
        """The asker to check."""
        raise NotImplementedError("give the fixture 'asker'")

    def set_person(self, asker: Asker, answers: Mapping[str, str]) -> None:
        """Have a person answer from now on.

        Args:
            asker: The asker that shows the questions.
            answers: What the person answers, by the text of the question; to any other question nothing, ever.
        """
        raise NotImplementedError("give 'set_person': what answers when the asker asks")

    async def test_an_answer_comes_back(self, asker: Asker) -> None:
        """What the person wrote is what the tool gets, word by word."""
        self.set_person(asker, _PERSON)

        assert await asker.ask(_question("Which colour?")) == "a dark red, please"

    async def test_a_choice_comes_back_as_it_stands(self, asker: Asker) -> None:
        """A tool that gave choices gets one of them."""
        self.set_person(asker, _PERSON)

        assert await asker.ask(_question("Which size?", "large", "small")) == "small"

    @pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=lambda text: repr(text[:20]))
    async def test_any_text_is_only_a_text(self, asker: Asker, text: str) -> None:
        """A question and a choice may be a model's: they are shown or refused, and the next question is answered."""
        self.set_person(asker, {**_PERSON, text: "what?"})

        for question in (_question(text), _question("Which colour?", text, "a dark red, please")):
            with suppress(Exception):
                await asker.ask(question)

        assert await asker.ask(_question("Which colour?")) == "a dark red, please"

    async def test_a_question_can_be_withdrawn(self, asker: Asker) -> None:
        """A run that ends waits for nobody, and whoever asks next is not in its way."""
        self.set_person(asker, _PERSON)
        task = asyncio.ensure_future(asker.ask(_question("Will you ever answer?")))
        await asyncio.sleep(0)
        task.cancel()

        assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
        assert await asker.ask(_question("Which colour?")) == "a dark red, please"

    async def test_many_runs_ask_at_once(self, asker: Asker) -> None:
        """Each question gets its own answer."""
        self.set_person(asker, _MANY)

        answers = await interleaved(asker.ask(_question(text)) for text in _MANY)

        assert answers == list(_MANY.values())


def _question(text: str, *choices: str) -> Question:
    return Question(f"run-1:call-1:{text[:20]}", run_info(), Caller("alice"), text, choices)
