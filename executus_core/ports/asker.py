"""The asker port: a person to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from executus_core.record.question import Question


class Asker(Protocol):
    """Asks a person what a tool wants to know.

    Contract: may wait as long as the run's time allows; a question that is cancelled meanwhile is withdrawn, and leaves
    nothing behind. Called for several questions at once, also of one run: an asker that can show only one at a time lets
    the others wait. A ``ToolError`` says that nobody can or wants to answer, in words for the model; anything else that it
    raises is noted on the result, and the model learns only that the question could not be asked. It may give an answer
    that is none of the choices: then it is asked again.
    """

    async def ask(self, question: Question) -> str:
        """Show the question, and return what the person answered."""
        ...
