"""Showing what a calculation comes to: exactly where that can be read, and else with the rounding said."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from executus_tools_common.calculator.number import MAX_DIGITS

if TYPE_CHECKING:
    from executus_tools_common.calculator.number import Number

SHOWN_DIGITS: Final = 15
MAX_DECIMAL_DIGITS: Final = 30
"""A fraction that has more digits after its point is shown as a fraction."""
MAX_FRACTION_DIGITS: Final = 60
ROUNDED: Final = f"(rounded to {SHOWN_DIGITS} significant digits)"
_PLAIN: Final = range(-7, 21)
"""Where the first digit of a number may stand that is shown without an exponent."""


def show(result: Number | bool) -> str:  # noqa: FBT001 - a result, not a switch
    """Show a result as one line."""
    if isinstance(result, bool):
        return "true" if result else "false"
    value = result.value
    rounded = _round(value)
    about = f"≈ {_write(rounded)} {ROUNDED}"
    if not result.is_exact:
        return about
    if result.is_integer:
        return str(value.numerator)
    fraction = f"{value.numerator}/{value.denominator}"
    exact = _exact_decimal(value) or (_write(rounded) if Fraction(rounded) == value else "")
    return exact or (f"{fraction} {about}" if len(fraction) <= MAX_FRACTION_DIGITS else about)


def _exact_decimal(value: Fraction) -> str:
    """Write a fraction as a decimal where that ends soon enough, else give ""."""
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places > MAX_DECIMAL_DIGITS:
        return ""
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def _round(value: Fraction) -> Decimal:
    context = Context(prec=SHOWN_DIGITS, rounding=ROUND_HALF_EVEN, Emax=2 * MAX_DIGITS, Emin=-2 * MAX_DIGITS)
    return context.divide(Decimal(value.numerator), Decimal(value.denominator)).normalize(context)


def _write(rounded: Decimal) -> str:
    if rounded.adjusted() in _PLAIN or not rounded:
        return f"{rounded:f}"
    return f"{rounded:e}".replace("e+", "e")
