"""Numbers: exact fractions, and what had to be rounded."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from attrs import frozen

MAX_DIGITS: Final = 3_000
"""How many digits a numerator or a denominator may have."""
MAX_BITS: Final = MAX_DIGITS * 3322 // 1000
WORKING_DIGITS: Final = 50
"""How many digits what is rounded keeps while it is worked with; far fewer are shown."""
NOISE: Final = Fraction(1, 10**35)
"""What is smaller than this, beside what it was made from, is rounding and nothing else."""

TOO_BIG: Final = f"the result has more than {MAX_DIGITS} digits; calculate with smaller numbers"


class CalculationError(Exception):
    """What is wrong with a calculation, in words for whoever wrote it.

    Attributes:
        at: Where, counted in characters from 0; None where that is not known yet.
    """

    def __init__(self, problem: str, at: int | None = None) -> None:
        """Keep the problem and its place."""
        super().__init__(problem)
        self.at = at


@frozen
class Number:
    """A number.

    Attributes:
        value: The number, or what it was rounded to.
        is_exact: Whether nothing was rounded on the way to it.
    """

    value: Fraction
    is_exact: bool = True

    def __attrs_post_init__(self) -> None:
        """Refuse what is too big to go on with."""
        if max(self.value.numerator.bit_length(), self.value.denominator.bit_length()) > MAX_BITS:
            raise CalculationError(TOO_BIG)

    @property
    def is_integer(self) -> bool:
        """Whether it is a whole number."""
        return self.value.denominator == 1


def make(value: Fraction, *sources: Number) -> Number:
    """Make a number of others: exact when they are, and else without the digits that rounding has spoilt."""
    if all(source.is_exact for source in sources):
        return Number(value)
    return Number(_without_noise(value), is_exact=False)


def settle(number: Number) -> Fraction:
    """Give the value, or the whole number that only rounding keeps it from."""
    if number.is_exact:
        return number.value
    nearest = Fraction(round(number.value))
    return nearest if abs(number.value - nearest) <= NOISE * max(Fraction(1), abs(nearest)) else number.value


def add(left: Number, right: Number) -> Number:
    """Add; what rounding alone leaves of two that cancel out is nothing."""
    total = left.value + right.value
    is_noise = abs(total) <= NOISE * max(abs(left.value), abs(right.value))
    if is_noise and not (left.is_exact and right.is_exact):
        total = Fraction(0)
    return make(total, left, right)


def negative(number: Number) -> Number:
    """Turn the sign."""
    return Number(-number.value, number.is_exact)


def subtract(left: Number, right: Number) -> Number:
    """Subtract."""
    return add(left, negative(right))


def multiply(left: Number, right: Number) -> Number:
    """Multiply."""
    return make(left.value * right.value, left, right)


def divide(left: Number, right: Number) -> Number:
    """Divide, exactly."""
    if not right.value:
        raise CalculationError("division by zero")
    return make(left.value / right.value, left, right)


def compare(left: Number, right: Number) -> int:
    """Tell whether the first is smaller (-1), the same (0) or greater (1), whatever rounding did to either."""
    difference = subtract(left, right).value
    return (difference > 0) - (difference < 0)


def _without_noise(value: Fraction) -> Fraction:
    """Round to the digits that are worked with."""
    if not value:
        return value
    bits = value.numerator.bit_length() - value.denominator.bit_length()
    shift = WORKING_DIGITS * 3322 // 1000 - bits
    scale = Fraction(2) ** shift
    return Fraction(round(value * scale)) / scale
