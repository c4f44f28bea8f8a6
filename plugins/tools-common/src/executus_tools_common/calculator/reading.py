"""Reading an expression, and working it out on the way."""

from __future__ import annotations

import operator
import re
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen

from executus_core.errors import did_you_mean
from executus_tools_common.calculator.functions import (
    CONSTANTS,
    FUNCTIONS,
    Function,
    factorial,
    floor_divide,
    percent,
    power,
)
from executus_tools_common.calculator.number import (
    MAX_DIGITS,
    TOO_BIG,
    CalculationError,
    Number,
    add,
    compare,
    divide,
    multiply,
    negative,
    subtract,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Generator
    from typing import NoReturn

MAX_CHARS: Final = 2_000
MAX_DEPTH: Final = 50

_TOKEN: Final = re.compile(
    r"\s*(?:"
    r"(?P<number>0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+"
    r"|(?:[0-9](?:_?[0-9])*(?:\.(?:[0-9](?:_?[0-9])*)?)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_π][A-Za-z0-9_]*)"
    r"|(?P<sign>\*\*|//|==|!=|<>|<=|>=|[-+*/^%!()\[\],<>=×·÷−≤≥≠√])"  # noqa: RUF001 - as people write them
    r"|(?P<end>$))"
)
_MEANINGS: Final = {
    "×": "*",  # noqa: RUF001 - as people write it
    "·": "*",
    "÷": "/",
    "−": "-",  # noqa: RUF001 - as people write it
    "**": "^",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "<>": "!=",
}
_COMPARISONS: Final[dict[str, Callable[[int, int], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SUMS: Final = {"+": add, "-": subtract}
_PRODUCTS: Final = {"*": multiply, "/": divide, "//": floor_divide}
_STARTS: Final = {"(", "[", "√"}


@frozen
class Token:
    """A number, a name or a sign.

    Attributes:
        kind: "number", "name", "sign" or "end".
        text: As it was written; a sign as it is meant.
        at: Where it begins, counted from 0.
    """

    kind: str
    text: str
    at: int

    @property
    def begins_a_value(self) -> bool:
        """Whether a value may begin here."""
        return self.kind in {"number", "name"} or self.text in _STARTS


def work_out(expression: str) -> Number | bool:
    """Work an expression out: to a number, or for a comparison to whether it holds.

    Raises:
        CalculationError: What is wrong with it, and where.
    """
    if len(expression) > MAX_CHARS:
        raise CalculationError(f"the expression is longer than {MAX_CHARS} characters; calculate in parts")
    try:
        return _Reader(_split(expression)).read()
    except CalculationError as error:
        at = len(expression) if error.at is None else error.at
        raise CalculationError(f"{error} ({_place(expression, at)})") from error


def _split(expression: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while True:
        match = _TOKEN.match(expression, at)
        if match is None:
            at += len(expression[at:]) - len(expression[at:].lstrip())
            raise CalculationError(
                f"'{expression[at]}' means nothing here; write numbers, names, + - * / ^ %, and parentheses",
                at,
            )
        kind = match.lastgroup or "end"
        text = match[kind]
        tokens.append(Token(kind, _MEANINGS.get(text, text), match.start(kind)))
        if kind == "end":
            return tokens
        at = match.end()


def _place(expression: str, at: int) -> str:
    """Name a place for whoever wrote the expression."""
    if at >= len(expression.rstrip()):
        return "at its end"
    return f"at character {at + 1}, '{expression[at : at + 20]}'"


@define
class _Reader:
    """Reads from left to right; each method reads what binds tighter than what its caller reads.

    Attributes:
        tokens: What is read.
        position: The token that is looked at.
        depth: How deep it is nested there.
        is_percent: Whether what was read last is a percentage and nothing more.
    """

    tokens: list[Token]
    position: int = 0
    depth: int = 0
    is_percent: bool = field(default=False, init=False)

    @property
    def token(self) -> Token:
        """The token that is looked at."""
        return self.tokens[self.position]

    def read(self) -> Number | bool:
        """Read the whole."""
        result = self._comparison()
        token = self.token
        if token.kind == "end":
            return result
        problem = f"'{token.text}' does not belong here"
        if token.text == ",":
            problem = "a ',' stands between arguments only; write numbers without it, as 1000000"
        elif token.text == "=":
            problem = "write '==' to compare"
        elif token.begins_a_value and self._last.text == "%":
            problem = "'%' means percent; for a remainder write mod(a, b)"
        elif token.begins_a_value:
            problem = "an operator is missing; write '*' to multiply"
        raise CalculationError(problem, token.at)

    def _comparison(self) -> Number | bool:
        left = self._sum()
        if self.token.text not in _COMPARISONS:
            return left
        holds = True
        while sign := self._take(_COMPARISONS):
            right = self._sum()
            holds = _COMPARISONS[sign](compare(left, right), 0) and holds
            left = right
        return holds

    def _sum(self) -> Number:
        result = self._product()
        was_percent = self.is_percent
        while sign := self._take(_SUMS):
            at = self._last.at
            right = self._product()
            # of 1, a percentage is the same in either way that it can be read
            if self.is_percent and not was_percent and result.value != 1:
                raise CalculationError(
                    "a percentage of what? write '80 * 115%' for 15 percent more, or '80 + 0.15'", at
                )
            result = _apply(at, _SUMS[sign], result, right)
        return result

    def _product(self) -> Number:
        result = self._signed()
        while sign := self._take(_PRODUCTS):
            at = self._last.at
            result = _apply(at, _PRODUCTS[sign], result, self._signed())
            self.is_percent = False
        return result

    def _signed(self) -> Number:
        is_negative = False
        while sign := self._take(_SUMS):
            is_negative ^= sign == "-"
        result = self._power()
        return negative(result) if is_negative else result

    def _power(self) -> Number:
        base = self._postfixed()
        if not self._take({"^"}):
            return base
        at = self._last.at
        with self._deeper():
            exponent = self._signed()
        self.is_percent = False
        return _apply(at, power, base, exponent)

    def _postfixed(self) -> Number:
        self.is_percent = False
        result = self._value()
        while sign := self._take({"!", "%"}):
            if sign == self.token.text == "!":
                self._refuse("'!!' can be read in two ways; write (5!)! for the factorial of a factorial")
            self.is_percent = sign == "%"
            result = _apply(self._last.at, percent if self.is_percent else factorial, result)
        return result

    def _value(self) -> Number:
        token = self.token
        if token.kind == "number":
            self.position += 1
            return _number(token)
        if token.kind == "name":
            return self._named(token)
        if self._take({"√"}):
            with self._deeper():
                return _apply(token.at, FUNCTIONS["sqrt"].body, self._postfixed())
        if not self._take({"("}):
            self._refuse("a number is missing" if token.kind == "end" else f"'{token.text}' is no number")
        with self._deeper():
            result = self._sum()
        self._close(")")
        return result

    def _named(self, token: Token) -> Number:
        name = token.text
        function = FUNCTIONS.get(name)
        if name not in CONSTANTS and function is None:
            self._refuse(f"'{name}' is not known.{did_you_mean(name, [*FUNCTIONS, *CONSTANTS])}")
        self.position += 1
        if function is None:
            return CONSTANTS[name]
        if not self._take({"("}):
            self._refuse(f"'{name}' is a function; write what it takes in parentheses")
        with self._deeper():
            arguments = self._arguments(")")
        most = len(arguments) if function.most is None else function.most
        if not function.least <= len(arguments) <= most:
            problem = f"'{name}' takes {_count(function)}, not {len(arguments)}"
            if name == "log":
                problem += "; write ln(x), log10(x), log2(x), or log(x, base)"
            raise CalculationError(problem, token.at)
        return _apply(token.at, function.body, *arguments)

    def _arguments(self, end: str) -> list[Number]:
        """Read numbers up to a closing sign; a list in brackets counts as its numbers."""
        arguments: list[Number] = []
        if self._take({end}):
            return arguments
        while True:
            if self._take({"["}):
                with self._deeper():
                    arguments += self._arguments("]")
            else:
                arguments.append(self._sum())
            if not self._take({","}):
                self._close(end)
                return arguments

    def _close(self, end: str) -> None:
        self.is_percent = False
        if not self._take({end}):
            if self.token.begins_a_value:
                self._refuse("an operator is missing; write '*' to multiply")
            self._refuse(f"'{end}' is missing")

    def _take(self, signs: Container[str]) -> str:
        """Step over a sign when it is one of these; "" when it is not."""
        token = self.token
        if token.kind != "sign" or token.text not in signs:
            return ""
        self.position += 1
        return token.text

    @property
    def _last(self) -> Token:
        """The token that was stepped over last."""
        return self.tokens[self.position - 1]

    @contextmanager
    def _deeper(self) -> Generator[None]:
        """Read something inside of something."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._refuse(f"nested deeper than {MAX_DEPTH} times; calculate in parts")
        yield
        self.depth -= 1

    def _refuse(self, problem: str) -> NoReturn:
        raise CalculationError(problem, self.token.at)


def _apply(at: int, function: Callable[..., Number], *numbers: Number) -> Number:
    """Work a function out, and say where it was when it can't be."""
    try:
        return function(*numbers)
    except CalculationError as error:
        if error.at is None:
            error.at = at
        raise


def _number(token: Token) -> Number:
    text = token.text.replace("_", "")
    if text[:2].lower() in {"0x", "0b", "0o"}:
        return _apply(token.at, lambda: Number(Fraction(int(text, 0))))
    if len(text) > 1 and text[0] == "0" and text[1].isdigit():
        raise CalculationError("a number does not begin with 0", token.at)
    exponent = re.split("[eE]", text)[1:]
    if exponent and abs(int(exponent[0])) > MAX_DIGITS:
        raise CalculationError(TOO_BIG, token.at)
    return _apply(token.at, lambda: Number(Fraction(text)))


def _count(function: Function) -> str:
    """Say how many arguments a function takes."""
    if function.most is None:
        return f"{function.least} or more arguments"
    if function.least == function.most:
        return f"{function.least} argument{'s' if function.least > 1 else ''}"
    return f"{function.least} or {function.most} arguments"
