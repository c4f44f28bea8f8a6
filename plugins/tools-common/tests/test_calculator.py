"""The calculator: exact, bounded, and clear about what it can't do."""

from __future__ import annotations

import math
import time
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from executus_tools_common.calculator.number import MAX_DIGITS, CalculationError
from executus_tools_common.calculator.reading import work_out
from executus_tools_common.calculator.showing import show
from executus_tools_common.calculator.tool import build_tools


def told(expression: str) -> str:
    return show(work_out(expression))


def refused(expression: str) -> str:
    with pytest.raises(CalculationError) as caught:
        work_out(expression)
    return str(caught.value)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("0.1 + 0.2", "0.3"),
        ("0.1 + 0.2 == 0.3", "true"),
        ("1/3 + 1/6", "0.5"),
        ("2/3 * 3", "2"),
        ("1_000 * 1e3", "1000000"),
        ("-2^2", "-4"),
        ("2^3^2", "512"),
        ("2**-1", "0.5"),
        ("7 // 2", "3"),
        ("-7 // 2", "-4"),
        ("mod(-7, 3)", "2"),
        ("5! / 3!", "20"),
        ("(1 + 2) × 3 ÷ 4 − 1", "1.25"),  # noqa: RUF001 - as people write them
        ("√16 + √(9)", "7"),
        ("0xff + 0b11 + 0o7", "265"),
        ("1499 * (1 + 19%)", "1783.81"),
        ("15% * 80", "12"),
        ("10% + 5%", "0.15"),
        ("sqrt(9/4)", "1.5"),
        ("8^(1/3)", "2"),
        ("cbrt(-27)", "-3"),
        ("root(16, 4)", "2"),
        ("log(8, 2)", "3"),
        ("log10(1/1000)", "-3"),
        ("sqrt(2)^2 == 2", "true"),
        ("floor(sqrt(2)^2)", "2"),
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(2/3, 4)", "0.6667"),
        ("round(1250, -2)", "1300"),
        ("trunc(-2.7)", "-2"),
        ("ceil(2.1)", "3"),
        ("gcd(12, 18) + lcm(4, 6)", "18"),
        ("comb(5, 2) + perm(5, 2)", "30"),
        ("comb(3, 5)", "0"),
        ("10^2707 < comb(9000, 4500) < 10^2708", "true"),
        ("perm(1000, 1000) == 1000!", "true"),
        ("min(3, 1, 2) + max([4, 5])", "6"),
        ("sum(0.1, 0.2, 0.3)", "0.6"),
        ("mean([1, 2, 4])", "7/3 ≈ 2.33333333333333 (rounded to 15 significant digits)"),
        ("median(3, 1, 2, 10)", "2.5"),
        ("stdev(2, 4)", "≈ 1.4142135623731 (rounded to 15 significant digits)"),
        ("1 < 2 <= 2 != 3", "true"),
        ("3 > 2 > 2", "false"),
        ("2 ≥ 2", "true"),
        ("sin(pi)", "≈ 0 (rounded to 15 significant digits)"),
        ("sin(0) + cos(0)", "1"),
        ("degrees(pi)", "≈ 180 (rounded to 15 significant digits)"),
        ("ln(e)", "≈ 1 (rounded to 15 significant digits)"),
        ("acos(1) + ln(1) + exp(0)", "1"),
        ("1/3", "1/3 ≈ 0.333333333333333 (rounded to 15 significant digits)"),
        ("1/2^40", "1/1099511627776 ≈ 9.09494701772928e-13 (rounded to 15 significant digits)"),
        ("1e-400", "1e-400"),
        ("2^100", "1267650600228229401496703205376"),
        ("0^0", "1"),
        ("(-1)^1000001", "-1"),
    ],
)
def test_what_comes_out(expression: str, result: str) -> None:
    assert told(expression) == result


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("", "a number is missing (at its end)"),
        ("1 +", "a number is missing (at its end)"),
        ("(1 + 2", "')' is missing (at its end)"),
        ("1 + 2)", "')' does not belong here (at character 6, ')')"),
        ("2(3)", "an operator is missing; write '*' to multiply (at character 2, '(3)')"),
        ("2 pi", "an operator is missing; write '*' to multiply (at character 3, 'pi')"),
        ("1,000", "a ',' stands between arguments only"),
        ("1 = 1", "write '==' to compare (at character 3"),
        ("7 % 3", "'%' means percent; for a remainder write mod(a, b)"),
        ("80 + 15%", "a percentage of what?"),
        ("5!!", "'!!' can be read in two ways"),
        ("1/(2 - 2)", "division by zero (at character 2, '/(2 - 2)')"),
        ("0^-1", "division by zero"),
        ("squrt(2)", "'squrt' is not known. Did you mean 'sqrt'? (at character 1"),
        ("sqrt 2", "'sqrt' is a function; write what it takes in parentheses"),
        ("sqrt(-1)", "a negative number has no even root (at character 1, 'sqrt(-1)')"),
        ("(-8)^(1/3)", "a negative number has a power only where the exponent is whole"),
        ("log(100)", "'log' takes 2 arguments, not 1; write ln(x), log10(x)"),
        ("ln(0)", "only numbers greater than 0 have a logarithm"),
        ("asin(2)", "only numbers from -1 to 1"),
        ("tan(pi/2)", "the tangent has no value there"),
        ("max()", "'max' takes 1 or more arguments, not 0"),
        ("round(1, 0.5)", "'round' takes whole numbers"),
        ("factorial(-1)", "'factorial' takes whole numbers from 0 on"),
        ("007", "a number does not begin with 0"),
        ("__import__('os')", "means nothing here; write numbers, names, + - * / ^ %"),
        ("__import__(1)", "'__import__' is not known"),
        ("().real", "'.' means nothing here"),
        ("()", "')' is no number (at character 2, ')')"),
        ("a + b", "'a' is not known"),
        ("1 if 1 else 2", "an operator is missing"),
        ("9**9**9", "more than 3000 digits"),
        ("1e999999999", "more than 3000 digits"),
        ("comb(9975, 4987)", "more than 3000 digits"),
        ("perm(10^12, 260)", "more than 3000 digits"),
        ("exp(10000)", "more than 3000 digits"),
        ("sin(10^16)", "an angle must be between"),
        ("(1 < 2) + 1", "')' is missing"),
    ],
)
def test_what_is_wrong_and_where(expression: str, problem: str) -> None:
    assert problem in refused(expression)


HOSTILE = {
    "nesting": "(" * 1_999,
    "roots of roots": "sqrt(" * 300 + "2" + ")" * 300,
    "signs": "-" * 1_999 + "1",
    "a tower": "^".join("9" * 900),
    "factorial": "factorial(10^2900)",
    "a long literal": "9" * 1_999,
    "an exponent": "1e" + "9" * 1_900,
    "powers": "+".join(["3^6000/7^3500"] * 140),
    "a power of nearly one": "1.0000001^10000000",
    "roots": "+".join(["root(3^6000+1, 7)"] * 100),
    "combinations": "comb(10^900, 10^800)",
    "angles": "+".join(["sin(7)"] * 280),
    "logarithms": "+".join(["log(3^6000, 1.0001)"] * 90),
    "exponentials": "exp(" * 40 + "1" + ")" * 40,
    "fractions": "+".join(f"1/{number}" for number in range(1, 300)),
    "least multiples": "lcm(" + ",".join(str(number) for number in range(1, 480)) + ")",
    "deviations": "stdev(" + ",".join(["3^2000/7^1000", "5^1000/11^900"] * 60) + ")",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_expressions_end_quickly(name: str) -> None:
    """With a result or a reason, and never much work."""
    expression = HOSTILE[name][:2_000]
    began = time.process_time()
    try:
        shown = told(expression)
    except CalculationError as error:
        shown = str(error)

    assert time.process_time() - began < 10, "it took long"
    assert len(shown) < 2 * MAX_DIGITS


def test_what_is_too_long_is_refused_unread() -> None:
    assert "longer than 2000 characters" in refused("1+" * 1_000 + "1")


@given(st.text(alphabet="0123456789.+-*/^%!()[],<>=eE πsqrtlnabxmi√", max_size=60))
@example("0" * 60)
def test_any_text_gives_a_result_or_a_reason(expression: str) -> None:
    """Nothing else is ever raised."""
    try:
        shown = told(expression)
    except CalculationError as error:
        shown = str(error)

    assert shown


LEAVES = st.one_of(
    st.integers(0, 10**6).map(lambda number: (str(number), Fraction(number))),
    st.decimals(0, 1_000, allow_nan=False, allow_infinity=False, places=3).map(
        lambda number: (f"{number:f}", Fraction(number))
    ),
)


def _combined(parts: st.SearchStrategy[tuple[str, Fraction]]) -> st.SearchStrategy[tuple[str, Fraction]]:
    return st.tuples(parts, st.sampled_from("+-*/"), parts).flatmap(_apply)


def _apply(
    operation: tuple[tuple[str, Fraction], str, tuple[str, Fraction]],
) -> st.SearchStrategy[tuple[str, Fraction]]:
    (left, a), sign, (right, b) = operation
    if sign == "/" and not b:
        return st.just((left, a))
    values = {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else a}
    return st.just((f"({left} {sign} {right})", values[sign]))


@given(st.recursive(LEAVES, _combined, max_leaves=12))
def test_fractions_are_pythons(case: tuple[str, Fraction]) -> None:
    """To the last digit, however they are nested."""
    expression, expected = case
    result = work_out(expression)

    assert not isinstance(result, bool)
    assert result.is_exact
    assert result.value == expected


@given(st.integers(-(10**6), 10**6), st.integers(1, 10**4))
def test_what_is_shown_as_exact_is_exact(above: int, below: int) -> None:
    """What is shown without a remark is the number itself; a rounded one is right in all of its digits."""
    shown = told(f"({above})/{below}")
    exact, _, rounded = shown.partition("≈")

    if exact:
        assert Fraction(exact.strip()) == Fraction(above, below)
    if rounded:
        about = Fraction(rounded.split()[0])
        assert abs(about - Fraction(above, below)) <= abs(Fraction(above, below)) * Fraction(1, 10**14)


FLOATS = {
    "sqrt": (math.sqrt, 0.001, 1e6),
    "cbrt": (math.cbrt, 0.001, 1e6),
    "exp": (math.exp, -100, 100),
    "ln": (math.log, 0.001, 1e6),
    "log2": (math.log2, 0.001, 1e6),
    "log10": (math.log10, 0.001, 1e6),
    "sin": (math.sin, -1e4, 1e4),
    "cos": (math.cos, -1e4, 1e4),
    "tan": (math.tan, -1.5, 1.5),
    "asin": (math.asin, -1, 1),
    "acos": (math.acos, -1, 1),
    "atan": (math.atan, -1e6, 1e6),
    "degrees": (math.degrees, -100, 100),
    "radians": (math.radians, -100, 100),
}


@pytest.mark.parametrize("name", FLOATS)
@settings(max_examples=50)
@given(data=st.data())
def test_functions_agree_with_the_floating_point_ones(name: str, data: st.DataObject) -> None:
    """As far as those are right."""
    function, least, most = FLOATS[name]
    value = data.draw(st.floats(least, most))
    result = work_out(f"{name}({Fraction(value)})")

    assert not isinstance(result, bool)
    assert float(result.value) == pytest.approx(function(value), rel=1e-12, abs=1e-12)


@given(st.integers(1, 10**5), st.integers(2, 9), st.integers(1, 6))
def test_an_exact_root_is_exact(value: int, degree: int, below: int) -> None:
    """Also of a fraction, and as a power."""
    power = Fraction(value, below) ** degree

    assert told(f"root({power}, {degree}) == {value}/{below}") == "true"
    result = work_out(f"({power})^(1/{degree})")
    assert not isinstance(result, bool)
    assert result.is_exact


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_comparisons_are_pythons(left: float, right: float) -> None:
    """Exactly, so without a float's surprises."""
    a, b = Fraction(left), Fraction(right)
    assume(a != b)

    assert told(f"({a}) < ({b})") == str(a < b).lower()
    assert told(f"({a}) == ({a})") == "true"


async def test_a_model_gets_the_result_or_one_sentence(tell) -> None:
    """Through a whole run."""
    assert await tell(build_tools(), "calculate", expression="0.1 + 0.2") == "0.3"
    assert await tell(build_tools(), "calculate", expression="1 / 0") == (
        "error: the expression can't be worked out: division by zero (at character 3, '/ 0')"
    )
