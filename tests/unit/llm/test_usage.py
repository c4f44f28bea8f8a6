"""Adding up what model calls consumed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from executus_core.llm import Usage

counts = st.integers(0, 10**6)
usages = st.builds(
    Usage, counts, counts, counts, counts, st.none() | st.floats(0, 100, allow_nan=False), st.integers(1, 5)
)


def test_a_sum_adds_every_count() -> None:
    """Tokens of each kind, dollars and requests are added."""
    total = Usage(10, 5, 2, 4, 0.5) + Usage(1, 2, 1, 0, 0.25)

    assert total == Usage(11, 7, 3, 4, 0.75, requests=2)


def test_an_unknown_price_stays_unknown() -> None:
    """A sum with an unknown price in it is never a guessed number."""
    assert (Usage(1, 1, cost_usd=0.5) + Usage(1, 1)).cost_usd is None


def test_nothing_costs_nothing() -> None:
    """No call at all was no request and cost 0, which is known."""
    assert Usage.total([]) == Usage(requests=0, cost_usd=0.0)


def test_a_usage_without_requests_does_not_make_a_price_unknown() -> None:
    """A placeholder that stands for no call adds nothing."""
    assert Usage.total([Usage(requests=0), Usage(1, 1, cost_usd=0.5)]).cost_usd == 0.5


@given(st.lists(usages, max_size=6))
def test_a_price_is_known_exactly_when_every_price_is(many: list[Usage]) -> None:
    """One unknown price anywhere, in any order, is enough."""
    total = Usage.total(many)

    assert (total.cost_usd is None) == any(usage.cost_usd is None for usage in many)
    assert total.input_tokens == sum(usage.input_tokens for usage in many)
    assert total.requests == sum(usage.requests for usage in many)
