"""How numbers, times and foreign text are shown to people."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

STYLES: Final[Mapping[str, str]] = {
    "ok": "green",
    "dry_run": "green",
    "open": "cyan",
    "paused": "cyan",
    "cancelled": "yellow",
    "timeout": "yellow",
    "budget_exceeded": "yellow",
    "killed": "red",
    "error": "red",
    "interrupted": "red",
}
"""The colour of each status."""

# What a tool or a model writes must not move the cursor, ring the bell or turn the reading direction of a terminal.
_UNSAFE: Final = (
    *range(9),
    *range(11, 32),
    *range(127, 160),
    0x061C,
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
)
_VISIBLE: Final = {code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" for code in _UNSAFE} | {
    0x0D: ""
}


def plain(text: str) -> str:
    """Make foreign text safe to print: control characters become visible, half a surrogate pair an escape."""
    return text.translate(_VISIBLE).encode("utf-8", "backslashreplace").decode()


def first_line(text: str) -> str:
    """Give the first line that says something."""
    return next((line.strip() for line in plain(text).splitlines() if line.strip()), "")


def shorten(text: str, chars: int) -> str:
    """Cut text to a length, and show that it was cut."""
    return text if len(text) <= chars else f"{text[: chars - 1]}…"


def duration(seconds: float | None) -> str:
    """Show a duration in the unit that fits."""
    if seconds is None:
        return "-"
    if seconds < 1:
        return "<1 ms" if 0 < seconds * 1000 < 1 else f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min {rest:02d} s"


def ago(moment: datetime) -> str:
    """Show how long ago something was."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit} ago"
    return f"{max(0, seconds):.0f} s ago"


def clock_time(moment: datetime) -> str:
    """Show a moment in the reader's own time zone."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def money(cost_usd: float | None) -> str:
    """Show a price; one that is not known is not shown as 0."""
    if cost_usd is None:
        return "-"
    return f"${cost_usd:.2f}" if cost_usd == 0 or cost_usd >= 1 else f"${cost_usd:.6f}".rstrip("0")


def call(name: str, arguments: str) -> str:
    """Show a tool call as one would write it; arguments that are no JSON object are shown as they came."""
    try:
        parsed: object = json.loads(arguments)
    except (ValueError, RecursionError):
        parsed = None
    if isinstance(parsed, dict):
        named = cast("dict[str, object]", parsed)
        arguments = ", ".join(
            f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in named.items()
        )
    return plain(f"{name}({arguments})").replace("\n", " ")


def json_line(payload: Mapping[str, object]) -> str:
    """Show the payload of an event in one line; an empty one is not shown."""
    return plain(json.dumps(payload, ensure_ascii=False)) if payload else ""
