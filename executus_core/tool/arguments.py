"""What a model is told about arguments that did not validate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.errors import ToolArgumentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_PROBLEMS = 8
MAX_ERROR_CHARS = 2_000
MAX_SHOWN_CHARS = 80


def explain_arguments(error: ValueError, known: Collection[str]) -> ToolArgumentError:
    """Turn a validation failure into words that help the model to write better arguments.

    Args:
        error: What the reader or the validator raised.
        known: Names of the arguments that the tool takes.
    """
    details = getattr(error, "errors", None)
    if details is None:
        return _error(_plain(error))
    lines: list[str] = []
    for detail in details(include_url=False, include_context=False)[:MAX_PROBLEMS]:
        place = ".".join(str(part)[:MAX_SHOWN_CHARS] for part in detail["loc"])
        if detail["type"] == "json_invalid":
            return _error(f"not valid JSON: {detail['msg'].removeprefix('Invalid JSON: ')}")
        if detail["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            # what an argument holds has other names than the tool's own
            near = did_you_mean(place, known).removesuffix(".") if len(detail["loc"]) == 1 else ""
            is_said = any(line.endswith(near) for line in lines)
            lines.append(f"unknown argument '{place}'" + (f".{near}" if near and not is_said else ""))
        elif detail["type"] == "missing":
            lines.append(f"argument '{place}' is missing")
        elif not place:
            lines.append(f"{detail['msg']}; write one JSON object with the arguments by name")
        else:
            shown = repr(detail["input"])[: MAX_SHOWN_CHARS + 1]
            shown = shown if len(shown) <= MAX_SHOWN_CHARS else shown[:MAX_SHOWN_CHARS] + "..."
            lines.append(f"argument '{place}': {detail['msg']} (got {shown})")
    count = getattr(error, "error_count", None)
    more: int = count() - len(lines) if count is not None else 0
    return _error("; ".join(lines) + (f"; and {more} more problems" if more > 0 else ""))


def _plain(error: ValueError) -> str:
    if isinstance(error, UnicodeError):
        return "not valid JSON: the text has a lone surrogate"
    return str(error)


def _error(message: str) -> ToolArgumentError:
    clean = message.encode("utf-8", "replace").decode("utf-8")
    if len(clean) > MAX_ERROR_CHARS:
        clean = clean[:MAX_ERROR_CHARS] + "..."
    return ToolArgumentError(f"the arguments are wrong, so the tool was not called: {clean}")
