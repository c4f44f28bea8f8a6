"""``Tiered``: several strategies, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen
from typing_extensions import override

from executus_core.compact.strategy import StrategyFactory
from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from executus_core.compact.draft import Draft
    from executus_core.compact.strategy import Strategy
    from executus_core.ports.compactor import CompactionRun


@frozen(init=False)
class Tiered(StrategyFactory):
    """Applies strategies in order until the transcript fits, so the gentlest goes first.

    Attributes:
        strategies: The strategies.
    """

    strategies: tuple[Strategy, ...]

    def __init__(self, *strategies: Strategy, target_ratio: float = 0.5) -> None:
        """Take the strategies in their order.

        Args:
            strategies: At least one; their own target ratios are not looked at.
            target_ratio: Share of the threshold to come down to.

        Raises:
            ConfigError: There is no strategy, or one that is none.
        """
        if not strategies:
            raise ConfigError(
                "Tiered needs a strategy; for example Tiered(DropToolResults(), SlidingWindow())"
            )
        for strategy in strategies:
            if not hasattr(strategy, "shorten"):
                raise ConfigError(f"Tiered takes strategies, and {strategy!r:.100} has no 'shorten'")
        self.__attrs_init__(strategies=strategies, target_ratio=target_ratio)  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]  # attrs makes it

    @override
    async def shorten(self, draft: Draft, run: CompactionRun | None) -> Draft:
        """Apply one strategy after the other."""
        for strategy in self.strategies:
            if draft.is_done:
                break
            draft = await strategy.shorten(draft, run)
        return draft
