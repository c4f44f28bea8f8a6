"""Whether a model can write a value of a type as JSON. Pydantic is loaded only for types that it must be asked about."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import pathlib
import types
import typing
import uuid
from typing import Annotated, Any, Final, Union, cast  # noqa: TID251 - annotations are any objects

_PLAIN: Final[frozenset[object]] = frozenset(
    {
        *(str, int, float, bool, bytes, type(None)),
        *(list, dict, set, frozenset, tuple, object, Any),
        *(dt.date, dt.datetime, dt.time, dt.timedelta),
        *(decimal.Decimal, uuid.UUID, pathlib.Path, pathlib.PurePath),
    }
)
_CONTAINERS: Final = (Union, types.UnionType, list, dict, set, frozenset, tuple)


def find_unfitness(annotation: object) -> str:
    """Say why a model can't write a value of a type, or ""."""
    if _is_plain(annotation):
        return ""
    from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError  # noqa: PLC0415 - only whoever needs it pays for it

    from executus_core.schema.arguments import UnfitTypeError, check_type  # noqa: PLC0415

    try:
        check_type(annotation)
    except PydanticUndefinedAnnotation:
        return ""  # a forward reference: it may be defined by the time the tool is used
    except UnfitTypeError as error:
        return str(error)
    except (PydanticUserError, TypeError, NameError) as error:
        return f"a model can't write a {annotation!r} as JSON ({str(error).splitlines()[0]})"
    return ""


def _is_plain(annotation: object) -> bool:
    origin = typing.get_origin(annotation)
    if origin is typing.Literal:
        return True
    if origin is Annotated:
        kind, *metadata = typing.get_args(annotation)
        return all(isinstance(item, str) for item in metadata) and _is_plain(kind)
    if origin in _CONTAINERS:
        arguments = typing.get_args(annotation)
        return all(_is_plain(argument) for argument in arguments if argument is not Ellipsis)
    try:
        if annotation in _PLAIN:
            return True
    except TypeError:  # not hashable, so none of them
        return False
    return isinstance(annotation, type) and issubclass(cast("type[object]", annotation), enum.Enum)
