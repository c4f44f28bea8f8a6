"""Functions whose values are no fractions, to more digits than are ever shown.

Square roots, exponentials and logarithms are the standard library's; the angles are its manual's series, after the argument
was brought close to zero.
"""

from __future__ import annotations

from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow, Underflow
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from executus_tools_common.calculator.number import MAX_DIGITS, TOO_BIG, CalculationError

if TYPE_CHECKING:
    from collections.abc import Callable

_CONTEXT: Final = Context(
    prec=80,
    Emax=MAX_DIGITS,
    Emin=-MAX_DIGITS,
    traps=[Overflow, Underflow, DivisionByZero, InvalidOperation],
)
_PI: Final = Decimal(
    "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798214808651"
)
PI: Final = Fraction(_PI)
E: Final = Fraction(
    Decimal("2.71828182845904523536028747135266249775724709369995957496696762772407663035354759457138217")
)
MAX_ANGLE: Final = 10**15
"""Beyond it, what an angle leaves after full circles is lost in its last digits."""


def to_decimal(value: Fraction) -> Decimal:
    """Round a fraction to a decimal of the working precision."""
    return _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))


def apply(function: Callable[[Context, Decimal], Decimal], value: Fraction) -> Fraction:
    """Work a function out.

    Raises:
        CalculationError: The result is too big or too small to be shown.
    """
    context = _CONTEXT.copy()
    try:
        return Fraction(function(context, to_decimal(value)))
    except (Overflow, Underflow, InvalidOperation) as error:
        raise CalculationError(TOO_BIG) from error


def power(base: Fraction, exponent: Fraction) -> Fraction:
    """Raise a positive number to a power that is no whole number."""
    return apply(lambda context, value: context.power(value, to_decimal(exponent)), base)


def sine(context: Context, angle: Decimal) -> Decimal:
    """Give the sine of an angle in radians."""
    quarter, rest = _quarters(context, angle)
    value = _cosine_series(context, rest) if quarter % 2 else _sine_series(context, rest)
    return -value if quarter % 4 >= 2 else value


def cosine(context: Context, angle: Decimal) -> Decimal:
    """Give the cosine of an angle in radians."""
    quarter, rest = _quarters(context, angle)
    value = _sine_series(context, rest) if quarter % 2 else _cosine_series(context, rest)
    return -value if quarter % 4 in {1, 2} else value


def arctangent(context: Context, value: Decimal) -> Decimal:
    """Give the angle in radians, between minus and plus a quarter of a circle, that has this tangent."""
    halvings = 4
    for _ in range(halvings):
        root = context.sqrt(context.add(1, context.multiply(value, value)))
        value = context.divide(value, context.add(1, root))
    square = context.multiply(value, value)
    total = term = value
    divisor = 1
    while abs(term) > abs(total) * Decimal("1e-85") and term:
        term = context.multiply(term, -square)
        divisor += 2
        total = context.add(total, context.divide(term, Decimal(divisor)))
    return context.multiply(total, Decimal(2**halvings))


def _quarters(context: Context, angle: Decimal) -> tuple[int, Decimal]:
    """Take whole quarters of a circle out of an angle: how many, and what is left."""
    if abs(angle) > MAX_ANGLE:
        raise CalculationError(f"an angle must be between -10^15 and 10^15 radians, and this is {angle:.3g}")
    precise = context.copy()
    precise.prec = 100
    quarter = precise.divide(_PI, Decimal(2))
    count = int(precise.divide(angle, quarter).to_integral_value())
    return count, precise.subtract(angle, precise.multiply(quarter, Decimal(count)))


def _sine_series(context: Context, angle: Decimal) -> Decimal:
    return _series(context, angle, angle, 1)


def _cosine_series(context: Context, angle: Decimal) -> Decimal:
    return _series(context, angle, Decimal(1), 0)


def _series(context: Context, angle: Decimal, first: Decimal, factor: int) -> Decimal:
    """Add up the terms, each made from the one before, until they no longer matter."""
    square = context.multiply(angle, angle)
    total = term = first
    while abs(term) > Decimal("1e-85") * abs(total) and term:
        factor += 2
        term = context.divide(context.multiply(term, -square), Decimal(factor * (factor - 1)))
        total = context.add(total, term)
    return total
