"""What a strategy is, and what all of them have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from attrs import field, frozen

from executus_core.compact.compactor import StrategyCompactor
from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrs import Attribute

    from executus_core.compact.draft import Draft
    from executus_core.ports.compactor import CompactionRun

TARGET_RATIO: Final = 0.5
"""So far below the threshold that one crossing means one compaction."""


class Strategy(Protocol):
    """A way to shorten a transcript; it waits for nothing unless it asks a model."""

    async def shorten(self, draft: Draft, run: CompactionRun | None) -> Draft:
        """Give a shorter draft, or the same one when there is nothing to do.

        Args:
            draft: The transcript and the size to come to.
            run: The run, for a strategy that asks a model; None outside of one.
        """
        ...


def _check_ratio(owner: object, attribute: Attribute[float], value: float) -> None:
    if not 0 < value < 1:
        raise ConfigError(f"{type(owner).__name__}.{attribute.name} is {value}; it must be between 0 and 1")


def check_count(owner: object, attribute: Attribute[int], value: int) -> None:
    """Refuse a number that would leave nothing.

    Raises:
        ConfigError: It is less than 1.
    """
    if value < 1:
        raise ConfigError(f"{type(owner).__name__}.{attribute.name} is {value}; it must be 1 or more")


@frozen(kw_only=True)
class StrategyFactory:
    """A strategy that makes compactors of itself: a ``CompactorFactory``.

    Attributes:
        target_ratio: Share of the threshold to come down to.
    """

    target_ratio: float = field(default=TARGET_RATIO, validator=_check_ratio)

    async def shorten(self, draft: Draft, run: CompactionRun | None) -> Draft:
        """Shorten a draft."""
        raise NotImplementedError

    def __call__(self, threshold_tokens: int, on_fire: Callable[[int, int], None]) -> StrategyCompactor:
        """Make a compactor of one run."""
        target_tokens = int(threshold_tokens * self.target_ratio)
        return StrategyCompactor(self.shorten, threshold_tokens, target_tokens, on_fire)
