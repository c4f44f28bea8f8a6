"""A value that a model is to write: what it is told about it, and how it is read back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Protocol, cast

from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core.llm.json import JsonObject, JsonValue

HELD: Final = "value"
"""Under which name a value that is no object stands in the object that providers want."""

_MAX_KEPT: Final = 256
_kept: dict[object, ValueSchema] = {}


class UnfitValueError(ValueError):
    """A model's text is not a value of the schema.

    Attributes:
        problems: What is wrong, one clause each, fit for the model.
        is_json: Whether it is JSON at all.
    """

    def __init__(self, problems: Sequence[str], *, is_json: bool) -> None:
        """Keep what is wrong."""
        super().__init__("; ".join(problems))
        self.problems: tuple[str, ...] = tuple(problems)
        self.is_json = is_json


class ValueSchema(Protocol):
    """Describes a value to a model, and reads what the model wrote."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        ...

    @property
    def json(self) -> JsonObject:
        """The JSON schema of what the model is to write, always an object."""
        ...

    @property
    def is_wrapped(self) -> bool:
        """Whether that object only holds the value, which is none itself."""
        ...

    def read(self, text: str) -> object:
        """Read a JSON text, strictly.

        Raises:
            UnfitValueError: It is no JSON, or not of the schema.
        """
        ...


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


def unwrap(written: object) -> object:
    """Take the value out of the object that holds it and nothing else; any other is the value itself."""
    if isinstance(written, dict):
        held = cast("dict[str, object]", written)
        if held.keys() == {HELD}:
            return held[HELD]
        return held
    return written
