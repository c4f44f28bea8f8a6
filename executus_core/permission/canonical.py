"""Arguments as text: what a policy changed, written down, and one text for equal arguments whatever their spelling."""

from __future__ import annotations

import json
from os import PathLike, fspath
from typing import TYPE_CHECKING, cast

from attrs import asdict, has

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrs import AttrsInstance

    from executus_core.llm.json import JsonValue


def canonical_arguments(text: str) -> str:
    """Write a call's raw arguments as equal ones are all written: keys sorted, no blanks, ASCII only.

    Raises:
        ValueError: They are not JSON, or a key stands there twice, so that nobody can say what they mean.
    """
    arguments: object = json.loads(text or "{}", object_pairs_hook=_refuse_twins)
    return json.dumps(arguments, sort_keys=True, separators=(",", ":"), allow_nan=False)


def write_arguments(arguments: Mapping[str, object]) -> str:
    """Write arguments as a model would: dates, paths, models and the like as the JSON that they are read from.

    Raises:
        ValueError: Something among them is no JSON.
    """
    try:
        return json.dumps(dict(arguments), default=as_json, allow_nan=False)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def as_json(value: object) -> JsonValue:
    """Give a validated value as JSON.

    Raises:
        ValueError: There is no JSON for it.
    """
    from pydantic_core import to_jsonable_python  # noqa: PLC0415 - only what is no JSON yet pays for it

    plain: JsonValue = to_jsonable_python(value, fallback=_take_apart)
    return plain


def _take_apart(value: object) -> object:
    """Give what pydantic does not know as something that it does."""
    if isinstance(value, PathLike):
        return fspath(cast("PathLike[str]", value))
    if has(type(value)):
        return asdict(cast("AttrsInstance", value), recurse=False)
    raise ValueError(f"a {type(value).__name__} is no JSON")


def _refuse_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    named = dict(pairs)
    if len(named) < len(pairs):
        raise ValueError("a key stands there twice")
    return named
