"""How a call is shown to whoever is to allow it: nothing of it hidden, and what is cut is said to be."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
MAX_CHARS: Final = 400


def visible(text: str) -> str:
    """Write every character that a terminal would not show, or would obey, as its code."""
    return "".join(
        char if char.isprintable() and unicodedata.category(char) not in _HIDDEN else _code(char)
        for char in text
    )


def show_arguments(arguments: Mapping[str, object], max_chars: int = MAX_CHARS) -> tuple[list[str], bool]:
    """Show arguments as a person reads them, one a line.

    Args:
        arguments: The arguments.
        max_chars: Longer values are cut.

    Returns:
        The lines, and whether something was cut.
    """
    width = max((len(name) for name in arguments), default=0)
    lines: list[str] = []
    is_cut = False
    for name, value in arguments.items():
        text = visible(_as_text(value))
        more = len(text) - max_chars
        is_cut = is_cut or more > 0
        shown = text if more <= 0 else f"{text[:max_chars]} [... {more:,} more characters]"
        lines.append(f"{visible(name):<{width}}  {shown}")
    return lines, is_cut


def _as_text(value: object) -> str:
    from pydantic_core import to_jsonable_python  # noqa: PLC0415 - only who is asked pays for it

    return json.dumps(to_jsonable_python(value, fallback=repr), ensure_ascii=False)


def _code(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
