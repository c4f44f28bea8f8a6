"""A transcript on its way to become shorter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import Factory, evolve, frozen

from executus_core.compact.size import estimate_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core.llm.message import Message


@frozen
class Draft:
    """What a strategy is given, and what it gives.

    Attributes:
        messages: The transcript so far.
        estimate: Its size, uncounted by any provider.
        target: The size to come to, by the same measure.
        applied: The strategies that have shortened it, in order.
        written: What was written for it, as a summary; the strategies that follow leave it.
        originals: By the id of their call, the tool results that were cut short on the way: who writes a summary reads them.
    """

    messages: tuple[Message, ...]
    estimate: int
    target: int
    applied: tuple[str, ...] = ()
    written: Message | None = None
    originals: Mapping[str, Message] = Factory(dict[str, "Message"])

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

    def shortened(
        self,
        messages: tuple[Message, ...],
        strategy: str,
        *,
        written: Message | None = None,
        originals: Mapping[str, Message] | None = None,
    ) -> Draft:
        """Give the draft with other messages; the same when they are no shorter.

        Args:
            messages: The messages.
            strategy: Who shortened it.
            written: One of them that was written for it, and that the strategies that follow leave.
            originals: By the id of their call, the tool results that were cut short.
        """
        estimate = estimate_tokens(messages)
        if estimate >= self.estimate:
            return self
        applied = (*self.applied, strategy)
        return evolve(
            self,
            messages=messages,
            estimate=estimate,
            applied=applied,
            written=written or self.written,
            originals={**(originals or {}), **self.originals},
        )

    def original_of(self, message: Message) -> Message:
        """Give a message as it was before anything was cut short."""
        return self.originals.get(message.tool_call_id, message) if message.role == "tool" else message
