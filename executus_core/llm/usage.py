"""What model calls consumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

if TYPE_CHECKING:
    from collections.abc import Iterable


@define
class Usage:
    """Tokens, cost and requests of one model call, or of many added up.

    Attributes:
        input_tokens: Tokens of the prompt as the provider counted them; includes ``cached_tokens``.
        output_tokens: Tokens that the model wrote; includes ``thinking_tokens``.
        thinking_tokens: The part of ``output_tokens`` spent on reasoning.
        cached_tokens: The part of ``input_tokens`` that the provider had cached.
        cost_usd: Price in US dollars; None when any price in it is unknown: never a guessed 0.
        requests: How many model calls this adds up.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    thinking_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = None
    requests: int = 1

    def __add__(self, other: Usage) -> Usage:
        """Add two usages; an unknown price of a call that was made stays unknown."""
        return Usage.total((self, other))

    @classmethod
    def total(cls, usages: Iterable[Usage]) -> Usage:
        """Add many usages up.

        Args:
            usages: One usage per model call, or sums of them. Usages of zero requests do not make a price unknown.

        Returns:
            The sum; for no usage at all, zero requests that cost 0.
        """
        input_tokens = output_tokens = thinking_tokens = cached_tokens = requests = 0
        cost_usd: float | None = 0.0
        for usage in usages:
            input_tokens += usage.input_tokens
            output_tokens += usage.output_tokens
            thinking_tokens += usage.thinking_tokens
            cached_tokens += usage.cached_tokens
            requests += usage.requests
            if usage.cost_usd is None:
                cost_usd = cost_usd if usage.requests == 0 else None
            elif cost_usd is not None:
                cost_usd += usage.cost_usd
        return cls(input_tokens, output_tokens, thinking_tokens, cached_tokens, cost_usd, requests)
