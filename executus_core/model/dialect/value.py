"""JSON values inside a schema: whether they are such, and whether they can be sent."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from executus_core.llm.json import JsonValue

MAX_DEPTH: Final = 8
MAX_ITEMS: Final = 1_000
_MAX_BITS: Final = 1_000
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_UNSAFE_PATTERN: Final = re.compile(
    r"\(\?(?!:)|\\[^dDsSwWnrtfv.^$*+?()\[\]{}|/\\-]|\[\[|--|&&|~~|\|\||[*+?}][+?]"
)
_MAX_PATTERN_CHARS: Final = 200


class UnsayableError(Exception):
    """A value that no request can hold."""


def is_list(value: object) -> bool:
    """Tell whether a value is a list in JSON."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray))


def as_list(value: object) -> Sequence[object]:
    """Give a list as it is, and nothing for what is none."""
    return cast("Sequence[object]", value) if is_list(value) else ()


def as_mapping(value: object) -> Mapping[str, object]:
    """Give an object as it is, and nothing for what is none."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def clean_text(text: str, max_chars: int) -> str:
    """Cut a text short, and take out of it what UTF-8 can't hold."""
    cut = text if len(text) <= max_chars else f"{text[: max_chars - 3]}..."
    return cut if cut.isascii() else _SURROGATE.sub("\ufffd", cut)


def is_sendable_text(text: str) -> bool:
    """Tell whether UTF-8 can hold a text."""
    return text.isascii() or not _SURROGATE.search(text)


def is_number(value: object) -> bool:
    """Tell whether a value is a number that every reader of JSON takes."""
    if isinstance(value, bool):
        return False
    return (isinstance(value, int) and value.bit_length() <= _MAX_BITS) or (
        isinstance(value, float) and math.isfinite(value)
    )


def copy_value(value: object, depth: int = MAX_DEPTH) -> JsonValue:
    """Copy a value that stands in a schema as it is: a choice, a default.

    Raises:
        UnsayableError: It is too large or nested too deeply, or can't be sent.
    """
    if value is None or isinstance(value, bool) or is_number(value):
        return cast("JsonValue", value)
    if isinstance(value, str) and is_sendable_text(value):
        return value
    items, named = as_list(value), as_mapping(value)
    if depth and max(len(items), len(named)) <= MAX_ITEMS:
        if is_list(value):
            return [copy_value(one, depth - 1) for one in items]
        if isinstance(value, Mapping):
            return {cast("str", copy_value(name)): copy_value(one, depth - 1) for name, one in named.items()}
    raise UnsayableError


def short_json(value: object, max_chars: int) -> str:
    """Write a small value down; "" for a large one, or one that can't be written."""
    try:
        text = json.dumps(copy_value(value), ensure_ascii=False, separators=(",", ":"))
    except UnsayableError:
        return ""
    return text if len(text) <= max_chars and '"$ref"' not in text else ""


def is_common_pattern(pattern: str) -> bool:
    """Tell whether every engine of regular expressions reads a pattern, and alike."""
    if len(pattern) > _MAX_PATTERN_CHARS or not pattern.isascii() or _UNSAFE_PATTERN.search(pattern):
        return False
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True
