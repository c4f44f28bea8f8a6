"""What a compactor sees of a run, without the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.llm.exchange import Response
from executus_core.llm.message import Message
from executus_core.llm.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MemoryCompactionRun"]


class MemoryCompactionRun:
    """A run that answers a compactor's questions by itself, for tests of compactors.

    Attributes:
        asked: Each question: the tier, and its messages.
        notes: The problems that were to be noted, each once.
    """

    def __init__(self, answer: str | Exception = "All went well.", *, window: int = 0) -> None:
        """Keep the answer.

        Args:
            answer: What every model answers, or raises.
            window: The window of every model, in tokens; 0 when it is not known.
        """
        self.asked: list[tuple[str, tuple[Message, ...]]] = []
        self.notes: list[str] = []
        self._answer = answer
        self._window = window

    async def ask(self, tier: str, messages: Sequence[Message]) -> Response:
        """Answer a question."""
        self.asked.append((tier, tuple(messages)))
        if isinstance(self._answer, Exception):
            raise self._answer
        return Response(Message.assistant(self._answer), Usage(100, 10, cost_usd=0.0), "memory", "stop")

    async def find_window(self, tier: str) -> int:  # noqa: ARG002 - one window for all
        """Give the window."""
        return self._window

    def note(self, problem: str, error: Exception) -> None:
        """Keep a problem with its first error."""
        if not any(note.startswith(f"{problem}: ") for note in self.notes):
            self.notes.append(f"{problem}: {type(error).__name__}: {error}")
