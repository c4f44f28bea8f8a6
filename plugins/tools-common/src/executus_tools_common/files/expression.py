"""Lines that hold a text, or match an expression: in a time that grows with the text, whatever the expression is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, cast

from executus_core import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MEMORY_BYTES: Final = 8_000_000
"""Of a compiled expression; a larger one is refused."""


class _Options(Protocol):
    log_errors: bool
    max_mem: int
    case_sensitive: bool


class _Expression(Protocol):
    def search(self, text: str) -> object: ...


class _Engine(Protocol):
    """What is used of RE2, which backtracks never and has no types."""

    error: type[Exception]
    Options: Callable[[], _Options]

    def compile(self, pattern: str, options: _Options) -> _Expression: ...


def build_matcher(text: str, *, is_expression: bool, ignore_case: bool) -> Callable[[str], object]:
    """Make a predicate over lines.

    Args:
        text: A text, or an expression in RE2's syntax: that of Perl without references back and looking around.
        is_expression: Which of the two it is.
        ignore_case: Whether upper and lower case are the same.

    Raises:
        ToolError: It is no such expression, or a huge one.
    """
    if is_expression:
        return _compile(text, ignore_case=ignore_case)
    if ignore_case:
        wanted = text.casefold()
        return lambda line: wanted in line.casefold()
    return lambda line: text in line


def _compile(expression: str, *, ignore_case: bool) -> Callable[[str], object]:
    import re2  # type: ignore[import-untyped] # pyright: ignore[reportMissingTypeStubs] # noqa: PLC0415 - few searches need it

    engine = cast("_Engine", re2)
    options = engine.Options()
    options.log_errors, options.max_mem, options.case_sensitive = False, MAX_MEMORY_BYTES, not ignore_case
    try:
        return engine.compile(expression, options).search
    except (engine.error, UnicodeEncodeError) as error:
        reason = error.args[0]
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else "it is not text"
        raise ToolError(
            f"the expression can't be used: {said}; RE2's syntax has no references back and no looking around"
        ) from None
