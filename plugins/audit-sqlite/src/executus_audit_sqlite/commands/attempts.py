"""How an attempt at a model call is shown: who was asked, how it ended, how long that took and why it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from executus_audit_sqlite.commands import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.json import JsonValue

ATTEMPT: Final = "model.attempt"
MARK: Final = "↻ "
_ENDED: Final[Mapping[str, tuple[str, str]]] = {
    "answered": ("answered", "green"),
    "failed": ("failed", "red"),
    "broken": ("broke off", "red"),
    "rejected": ("gave no answer that can be used", "red"),
}


def is_plain(payload: Mapping[str, JsonValue]) -> bool:
    """Tell whether a model answered, which its step says too."""
    return payload.get("outcome") == "answered"


def attempt_line(payload: Mapping[str, JsonValue]) -> Text | None:
    """Show an attempt on one line; None for what a redactor withheld."""
    outcome, candidate = payload.get("outcome"), payload.get("candidate")
    if not isinstance(outcome, str) or outcome not in _ENDED or not isinstance(candidate, str):
        return None
    ended, style = _ENDED[outcome]
    line = Text(words.plain(f"{candidate} "), "dim").append(ended, style)
    duration, error = payload.get("duration_s"), payload.get("error")
    if isinstance(duration, (int, float)):
        line.append(f"  {words.duration(duration)}", "dim")
    if isinstance(error, str) and error:
        line.append(words.plain(f"  {words.shorten(' '.join(error.split()), 200)}"), "dim")
    return line
