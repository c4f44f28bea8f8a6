"""From a type, a type form or a JSON schema to what describes and reads its values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.json import JsonValue
    from executus_core.schema.value import ValueSchema

_MAX_KEPT: Final = 256
_kept: dict[object, ValueSchema] = {}


def build_value_schema(form: object) -> ValueSchema:
    """Build the schema of a type, a type form or a JSON schema; one that was built before is kept.

    Raises:
        ConfigError: No model can write such a value as JSON, saying why.
    """
    key = _key_of(form)
    schema = _kept.pop(key, None) if key is not None else None
    if schema is None:
        schema = _build(form)
    if key is not None:
        _kept[key] = schema  # the latest last
        if len(_kept) > _MAX_KEPT:
            del _kept[next(iter(_kept))]
    return schema


def _build(form: object) -> ValueSchema:
    if isinstance(form, dict):
        from executus_core.schema.described import DescribedValue  # noqa: PLC0415 - only whoever needs it pays for it

        return DescribedValue.build(cast("Mapping[str, JsonValue]", form))
    if form is None or isinstance(form, (str, bytes, int, float, list, tuple)):
        raise ConfigError(
            f"{form!r:.100} is no type; give a type, such as int or a pydantic model, or a JSON schema"
        )
    from executus_core.schema.typed import TypedValue  # noqa: PLC0415 - only whoever needs it pays for it

    return TypedValue.build(form)


def _key_of(form: object) -> object:
    """Give what tells forms apart, or None for one that can't be told from another without a closer look."""
    try:
        if isinstance(form, dict):
            return json.dumps(form, allow_nan=False)
        hash(form)
    except (TypeError, ValueError, RecursionError):
        return None
    return (type(form), form)
