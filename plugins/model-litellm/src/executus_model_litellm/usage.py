"""What a call consumed, from whatever shape litellm gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.llm import Usage
from executus_model_litellm.catalog import belongs_to, is_priced, names_in_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_model_litellm.engine import Engine
    from executus_model_litellm.spec import ModelSpec


def read_usage(given: Sequence[object], engine: Engine, spec: ModelSpec) -> Usage:
    """Read the tokens of one call, and price them.

    Input includes what was cached, output includes what was thought: litellm counts so for every provider. But a server
    may say what it likes, so no part is larger than its whole. What a server did not count is 0 tokens, at a price that
    nobody knows.

    Args:
        given: What was said of the usage, in pieces: Anthropic counts the input when it begins, and the output when it ends.
        engine: litellm.
        spec: The model.
    """
    input_tokens = _most(given, "prompt_tokens")
    output_tokens = _most(given, "completion_tokens")
    in_input = [getattr(one, "prompt_tokens_details", None) for one in given]
    in_output = [getattr(one, "completion_tokens_details", None) for one in given]
    thinking = min(_most(in_output, "reasoning_tokens"), output_tokens)
    cached = min(_most(in_input, "cached_tokens"), input_tokens)
    cost_usd = None
    if input_tokens + output_tokens and _is_priced(engine, spec):
        written = max(_most(in_input, "cache_creation_tokens"), _most(given, "cache_creation_input_tokens"))
        tokens = {
            "prompt_tokens": input_tokens,
            "completion_tokens": output_tokens,
            "cache_read_input_tokens": cached,
            "cache_creation_input_tokens": written,
        }
        cost_usd = _price(engine, spec, tokens)
    return Usage(input_tokens, output_tokens, thinking, cached, cost_usd)


def _is_priced(engine: Engine, spec: ModelSpec) -> bool:
    """Look whether the table has a price of the model: litellm gives 0 for what it does not know.

    A server of one's own has prices of its own, whatever its models are called.
    """
    if spec.base_url:
        return False
    for name in names_in_table(spec):
        entry = engine.model_cost.get(name)
        if entry is not None and (name == spec.name or belongs_to(entry.get("litellm_provider"), spec)):
            return is_priced(entry)
    return False


def _price(engine: Engine, spec: ModelSpec, tokens: Mapping[str, int]) -> float | None:
    try:
        input_usd, output_usd = engine.cost_per_token(
            model=spec.model, custom_llm_provider=spec.provider, **tokens
        )
    except Exception:  # noqa: BLE001 - litellm raises a plain Exception for what it can't price
        return None
    return max(0.0, input_usd + output_usd)


def _most(given: Sequence[object], name: str) -> int:
    counts = (getattr(one, name, None) for one in given)
    return max((count for count in counts if isinstance(count, int)), default=0)
