"""What a call consumed, from whatever shape litellm gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.llm import Usage
from executus_model_litellm.catalog import belongs_to, names_in_table

if TYPE_CHECKING:
    from executus_model_litellm.engine import Engine
    from executus_model_litellm.spec import ModelSpec


def read_usage(given: object) -> Usage:
    """Read the tokens of one call; the price is added by who knows it.

    Input includes what was cached, output includes what was thought. litellm counts both so, but a provider of OpenAI's wire
    may say what it likes: no part is larger than its whole.
    """
    input_tokens = _count(given, "prompt_tokens")
    output_tokens = _count(given, "completion_tokens")
    thinking = _count(getattr(given, "completion_tokens_details", None), "reasoning_tokens")
    cached = _count(getattr(given, "prompt_tokens_details", None), "cached_tokens")
    return Usage(input_tokens, output_tokens, min(thinking, output_tokens), min(cached, input_tokens))


def is_counted(given: object) -> bool:
    """Tell whether the provider counted at all."""
    return _count(given, "prompt_tokens") + _count(given, "completion_tokens") > 0


def price(engine: Engine, spec: ModelSpec, given: object) -> float | None:
    """Price the tokens of a call; None when the price of the model is not known.

    litellm gives 0 for what it does not know, so its table is asked first.
    """
    if not any(
        name in engine.model_cost
        and (name == spec.name or belongs_to(engine.model_cost[name].get("litellm_provider"), spec))
        for name in names_in_table(spec)
    ):
        return None
    try:
        input_usd, output_usd = engine.cost_per_token(
            model=spec.model, custom_llm_provider=spec.provider, usage_object=given, call_type="completion"
        )
    except Exception:  # noqa: BLE001 - litellm raises a plain Exception for what it can't price
        return None
    return max(0.0, input_usd + output_usd)


def _count(given: object, name: str) -> int:
    value = getattr(given, name, None)
    return value if isinstance(value, int) and value > 0 else 0
