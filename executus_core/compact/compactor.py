"""The compactor that any strategy makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.compact.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from executus_core.llm.message import Message
    from executus_core.ports.compactor import CompactionRun


class StrategyCompactor:
    """Shortens one run's transcript by a strategy.

    Attributes:
        strategy: Which strategies shortened it last, in order, joined by "+"; "" before the first time.
    """

    def __init__(
        self,
        shorten: Callable[[Draft, CompactionRun | None], Awaitable[Draft]],
        threshold_tokens: int,
        target_tokens: int,
        on_fire: Callable[[int, int], None],
    ) -> None:
        """Keep the strategy and its bounds.

        Args:
            shorten: The strategy.
            threshold_tokens: The size from which it is asked.
            target_tokens: The size to come down to.
            on_fire: Told of each compaction: messages before and after.
        """
        self.strategy: str = ""
        self._shorten = shorten
        self._threshold_tokens = threshold_tokens
        self._target_tokens = target_tokens
        self._on_fire = on_fire
        self._run: CompactionRun | None = None

    def bind(self, run: CompactionRun) -> None:
        """Take the run to ask through."""
        self._run = run

    async def compact(self, messages: Sequence[Message], tokens: int) -> Sequence[Message] | None:
        """Give a shorter transcript once it has reached the threshold; None when nothing can be left out."""
        if tokens < self._threshold_tokens:
            return None
        draft = Draft.begin(messages, tokens, self._target_tokens)
        shorter = await self._shorten(draft, self._run)
        if not shorter.applied:
            return None
        self.strategy = "+".join(shorter.applied)
        self._on_fire(len(messages), len(shorter.messages))
        return list(shorter.messages)
