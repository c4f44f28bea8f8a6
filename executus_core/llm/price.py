"""What a model's tokens cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from executus_core.llm.usage import Usage

_MILLION: Final = 1_000_000


@frozen
class Price:
    """A price list of one model, in US dollars per million tokens.

    Attributes:
        input_usd: For tokens of the prompt.
        output_usd: For tokens that the model writes, its reasoning included.
        cached_input_usd: For tokens of the prompt that the provider had cached; as ``input_usd`` when None.
    """

    input_usd: float
    output_usd: float
    cached_input_usd: float | None = None

    def cost_of(self, usage: Usage) -> float:
        """Price a usage, in US dollars."""
        cached_usd = self.input_usd if self.cached_input_usd is None else self.cached_input_usd
        fresh = usage.input_tokens - usage.cached_tokens
        spent = (
            fresh * self.input_usd + usage.cached_tokens * cached_usd + usage.output_tokens * self.output_usd
        )
        return spent / _MILLION
