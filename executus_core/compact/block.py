"""A transcript in the pieces that may be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from executus_core.compact.size import estimate_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from executus_core.compact.draft import Draft
    from executus_core.llm.message import Message


@frozen
class Block:
    """Messages that only go together: an answer with the results of its tool calls, or any other message.

    Attributes:
        messages: The messages.
        estimate: Their size, uncounted by any provider.
        is_new: Whether it was written for the draft that it is in, as a summary is.
    """

    messages: tuple[Message, ...]
    estimate: int
    is_new: bool = False

    @property
    def stays(self) -> bool:
        """Whether it may not be left out."""
        return self.is_new or any(message.is_pinned or message.role == "system" for message in self.messages)

    @property
    def is_step(self) -> bool:
        """Whether a model's answer begins it."""
        return self.messages[0].role == "assistant"


def into_blocks(draft: Draft) -> list[Block]:
    """Cut a transcript into blocks; one after the other they are the transcript again."""
    messages = draft.messages
    blocks: list[Block] = []
    start = 0
    for position in range(1, len(messages) + 1):
        if position == len(messages) or messages[position].role != "tool":
            together = tuple(messages[start:position])
            blocks.append(Block(together, estimate_tokens(together), together[0] is draft.written))
            start = position
    return blocks


def newest_from(blocks: Sequence[Block], room: float, keep_steps: int) -> int:
    """Find where the newest stretch begins that fits into the room and has at least so many steps.

    Args:
        blocks: The transcript.
        room: Estimated size that the blocks of the stretch may have which are not kept anyway.
        keep_steps: Steps that it has though they don't fit.
    """
    steps = 0
    for position in range(len(blocks) - 1, -1, -1):
        block = blocks[position]
        if not block.stays:
            room -= block.estimate
        if room < 0 and steps >= keep_steps:
            return position + 1
        steps += block.is_step
    return 0


def messages_of(blocks: Iterable[Block]) -> tuple[Message, ...]:
    """Put blocks together again."""
    return tuple(message for block in blocks for message in block.messages)


def replace_older(blocks: Sequence[Block], newest: int, note: Message) -> tuple[Message, ...]:
    """Put a note in the place of all that is older than the newest stretch and may be left out."""
    older = [position for position in range(newest) if not blocks[position].stays]
    first = older[0]
    kept = [block for block in blocks[first:newest] if block.stays]
    return (*messages_of(blocks[:first]), note, *messages_of(kept), *messages_of(blocks[newest:]))
