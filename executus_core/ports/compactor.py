"""The compactor port: shorter transcripts for long runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from executus_core.llm.message import Message


class Compactor(Protocol):
    """Shortens one run's transcript.

    Contract: never changes the sequence it is given. Tool calls and their results stay paired. What it raises is noted on
    the result and the run goes on with the transcript as it was.
    """

    async def compact(self, messages: Sequence[Message], tokens: int) -> Sequence[Message] | None:
        """Give a shorter transcript, or None to leave it.

        Args:
            messages: The transcript, oldest first.
            tokens: Its size as the provider counted it with the last response.
        """
        ...


class CompactorFactory(Protocol):
    """Makes one compactor per run."""

    def __call__(self, threshold_tokens: int, on_fire: Callable[[int, int], None]) -> Compactor:
        """Make a compactor.

        Args:
            threshold_tokens: The size from which ``compact`` is called.
            on_fire: To be told of each compaction: messages before and after.
        """
        ...
