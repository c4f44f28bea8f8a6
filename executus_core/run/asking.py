"""What a tool asks a person, on behalf of one run."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from typing import TYPE_CHECKING, Final, Protocol

from attrs import define, evolve

from executus_core.errors import ToolError
from executus_core.record.events import QuestionAsked
from executus_core.record.question import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from executus_core.llm.json import JsonValue
    from executus_core.llm.message import ToolCall
    from executus_core.loop.mailbox import Mailbox
    from executus_core.ports.asker import Asker
    from executus_core.record.caller import Caller
    from executus_core.record.events import RunEvent
    from executus_core.record.run import RunInfo
    from executus_core.run.guard import Guard
    from executus_core.run.host import Host

MAX_TRIES: Final = 3
"""How often a person is asked the same before the model must do without an answer."""

FAILED: Final = "the person could not be asked: the asker failed; go on without an answer"


class AskingRun(Protocol):
    """The run of a call that asks, as far as asking needs it."""

    mailbox: Mailbox
    caller: Caller
    emit: Callable[[RunEvent], None] | None

    @property
    def host(self) -> Host:
        """Knows the asker."""
        ...

    @property
    def info(self) -> RunInfo:
        """What the person may know of it."""
        ...

    @property
    def guard(self) -> Guard:
        """Calls the asker."""
        ...

    def log_event(self, type: str, payload: dict[str, JsonValue]) -> None:  # noqa: A002 - the contract's word
        """Put an event on record."""


@define(eq=False)
class PersonToAsk:
    """Asks what one tool call wants to know.

    Attributes:
        run: The run.
        call: The call that asks.
        asked: How many questions it has asked.
    """

    run: AskingRun
    call: ToolCall
    asked: int = 0

    async def __call__(self, text: str, *, choices: Sequence[str] = ()) -> str:
        """Ask, again where the answer is none of the choices, and record what was asked and answered.

        Raises:
            ToolError: Nobody answered; the message is for the model.
        """
        run = self.run
        if not run.mailbox.is_open:
            raise ToolError("the run has ended, so nobody can be asked any more")
        choices = tuple(choices)
        _check(text, choices)
        asker = run.host.ports.asker
        if asker is None:
            raise ToolError(
                "nobody is there to ask; decide by yourself, or say in your answer what you need to know"
            )
        self.asked += 1
        info = run.info
        question = Question(f"{info.run_id}:{self.call.id}:{self.asked}", info, run.caller, text, choices)
        if run.emit:
            run.emit(QuestionAsked(self.call, question))
        try:
            answer = await self._until_it_fits(asker, question)
        except BaseException as error:
            problem = str(error) if isinstance(error, ToolError) else "withdrawn before it was answered"
            self._record(question, "problem", problem)
            raise
        self._record(question, "answer", answer)
        return answer

    async def _until_it_fits(self, asker: Asker, question: Question) -> str:
        answer = ""
        for _ in range(MAX_TRIES):
            answer = await self._ask_once(asker, question)
            fitting = _find_choice(answer, question.choices) if question.choices else answer
            if fitting is not None:
                return fitting
            question = evolve(question, problem=f"'{answer[:80]}' is none of the choices")
        raise ToolError(
            f"the person was asked {MAX_TRIES} times and chose none of the choices, but answered '{answer[:500]}'"
        )

    async def _ask_once(self, asker: Asker, question: Question) -> str:
        guard = self.run.guard
        task = asyncio.current_task()
        cancelled_before = task.cancelling() if task else 0
        try:
            answer = await guard.ask(asker.ask, question, seconds=float("inf"))
        except ToolError:
            raise
        except Exception as error:
            if task and task.cancelling() > cancelled_before:
                # The tool's own time-out: the guard knows only the run's.
                raise CancelledError from error
            guard.note("asker", asker, error)
            raise ToolError(FAILED) from error
        if not isinstance(answer, str):
            guard.note("asker", asker, f"ask() gave {answer!r:.100}, not a text")
            raise ToolError(FAILED)
        return answer

    def _record(self, question: Question, outcome: str, words: str) -> None:
        self.run.log_event(
            "question",
            {
                "call_id": self.call.id,
                "tool": self.call.name,
                "id": question.id,
                "text": question.text,
                "choices": list(question.choices),
                outcome: words,
            },
        )


def _check(text: str, choices: tuple[str, ...]) -> None:
    if not text.strip():
        raise ToolError("the question has no words; write down what you want to know")
    if any(not choice.strip() for choice in choices):
        raise ToolError("a choice has no words; write each choice as the person should read it")
    if len({_folded(choice) for choice in choices}) != len(choices):
        raise ToolError("two of the choices are the same; write each only once")
    if len(choices) == 1:
        raise ToolError("one choice is none; give at least two, or none at all for a free answer")


def _find_choice(answer: str, choices: tuple[str, ...]) -> str | None:
    """Find the choice that was meant, whatever the person's capitals and blanks."""
    return next((choice for choice in choices if _folded(choice) == _folded(answer)), None)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
