"""What pydantic's JSON reader lets pass and nobody should see: duplicate keys, NaN and infinities."""

from __future__ import annotations

import json
from typing import NoReturn


def check_strict(text: str) -> None:
    """Check that a JSON text has no duplicate key, no NaN and no number that overflows.

    Raises:
        ValueError: Saying what was found.
    """
    json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_refuse, parse_float=refuse_infinite)


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


def refuse_infinite(text: str) -> float:
    """Read a number that is not too large for a float.

    Raises:
        ValueError: It is.
    """
    value = float(text)
    if value in (float("inf"), float("-inf")):
        message = f"the number {text[:40]} is too large"
        raise ValueError(message)
    return value
