"""The compactor port: shorter transcripts for long runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from executus_core.llm.exchange import Response
    from executus_core.llm.message import Message


class Compactor(Protocol):
    """Shortens one run's transcript.

    Contract: never changes the sequence it is given. System messages and those that are pinned stay, as they are and in
    order; the run's question is pinned in what a compactor sees. Tool calls and their results stay paired, the first
    message after those of the system stays a user's, and no message is empty. An answer that keeps any of this not, or is
    no shorter, is noted on the result, and the run goes on with the transcript as it was. So it does when it raises or
    hangs, and then asks it no more. One with an attribute ``strategy`` says in it, in a word, how it shortened last; else
    the record has its factory's name.
    """

    async def compact(self, messages: Sequence[Message], tokens: int) -> Sequence[Message] | None:
        """Give a shorter transcript, or None to leave it.

        Args:
            messages: The transcript, oldest first.
            tokens: Its size: as the provider counted it with the last response, and an estimate of what came since.
        """
        ...


class CompactionRun(Protocol):
    """The run whose transcript is shortened, as far as a compactor may use it."""

    async def ask(self, tier: str, messages: Sequence[Message]) -> Response:
        """Ask a model without tools, on the run's budget and record.

        Args:
            tier: The tier or spec; "" for the model that serves the run.
            messages: The question.

        Raises:
            Exception: There is no answer: no such model, it failed, the time was up, or a budget ends the run.
        """
        ...

    async def find_window(self, tier: str) -> int:
        """Find the context window of a model in tokens; 0 when it is not known.

        Raises:
            ModelResolutionError: There is no such model.
        """
        ...

    def note(self, problem: str, error: Exception) -> None:
        """Have a problem noted on the result with its first error, however often it comes again."""


class AskingCompactor(Compactor, Protocol):
    """A compactor that asks a model, as for a summary; without ``bind`` it is not given a run to ask through."""

    def bind(self, run: CompactionRun) -> None:
        """Take the run, before the first ``compact``."""


class CompactorFactory(Protocol):
    """Makes compactors: one for each run that becomes long, and another when a model with another window takes over."""

    def __call__(self, threshold_tokens: int, on_fire: Callable[[int, int], None]) -> Compactor:
        """Make a compactor.

        Args:
            threshold_tokens: The size from which ``compact`` is called.
            on_fire: To be told of each compaction: messages before and after. A run looks at the answer itself.
        """
        ...
