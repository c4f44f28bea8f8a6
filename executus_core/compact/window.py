"""``SlidingWindow``: the newest steps, and nothing of the older ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import field, frozen
from typing_extensions import override

from executus_core.compact.block import into_blocks, newest_from, replace_older
from executus_core.compact.size import estimate_tokens
from executus_core.compact.strategy import StrategyFactory, check_count
from executus_core.llm.message import Message

if TYPE_CHECKING:
    from executus_core.compact.draft import Draft
    from executus_core.ports.compactor import CompactionRun

NAME: Final = "window"
GAP: Final = Message.user("[earlier messages were left out here to save room]")


@frozen(kw_only=True)
class SlidingWindow(StrategyFactory):
    """Keeps system messages, what is pinned, and as many of the newest whole steps as fit; a line says that there was more.

    Attributes:
        keep_steps: The newest steps that stay though they don't fit.
    """

    keep_steps: int = field(default=1, validator=check_count)

    @override
    async def shorten(self, draft: Draft, run: CompactionRun | None) -> Draft:
        """Leave out what is too old."""
        blocks = into_blocks(draft)
        staying = sum(block.estimate for block in blocks if block.stays)
        room = draft.target - staying - estimate_tokens((GAP,))
        newest = newest_from(blocks, room, self.keep_steps)
        if all(block.stays for block in blocks[:newest]):
            return draft
        return draft.shortened(replace_older(blocks, newest, GAP), NAME)
