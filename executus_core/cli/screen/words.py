"""How foreign text, numbers and calls are shown to people, and how they are told that something is wrong."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.llm.attempt import ModelAttempt
    from executus_core.llm.json import JsonValue
    from executus_core.record.result import Result

WIDTH: Final = 100
"""Columns of what is said beside an answer."""
SCOPES_HINT: Final = "A scope that you hold is said with --scope NAME."
_LEAST_USD: Final = 0.0001
"""What costs less would be shown as nothing."""
_PROGRAM: Final = "executus:"
_HANDLER: Final = "executus-command-line"
_CONTROLS: Final = {
    code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"
}


def printable(text: str) -> str:
    """Take out what would steer a terminal, or can't be written to one."""
    return text.encode("utf-8", "replace").decode().translate(_CONTROLS)


def complain(message: str) -> None:
    """Say on standard error what is wrong, in one line where nobody looks on."""
    said = wrapped(printable(f"{_PROGRAM} {' '.join(message.split())}"))
    click.echo(f"{click.style(_PROGRAM, fg='red', bold=True)}{said.removeprefix(_PROGRAM)}", err=True)


def warn(messages: Iterable[str]) -> None:
    """Say on standard error what looks like a mistake, and stops nothing."""
    for message in messages:
        click.secho(wrapped(printable(f"warning: {message}")), fg="yellow", err=True)


def terminal_width() -> int:
    """Give the columns that text may take where somebody looks on: those of the terminal, and not too many to read."""
    return min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)


def wrapped(text: str) -> str:
    """Break the lines of a message that stands beside an answer; a pipe gets them whole, for whoever searches them."""
    if not sys.stderr.isatty():
        return text
    return "\n".join(filled(line) for line in text.split("\n"))


def filled(line: str) -> str:
    """Break a line between words only: half a path, or half a command, is of no use to anybody."""
    return textwrap.fill(line, terminal_width(), break_long_words=False, break_on_hyphens=False)


def duration(seconds: float) -> str:
    """Show a duration in the unit that fits."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def spent(result: Result) -> list[str]:
    """Say what a run used: tokens and cost where they are known, and the time."""
    usage = result.usage
    facts = [f"{tokens:,} tokens"] if (tokens := usage.input_tokens + usage.output_tokens) else []
    if usage.cost_usd:
        facts.append(f"${usage.cost_usd:.4f}" if usage.cost_usd >= _LEAST_USD else f"less than ${_LEAST_USD}")
    return [*facts, duration(result.duration)]


def describe_reason(attempt: ModelAttempt) -> str:
    """Say in one line why an attempt failed: the class stands before the message, and is of no use to whoever reads this."""
    return " ".join((attempt.error.partition(": ")[2] or attempt.error).split())


def arguments(raw: str, chars: int) -> str:
    """Show a call's arguments in one line of so many characters; what is no object is shown as it was written."""
    shown = raw
    with suppress(ValueError, RecursionError):
        parsed: object = json.loads(raw or "{}")
        if isinstance(parsed, dict):
            given = cast("dict[str, object]", parsed).items()
            shown = " ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in given)
    shown = printable(shown.replace("\n", " "))
    return shown if len(shown) <= chars else f"{shown[: chars - 2]} …"


def set_up_logging(*, is_verbose: bool) -> None:
    """Send the log to standard error when asked for; notes of a run are shown with its result anyway."""
    logger = logging.getLogger("executus")
    for held in [handler for handler in logger.handlers if handler.name == _HANDLER]:
        logger.removeHandler(held)
    handler: logging.Handler = logging.StreamHandler() if is_verbose else logging.NullHandler()
    handler.name = _HANDLER
    logger.setLevel(logging.INFO if is_verbose else logging.NOTSET)
    logger.addHandler(handler)


def print_data(data: JsonValue) -> None:
    """Print a JSON document; what is no text, such as half of a surrogate pair, stays an escape."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace"))
