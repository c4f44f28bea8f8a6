"""What an expression may call."""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from attrs import frozen

from executus_tools_common.calculator import irrational
from executus_tools_common.calculator.number import (
    MAX_BITS,
    NOISE,
    TOO_BIG,
    CalculationError,
    Number,
    add,
    compare,
    divide,
    make,
    multiply,
    negative,
    settle,
    subtract,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Context, Decimal

ONE: Final = Number(Fraction(1))
TWO: Final = Number(Fraction(2))
TEN: Final = Number(Fraction(10))
MAX_ROOT: Final = 1_000
MAX_TOTAL: Final = 10**12
"""Up to here a float still knows the logarithm of a factorial well enough."""


@frozen
class Function:
    """A function by name.

    Attributes:
        body: Takes and gives numbers.
        least: How many arguments it needs.
        most: How many it takes; None for any number.
    """

    body: Callable[..., Number]
    least: int = 1
    most: int | None = 1


def power(base: Number, exponent: Number) -> Number:
    """Raise to a power: exactly where the result is a fraction."""
    whole = settle(exponent)
    if whole.denominator == 1:
        return _integer_power(base, int(whole), exponent)
    if base.value < 0:
        raise CalculationError("a negative number has a power only where the exponent is whole")
    if not base.value:
        if exponent.value < 0:
            raise CalculationError("division by zero")
        return base
    if base.is_exact and exponent.is_exact and whole.denominator <= MAX_ROOT:
        root_of_base = _exact_root(base.value, whole.denominator)
        if root_of_base is not None:
            return _integer_power(Number(root_of_base), whole.numerator, exponent)
    return _rounded(irrational.power(base.value, exponent.value))


def _integer_power(base: Number, exponent: int, source: Number) -> Number:
    value = base.value
    if not value and exponent < 0:
        raise CalculationError("division by zero")
    if value in (-1, 0, 1):
        exponent = min(exponent, 2 + exponent % 2) if exponent > 0 else exponent % 2
    elif base.is_exact:
        size = max(value.numerator.bit_length(), value.denominator.bit_length())
        if (size - 1) * abs(exponent) > MAX_BITS:
            raise CalculationError(TOO_BIG)
    else:
        sign = -1 if value < 0 and exponent % 2 else 1
        return _rounded(sign * irrational.power(abs(value), Fraction(exponent)))
    return make(value**exponent, base, source)


def factorial(number: Number) -> Number:
    """Multiply all whole numbers from 1 to this one."""
    count = _whole(number, "factorial", least=0)
    if count > MAX_BITS or math.lgamma(count + 1) / math.log(2) > MAX_BITS:
        raise CalculationError(TOO_BIG)
    return make(Fraction(math.factorial(count)), number)


def percent(number: Number) -> Number:
    """Take a hundredth."""
    return divide(number, Number(Fraction(100)))


def floor_divide(left: Number, right: Number) -> Number:
    """Divide, and round down."""
    return _floor(divide(left, right))


def _rounded(value: Fraction) -> Number:
    return make(value, Number(Fraction(0), is_exact=False))


def _whole(number: Number, name: str, *, least: int | None = None) -> int:
    value = settle(number)
    if value.denominator != 1 or (least is not None and value < least):
        kind = "whole numbers" if least is None else f"whole numbers from {least} on"
        raise CalculationError(f"'{name}' takes {kind}")
    return int(value)


def _exact_root(value: Fraction, degree: int) -> Fraction | None:
    """Find the root of a positive fraction where that is a fraction."""
    above, below = _integer_root(value.numerator, degree), _integer_root(value.denominator, degree)
    if above**degree == value.numerator and below**degree == value.denominator:
        return Fraction(above, below)
    return None


def _integer_root(value: int, degree: int) -> int:
    """Give the whole part of a root, by Newton's way."""
    if degree == 2:
        return math.isqrt(value)
    guess = 1 << -(-value.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + value // guess ** (degree - 1)) // degree
        if better >= guess:
            return guess
        guess = better


def _root(number: Number, degree: Number = TWO) -> Number:
    count = _whole(degree, "root", least=1)
    if number.value < 0:
        if count % 2 == 0:
            raise CalculationError("a negative number has no even root")
        return negative(power(negative(number), divide(ONE, degree)))
    return power(number, divide(ONE, degree))


def _cube_root(number: Number) -> Number:
    return _root(number, Number(Fraction(3)))


def _exponential(number: Number) -> Number:
    if number == Number(Fraction(0)):
        return ONE
    return _rounded(irrational.apply(lambda context, value: context.exp(value), number.value))


def _natural_log(number: Number) -> Number:
    if number.value <= 0:
        raise CalculationError("only numbers greater than 0 have a logarithm")
    if number == ONE:
        return Number(Fraction(0))
    return _rounded(irrational.apply(lambda context, value: context.ln(value), number.value))


def _log(number: Number, base: Number) -> Number:
    if base.value <= 0 or base.value == 1:
        raise CalculationError("the base of a logarithm is greater than 0 and not 1")
    result = divide(_natural_log(number), _natural_log(base))
    whole = settle(result)
    if whole.denominator == 1 and number.is_exact and base.is_exact:
        with suppress(CalculationError):  # too big to be tried
            if power(base, Number(whole)) == number:
                return Number(whole)
    return result


def _log_to(base: Number) -> Callable[[Number], Number]:
    return lambda number: _log(number, base)


def _sine(number: Number) -> Number:
    return _angle_function(number, irrational.sine, Fraction(0))


def _cosine(number: Number) -> Number:
    return _angle_function(number, irrational.cosine, Fraction(1))


def _angle_function(
    number: Number, function: Callable[[Context, Decimal], Decimal], at_zero: Fraction
) -> Number:
    if number == Number(Fraction(0)):
        return Number(at_zero)
    value = irrational.apply(function, number.value)
    if not number.is_exact and abs(value) <= NOISE * max(Fraction(1), abs(number.value)):
        value = Fraction(0)  # pi was rounded, which is all that keeps its sine from nothing
    return _rounded(value)


def _tangent(number: Number) -> Number:
    below = _cosine(number)
    if not below.value:
        raise CalculationError("the tangent has no value there")
    return divide(_sine(number), below)


def _arctangent(number: Number) -> Number:
    if number == Number(Fraction(0)):
        return number
    return _rounded(irrational.apply(irrational.arctangent, number.value))


def _arcsine(number: Number) -> Number:
    if abs(number.value) > 1:
        raise CalculationError("only numbers from -1 to 1 are the sine or cosine of an angle")
    if abs(number.value) == 1:
        return multiply(number, divide(PI, TWO))
    return _arctangent(divide(number, _root(subtract(ONE, multiply(number, number)))))


def _arccosine(number: Number) -> Number:
    return Number(Fraction(0)) if number == ONE else subtract(divide(PI, TWO), _arcsine(number))


def _floor(number: Number) -> Number:
    return Number(Fraction(math.floor(settle(number))))


def _ceil(number: Number) -> Number:
    return Number(Fraction(math.ceil(settle(number))))


def _truncate(number: Number) -> Number:
    return Number(Fraction(math.trunc(settle(number))))


def _round(number: Number, digits: Number | None = None) -> Number:
    """Round to so many digits after the point; a half goes away from zero."""
    places = 0 if digits is None else _whole(digits, "round")
    if abs(places) > MAX_ROOT:
        raise CalculationError(f"'round' takes at most {MAX_ROOT} digits")
    scale = Fraction(10) ** places
    scaled = abs(settle(number)) * scale
    rounded = Fraction(math.floor(scaled + Fraction(1, 2))) / scale
    return Number(-rounded if number.value < 0 else rounded)


def _absolute(number: Number) -> Number:
    return Number(abs(number.value), number.is_exact)


def _sign(number: Number) -> Number:
    return Number(Fraction((number.value > 0) - (number.value < 0)))


def _remainder(left: Number, right: Number) -> Number:
    """Give what a division leaves; it has the sign of the divisor."""
    return subtract(left, multiply(right, floor_divide(left, right)))


def _gcd(*numbers: Number) -> Number:
    return Number(Fraction(math.gcd(*(_whole(number, "gcd") for number in numbers))))


def _lcm(*numbers: Number) -> Number:
    result = ONE
    for number in numbers:
        value = _whole(number, "lcm")
        result = Number(Fraction(math.lcm(int(result.value), value)))
    return result


def _ways(name: str, count: Callable[[int, int], int]) -> Callable[[Number, Number], Number]:
    def ways(of: Number, chosen: Number) -> Number:
        total, taken = _whole(of, name, least=0), _whole(chosen, name, least=0)
        if name == "comb" and taken <= total:
            taken = min(taken, total - taken)
        if taken <= total and _bits_of_ways(total, taken, name) > MAX_BITS + 1:
            raise CalculationError(TOO_BIG)
        return Number(Fraction(count(total, taken)))

    return ways


def _bits_of_ways(total: int, taken: int, name: str) -> float:
    """Estimate how large the number of ways is, before it is worked out; never more than it is, but for a rounding."""
    fewest = taken * (total.bit_length() - 2 - (taken.bit_length() if name == "comb" else 0))
    if fewest > MAX_BITS or total > MAX_TOTAL:
        return fewest
    logarithm = math.lgamma(total + 1) - math.lgamma(total - taken + 1)
    return (logarithm - (math.lgamma(taken + 1) if name == "comb" else 0)) / math.log(2)


def _smallest(*numbers: Number) -> Number:
    result = numbers[0]
    for number in numbers[1:]:
        result = number if compare(number, result) < 0 else result
    return result


def _greatest(*numbers: Number) -> Number:
    return negative(_smallest(*map(negative, numbers)))


def _sum(*numbers: Number) -> Number:
    total = Number(Fraction(0))
    for number in numbers:
        total = add(total, number)
    return total


def _product(*numbers: Number) -> Number:
    total = ONE
    for number in numbers:
        total = multiply(total, number)
    return total


def _mean(*numbers: Number) -> Number:
    return divide(_sum(*numbers), Number(Fraction(len(numbers))))


def _median(*numbers: Number) -> Number:
    ordered = sorted(numbers, key=lambda number: number.value)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else _mean(ordered[middle - 1], ordered[middle])


def _deviation(*numbers: Number) -> Number:
    """Give the standard deviation of a sample."""
    mean = _mean(*numbers)
    squares = (power(subtract(number, mean), TWO) for number in numbers)
    return _root(divide(_sum(*squares), Number(Fraction(len(numbers) - 1))))


def _degrees(number: Number) -> Number:
    return divide(multiply(number, Number(Fraction(180))), PI)


def _radians(number: Number) -> Number:
    return divide(multiply(number, PI), Number(Fraction(180)))


PI: Final = _rounded(irrational.PI)

CONSTANTS: Final = {
    "pi": PI,
    "π": PI,
    "tau": multiply(TWO, PI),
    "e": _rounded(irrational.E),
}

FUNCTIONS: Final = {
    "abs": Function(_absolute),
    "sign": Function(_sign),
    "sqrt": Function(_root),
    "cbrt": Function(_cube_root),
    "root": Function(_root, 2, 2),
    "pow": Function(power, 2, 2),
    "exp": Function(_exponential),
    "ln": Function(_natural_log),
    "log": Function(_log, 2, 2),
    "log2": Function(_log_to(TWO)),
    "log10": Function(_log_to(TEN)),
    "sin": Function(_sine),
    "cos": Function(_cosine),
    "tan": Function(_tangent),
    "asin": Function(_arcsine),
    "acos": Function(_arccosine),
    "atan": Function(_arctangent),
    "degrees": Function(_degrees),
    "radians": Function(_radians),
    "floor": Function(_floor),
    "ceil": Function(_ceil),
    "trunc": Function(_truncate),
    "round": Function(_round, 1, 2),
    "mod": Function(_remainder, 2, 2),
    "gcd": Function(_gcd, 1, None),
    "lcm": Function(_lcm, 1, None),
    "factorial": Function(factorial),
    "comb": Function(_ways("comb", math.comb), 2, 2),
    "perm": Function(_ways("perm", math.perm), 2, 2),
    "min": Function(_smallest, 1, None),
    "max": Function(_greatest, 1, None),
    "sum": Function(_sum, 1, None),
    "product": Function(_product, 1, None),
    "mean": Function(_mean, 1, None),
    "median": Function(_median, 1, None),
    "stdev": Function(_deviation, 2, None),
}
"""The functions by name."""
