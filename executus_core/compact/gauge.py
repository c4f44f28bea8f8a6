"""The size of a transcript that grows, without walking it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.compact.size import estimate_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.message import Message
    from executus_core.llm.usage import Usage


class Gauge:
    """Knows how long a transcript is: what the provider counted with the last response, and an estimate of what came since.

    Each look is at the messages that are new. Where a provider counts nothing, all of it is an estimate.

    Attributes:
        tokens: The size at the last look.
        counted_tokens: What the provider had counted last by then; 0 when it has not since the last ``reset``.
    """

    def __init__(self) -> None:
        """Begin before the first message."""
        self.tokens: int = 0
        self.counted_tokens: int = 0
        self._seen = 0

    def look(self, transcript: Sequence[Message], usages: Sequence[Usage]) -> None:
        """Take in what is new.

        Args:
            transcript: The messages, oldest first.
            usages: The usages of its responses, oldest first.
        """
        if len(transcript) <= self._seen:
            return
        new = transcript[self._seen :]
        self._seen = len(transcript)
        last = next((place for place in range(len(new) - 1, -1, -1) if new[place].role == "assistant"), None)
        counted = 0 if last is None else _counted_with(usages)
        if last is None or not counted:
            self.tokens += estimate_tokens(new)
            return
        self.counted_tokens = counted
        self.tokens = counted + estimate_tokens(new[last + 1 :])

    def reset(self, length: int, tokens: int) -> None:
        """Take over that the transcript now has so many messages, of about this size."""
        self._seen, self.tokens, self.counted_tokens = length, tokens, 0


def _counted_with(usages: Sequence[Usage]) -> int:
    """Give what the provider counted with the last response; 0 when it did not."""
    try:
        return usages[-1].input_tokens + usages[-1].output_tokens if usages else 0
    except TypeError:  # a model may have filled it with anything
        return 0
