"""Parsing JSON that a model wrote, strictly and at once."""

from __future__ import annotations

import json
import marshal
from typing import TYPE_CHECKING, Final, cast

import jiter

from executus_core.schema.strict_json import refuse_infinite

if TYPE_CHECKING:
    from executus_core.llm.json import JsonValue

_INFINITE: Final = tuple(marshal.dumps(number, 2) for number in (float("inf"), float("-inf")))
"""How ``marshal`` writes them: looking for these bytes in what it writes is the quickest walk through a value."""


def parse_strict(text: str, *, may_hold_floats: bool = True) -> JsonValue:
    """Parse a JSON text that has no duplicate key, no NaN and no number that overflows.

    Args:
        text: The text.
        may_hold_floats: Whether to look for numbers that overflow.

    Raises:
        ValueError: Saying what was found.
    """
    value = jiter.from_json(text.encode(), allow_inf_nan=False, catch_duplicate_keys=True)
    if may_hold_floats:
        written = marshal.dumps(value, 2)
        if any(infinite in written for infinite in _INFINITE):
            json.loads(text, parse_float=refuse_infinite, parse_int=refuse_infinite)
    return cast("JsonValue", value)
