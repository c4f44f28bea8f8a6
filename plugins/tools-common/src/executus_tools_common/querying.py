"""Asking JSON: JMESPath over a text, with an end to how much a query may make of it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast  # noqa: TID251 - what the visitor is told is JMESPath's affair

import jmespath
from jmespath import exceptions
from jmespath.functions import Functions, signature
from jmespath.visitor import Options, TreeInterpreter
from typing_extensions import override

from executus_core import ToolError, tool
from executus_core.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from executus_core import Tool
    from executus_core.llm import JsonValue

MAX_QUERY_CHARS: Final = 2_000
MAX_WORK: Final = 600_000
"""How many values a query may make or look at, all in all; a long text counts as several."""
MAX_RESULT_CHARS: Final = 200_000
MAX_DIGITS: Final = 1_000
TOO_MUCH: Final = "the query makes too much of the JSON; ask for less of it at once"
_CHARS_PER_VALUE: Final = 16
_MAKERS: Final = {
    "filter_projection",
    "flatten",
    "function_expression",
    "literal",
    "multi_select_dict",
    "multi_select_list",
    "projection",
    "value_projection",
}
"""The parts of a query that make new values; all others give what is there."""


def build_tools() -> list[Tool]:
    """Build the tools."""
    return [json_query]


@tool(visibility="public", effect="pure", timeout_s=10)
def json_query(json: str, query: str) -> str:
    """Take out of a JSON text what a JMESPath query asks for, rather than looking for it yourself.

    For example "people[?age > `30`].name", "sort_by(@, &price)[0]", "length(items)", "{total: sum(items[].price)}". Fields
    with other characters than letters, digits and _ stand in double quotes; literals in backticks.

    Args:
        json: The JSON text.
        query: The JMESPath query.
    """
    return show(ask(_parse(json), query))


def ask(document: JsonValue, query: str) -> JsonValue:
    """Answer a query.

    Raises:
        ToolError: It is wrong, or makes too much; the message is for the model.
    """
    if len(query) > MAX_QUERY_CHARS:
        raise ToolError(f"the query is longer than {MAX_QUERY_CHARS} characters; ask in parts")
    try:
        compiled = jmespath.compile(query)
        interpreter = _BoundedInterpreter(Options(custom_functions=_BoundedFunctions()))
        return cast("JsonValue", interpreter.visit(compiled.parsed, document))
    except exceptions.JMESPathError as error:
        raise ToolError(f"the query is wrong: {_explain(error, query)}") from error
    except RecursionError as error:
        raise ToolError("the query is nested too deeply; ask in parts") from error
    except PendingDeprecationWarning as error:  # in hosts that let no warning pass
        raise ToolError(
            "the query is wrong: a literal in backticks is JSON; write a text in single quotes"
        ) from error
    except (ValueError, TypeError, ArithmeticError) as error:
        raise ToolError(
            "the query can't be answered: a function or a slice in it does not fit the values"
        ) from error


def show(answer: JsonValue) -> str:
    """Write an answer as JSON.

    Raises:
        ToolError: It is longer than anybody should read; the message is for the model.
    """
    if answer is None:
        return "null (nothing matches the query)"
    try:
        text = json.dumps(answer, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace").decode()
    except (RecursionError, TypeError, ValueError) as error:
        raise ToolError(
            "the answer has no JSON form: it is an '&' expression, or a number that is too big"
        ) from error
    if len(text) > MAX_RESULT_CHARS:
        raise ToolError(f"the answer has {len(text)} characters; ask for fewer fields or fewer elements")
    return text


def _parse(text: str) -> JsonValue:
    try:
        return cast(
            "JsonValue",
            json.loads(
                text, parse_constant=_refuse_constant, parse_float=_read_float, parse_int=_read_integer
            ),
        )
    except json.JSONDecodeError as error:
        raise ToolError(
            f"the JSON is wrong at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except RecursionError as error:
        raise ToolError("the JSON is nested too deeply") from error
    except ValueError as error:
        raise ToolError(f"the JSON is wrong: {error}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _read_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:40]} is too big")
    return number


def _read_integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number has {len(text)} digits, and at most {MAX_DIGITS} are read")
    return int(text)


class _BoundedFunctions(Functions):
    """JMESPath's own functions, of which one can make a text of any length out of short ones."""

    @signature({"types": ["string"]}, {"types": ["array-string"]})
    def _func_join(self, separator: str, parts: list[str]) -> str:
        if len(separator) * len(parts) + sum(map(len, parts)) > MAX_WORK * _CHARS_PER_VALUE:
            raise ToolError(TOO_MUCH)
        return separator.join(parts)


class _BoundedInterpreter(TreeInterpreter):
    """Counts what a query makes: a short one could double a list again and again."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._left = MAX_WORK

    @override
    def visit(self, node: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        result = super().visit(cast("Any", node), *args, **kwargs)
        self._left -= 1
        if node["type"] in _MAKERS:
            self._spend(result)
        if self._left < 0:
            raise ToolError(TOO_MUCH)
        return result

    def _spend(self, made: object) -> None:
        """Count every value inside, once for each place where it stands."""
        stack = [made]
        while stack and self._left >= 0:
            value = stack.pop()
            self._left -= 1
            if isinstance(value, str):
                self._left -= len(value) // _CHARS_PER_VALUE
            elif isinstance(value, list):
                stack.extend(cast("list[object]", value))
            elif isinstance(value, dict):
                stack.extend(cast("Iterable[object]", value.values()))


def _explain(error: exceptions.JMESPathError, query: str) -> str:
    """Say what is wrong with a query, and where, in one line."""
    if isinstance(error, exceptions.EmptyExpressionError):
        return "it is empty"
    if isinstance(error, exceptions.UnknownFunctionError):
        name = str(error).rpartition(": ")[2].removesuffix("()")
        known = cast("Mapping[str, object]", Functions.FUNCTION_TABLE)
        return f"there is no function '{name}'.{did_you_mean(name, known)}"
    if isinstance(error, exceptions.IncompleteExpressionError):
        return "it ends too early"
    position = getattr(error, "lex_position", getattr(error, "lexer_position", None))
    if isinstance(position, int):
        message = str(getattr(error, "msg", getattr(error, "message", "")) or "it can't be read")
        return f"{message.splitlines()[0][:200]}, at character {position + 1}, '{query[position : position + 20]}'"
    return str(error).splitlines()[0][:300]
