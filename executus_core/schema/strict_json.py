"""What pydantic's JSON reader lets pass and nobody should see: duplicate keys, NaN and infinities."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from executus_core.llm.json import JsonValue

_PERHAPS_TOO_LARGE: Final = re.compile(r"[eE]\+?[0-9]{2}|[0-9]{300}")


def parse_strict(text: str) -> JsonValue:
    """Parse a JSON text that has no duplicate key, no NaN and no number that overflows.

    Raises:
        ValueError: Saying what was found.
    """
    import jiter  # noqa: PLC0415 - only whoever needs it pays for it

    value: JsonValue = jiter.from_json(text.encode(), allow_inf_nan=False, catch_duplicate_keys=True)
    if _PERHAPS_TOO_LARGE.search(text):
        json.loads(text, parse_float=_finite, parse_int=_finite)
    return value


def check_strict(text: str) -> None:
    """Check that a JSON text has no duplicate key, no NaN and no number that overflows.

    Raises:
        ValueError: Saying what was found.
    """
    json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_refuse, parse_float=_finite)


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = f"the key '{twice[:80]}' stands twice"
        raise ValueError(message)
    return seen


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is not JSON"
    raise ValueError(message)


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        message = f"the number {text[:40]} is too large"
        raise ValueError(message)
    return value
