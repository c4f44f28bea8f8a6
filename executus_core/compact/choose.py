"""The built-in compactor of a host that discovers its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.compact.drop import DropToolResults
from executus_core.compact.summarise import Summarise
from executus_core.compact.tiered import Tiered
from executus_core.compact.window import SlidingWindow

if TYPE_CHECKING:
    from executus_core.config.load import CompactionChoice
    from executus_core.ports.compactor import CompactorFactory


def build_compactor(choice: CompactionChoice) -> CompactorFactory | None:
    """Build the compactor that ``[compaction]`` describes.

    Summaries are written by the model that serves the run unless another tier is named: so nobody reads a transcript who
    has not read it already, and what it costs is on the run's own budget.

    Returns:
        Its factory; None when there is to be none.
    """
    keep, target = choice.keep_steps, choice.target_ratio
    drop = DropToolResults(keep_steps=keep, target_ratio=target)
    window = SlidingWindow(keep_steps=keep, target_ratio=target)
    summarise = Summarise(tier=choice.summary_tier, keep_steps=keep, target_ratio=target, fallback=window)
    # the last resort keeps one step only: what does not fit helps nobody
    tiered = Tiered(drop, summarise, SlidingWindow(), target_ratio=target)
    built = {"drop-tool-results": drop, "window": window, "summarise": summarise, "tiered": tiered}
    return built.get(choice.strategy)
