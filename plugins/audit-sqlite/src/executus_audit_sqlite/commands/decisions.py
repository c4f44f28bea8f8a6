"""How a decision about a tool call is shown: what was decided, by whom and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from executus_audit_sqlite.commands import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.json import JsonValue

PERMISSION: Final = "permission"
_DONE: Final[Mapping[str, tuple[str, str]]] = {
    "allow": ("allowed", "green"),
    "ask": ("waits for a person", "cyan"),
    "deny": ("denied", "red"),
    "terminate": ("ended the run", "red"),
}


def is_plain(payload: Mapping[str, JsonValue]) -> bool:
    """Tell whether a call was allowed that nobody had anything to say about, which goes without saying."""
    return payload.get("verdict") == "allow" and payload.get("decided_by") == "default"


def decision_line(payload: Mapping[str, JsonValue]) -> Text | None:
    """Show a decision on one line; None for what a redactor withheld."""
    verdict = payload.get("verdict")
    if not isinstance(verdict, str) or verdict not in _DONE:
        return None
    done, style = _DONE[verdict]
    line = Text(words.plain(f"{_word(payload, 'tool')} "), "dim").append(done, style)
    return line.append(words.plain(f"{_by(payload)}{_more(payload)}"), "dim")


def _by(payload: Mapping[str, JsonValue]) -> str:
    decider = _word(payload, "decider")
    match payload.get("decided_by"):
        case "policy":
            rule = _word(payload, "rule")
            return f" by {decider}{f', {rule}' if rule else ''}"
        case "person":
            scope = _word(payload, "scope")
            return f" by {decider or 'a person'}{f', for {scope}' if scope else ''}"
        case "standing approval":
            by = _word(payload, "by")
            return f" by a standing approval for {_word(payload, 'scope')}{f', given by {by}' if by else ''}"
        case "tool":
            return f" for {_word(payload, 'tool')} itself"
        case _:
            return ""


def _more(payload: Mapping[str, JsonValue]) -> str:
    reason, changed = _word(payload, "reason"), payload.get("changed")
    names = ", ".join(map(str, changed)) if isinstance(changed, list) else ""
    said = f": {words.shorten(' '.join(reason.split()), 200)}" if reason else ""
    return f"{said}{f' (changed: {names})' if names else ''}"


def _word(payload: Mapping[str, JsonValue], name: str) -> str:
    """Give a field as text; a redactor may have put anything there."""
    value = payload.get(name, "")
    return value if isinstance(value, str) else words.json_line({name: value})
