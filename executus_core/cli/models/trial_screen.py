"""How a call that tries a model looks: each attempt at it, and what was answered."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from rich.text import Text

from executus_core.cli.screen.tables import FAINT, build_console, build_table, plain
from executus_core.cli.screen.words import duration, spent
from executus_core.model.routing import AT_SERVER

if TYPE_CHECKING:
    from executus_core.cli.models.trial import Trial
    from executus_core.llm.attempt import ModelAttempt
    from executus_core.record.result import Result

_ANSWER_CHARS: Final = 60
_UNKNOWN: Final = "unknown"
_A_MOMENT_S: Final = 0.01
"""What nobody waits for; clocks count in less."""


def show_trial(trial: Trial) -> None:
    """Print one call: who was asked, how each attempt went, and what was answered."""
    console = build_console()
    console.print(Text(plain(trial.asked), style="bold"))
    if trial.attempts:
        table = build_table(
            "", "ASKED", "OUTCOME", "TIME", "FIRST", "TOKENS", "USD", "", narrow=("OUTCOME", "TIME")
        )
        for attempt in trial.attempts:
            table.add_row(*_attempt_row(attempt))
        console.print(table)
    console.print(answer_line(trial.result))
    console.print()


def answer_line(result: Result) -> Text:
    """Say in a line what was answered in a run, or why nothing was."""
    if result.error is not None:
        said = " ".join(str(result.error).split()) or type(result.error).__name__
        return Text.assemble(("✗ ", "red"), plain(f"It was asked, and failed: {said}"))
    said = textwrap.shorten(plain(" ".join(result.output.split())), _ANSWER_CHARS, placeholder=" …")
    return Text.assemble(
        ("✓ ", "green"), f"It was asked, and said “{said}”", (f" · {' · '.join(spent(result))}", FAINT)
    )


def _attempt_row(attempt: ModelAttempt) -> tuple[Text, ...]:
    is_answer = attempt.outcome == "answered"
    name = AT_SERVER.split(attempt.candidate)[0]
    served_as = f" ({attempt.model})" if attempt.model and not name.endswith(attempt.model) else ""
    return (
        Text("✓", style="green") if is_answer else Text("✗", style="red"),
        Text(plain(f"{attempt.candidate}{served_as}")),
        Text(attempt.outcome, style="" if is_answer else "red"),
        Text(_time_of(attempt)),
        Text("" if attempt.first_token_s is None else duration(attempt.first_token_s)),
        Text(_tokens_of(attempt)),
        Text(_cost_of(attempt)),
        Text(plain(" ".join(attempt.error.split())), style="red"),
    )


def _time_of(attempt: ModelAttempt) -> str:
    waited = f" after {duration(attempt.waited_s)}" if attempt.waited_s >= _A_MOMENT_S else ""
    return f"{duration(attempt.duration)}{waited}"


def _tokens_of(attempt: ModelAttempt) -> str:
    """Count what was consumed; what began and says nothing of it consumed something that nobody knows."""
    usage = attempt.usage
    if usage is None:
        return "" if attempt.outcome == "failed" else _UNKNOWN
    return f"{usage.input_tokens:,} + {usage.output_tokens:,}"


def _cost_of(attempt: ModelAttempt) -> str:
    usage = attempt.usage
    if usage is None:
        return "" if attempt.outcome == "failed" else _UNKNOWN
    return _UNKNOWN if usage.cost_usd is None else f"{usage.cost_usd:.6f}".rstrip("0").rstrip(".")
