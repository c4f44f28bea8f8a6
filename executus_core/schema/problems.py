"""What a model is told about JSON that it wrote and that does not do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from executus_core.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MAX_PROBLEMS: Final = 8
MAX_SHOWN_CHARS: Final = 80
MAX_ERROR_CHARS: Final = 2_000
_NO_UTF8: Final = "not valid JSON: the text has a lone surrogate"


def list_problems(error: ValueError, noun: str, known: Collection[str] = ()) -> list[str]:
    """Turn what a reader or a validator raised into words that help to write it better.

    Args:
        error: What it raised.
        noun: What a value inside is called: an argument, a field.
        known: Names of those at the top.
    """
    details = getattr(error, "errors", None)
    if details is None:
        return [_plain(error)]
    lines: list[str] = []
    for detail in details(include_url=False, include_context=False)[:MAX_PROBLEMS]:
        place = ".".join(str(part)[:MAX_SHOWN_CHARS] for part in detail["loc"])
        if detail["type"] == "json_invalid":
            return [f"not valid JSON: {detail['msg'].removeprefix('Invalid JSON: ')}"]
        if detail["type"] == "string_unicode" and not place:
            return [_NO_UTF8]
        if detail["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            # what one of them holds has other names than those at the top
            is_near = known and len(detail["loc"]) == 1
            near = did_you_mean(place, known).removesuffix(".") if is_near else ""
            is_said = any(line.endswith(near) for line in lines)
            lines.append(f"unknown {noun} '{place}'" + (f".{near}" if near and not is_said else ""))
        elif detail["type"] == "missing":
            lines.append(f"{noun} '{place}' is missing")
        elif not place:
            lines.append(detail["msg"])
        else:
            lines.append(f"{noun} '{place}': {detail['msg']} (got {cut(repr(detail['input']))})")
    count = getattr(error, "error_count", None)
    more: int = count() - len(lines) if count is not None else 0
    return [*lines, f"and {more} more problems"] if more > 0 else lines


def join_problems(problems: Iterable[str]) -> str:
    """Put them into one short line that any provider takes back."""
    clean = "; ".join(problems).encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= MAX_ERROR_CHARS else clean[:MAX_ERROR_CHARS] + "..."


def cut(text: str, max_chars: int = MAX_SHOWN_CHARS) -> str:
    """Show the beginning of what may be long."""
    return text if len(text) <= max_chars else text[:max_chars] + "..."


def _plain(error: ValueError) -> str:
    if isinstance(error, UnicodeError):
        return _NO_UTF8
    return str(error)
