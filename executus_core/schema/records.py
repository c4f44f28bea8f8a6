"""Classes whose objects a model writes as fields by name, and that pydantic does not read so by itself."""

from __future__ import annotations

import inspect
import typing
from typing import TYPE_CHECKING, Any, Final, cast  # noqa: TID251 - a field without a type takes anything

import attrs
from pydantic_core import PydanticCustomError

from executus_core.schema.parameter import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NO_DEFAULT: Final = object()
"""In place of a default that is made anew each time, and so is not shown."""


def is_record(kind: object) -> bool:
    """Tell whether something is an attrs class or a named tuple."""
    if not isinstance(kind, type):
        return False
    known = cast("type[object]", kind)
    return attrs.has(known) or (issubclass(known, tuple) and "_fields" in dir(cast("object", known)))


def read_fields(kind: type[object]) -> list[Parameter]:
    """Read what its objects are made of.

    Raises:
        TypeError: It is generic: what its variables stand for is not known here.
    """
    hints = typing.get_type_hints(kind, include_extras=True)
    if open_fields := [name for name, hint in hints.items() if _has_variable(hint)]:
        message = (
            f"its field '{open_fields[0]}' has a type variable; use a class whose fields have their types"
        )
        raise TypeError(message)
    if attrs.has(kind):
        return [
            Parameter(
                one.alias or one.name,
                hints.get(one.name, one.type or Any),
                required=one.default is attrs.NOTHING,
                default=NO_DEFAULT if isinstance(one.default, cast("Any", attrs.Factory)) else one.default,
            )
            for one in attrs.fields(kind)
            if one.init
        ]
    named = cast("Any", kind)
    defaults: Mapping[str, object] = named._field_defaults
    return [
        Parameter(name, hints.get(name, Any), name not in defaults, defaults.get(name))
        for name in named._fields
    ]


def read_doc(kind: type[object]) -> str:
    """Read its own docstring, unless Python made it of the fields."""
    doc = kind.__dict__.get("__doc__") or ""
    return "" if doc.startswith(f"{kind.__name__}(") else inspect.cleandoc(doc)


def construct(kind: Callable[..., object], values: Mapping[str, object]) -> object:
    """Make an object of its fields; what its own checks refuse is what the model wrote wrong.

    Raises:
        PydanticCustomError: With what they said.
    """
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        said = str(error.args[0]) if error.args else type(error).__name__
        raise PydanticCustomError("value_error", "{said}", {"said": said}) from error


def _has_variable(hint: object) -> bool:
    return isinstance(hint, typing.TypeVar) or any(_has_variable(inner) for inner in typing.get_args(hint))
