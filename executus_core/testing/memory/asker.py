"""A person whose answers stand in a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from executus_core.testing.watch import watch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from executus_core.record.question import Question

__all__ = ["ScriptedAsker"]

Answer: TypeAlias = "str | BaseException | Callable[[Question], str | Awaitable[str]]"


class ScriptedAsker:
    """Answers what tools ask, one entry of the script per question; as strict as ``ScriptedModel``.

    Attributes:
        questions: What it was asked, in order; a question that was asked again stands there again.
    """

    def __init__(self, script: Iterable[Answer] = (), *, strict: bool = True) -> None:
        """Keep the script.

        Args:
            script: An answer, an exception to raise, or a function of the question, for each expected question.
            strict: Whether the pytest plugin checks it when the test ends.
        """
        self.questions: list[Question] = []
        self._script: list[Answer] = list(script)
        if strict:
            watch(self)

    async def ask(self, question: Question) -> str:
        """Give the next answer.

        Raises:
            AssertionError: The script has no answer left.
        """
        self.questions.append(question)
        if len(self.questions) > len(self._script):
            raise AssertionError(self.problems()[0])
        answer = self._script[len(self.questions) - 1]
        if isinstance(answer, BaseException):
            raise answer
        if callable(answer):
            given = answer(question)
            return given if isinstance(given, str) else await given
        return answer

    def problems(self) -> list[str]:
        """Say whether it was asked more or less than its script says."""
        asked, expected = len(self.questions), len(self._script)
        if asked == expected:
            return []
        texts = ", ".join(f"'{question.text[:80]}'" for question in self.questions) or "nothing"
        return [f"ScriptedAsker got {asked} of the {expected} questions of its script: {texts}"]
