"""A transcript on its way to become shorter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from executus_core.compact.size import estimate_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.message import Message


@frozen
class Draft:
    """What a strategy is given, and what it gives.

    Attributes:
        messages: The transcript so far.
        estimate: Its size, uncounted by any provider.
        target: The size to come to, by the same measure.
        applied: The strategies that have shortened it, in order.
    """

    messages: tuple[Message, ...]
    estimate: int
    target: int
    applied: tuple[str, ...] = ()

    @classmethod
    def begin(cls, messages: Sequence[Message], tokens: int, target_tokens: int) -> Draft:
        """Begin with a transcript.

        Args:
            messages: The transcript.
            tokens: Its size as the provider counts, tools and all.
            target_tokens: The size to come to, by the same count.
        """
        estimate = estimate_tokens(messages)
        # What the provider counts and what is estimated differ by a factor, which the text decides.
        return cls(tuple(messages), estimate, estimate * target_tokens // max(1, tokens))

    @property
    def is_done(self) -> bool:
        """Whether it is short enough."""
        return self.estimate <= self.target

    def shortened(self, messages: tuple[Message, ...], strategy: str) -> Draft:
        """Give the draft with other messages; the same when they are no shorter."""
        estimate = estimate_tokens(messages)
        if estimate >= self.estimate:
            return self
        return evolve(self, messages=messages, estimate=estimate, applied=(*self.applied, strategy))
