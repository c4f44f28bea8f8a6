"""From a function's signature to a validator and a JSON schema."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from typing import TYPE_CHECKING, Annotated, Any, Union, cast  # noqa: TID251 - annotations are any objects

from attrs import frozen

from executus_core.errors import ConfigError
from executus_core.record.tool import ToolContext

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic import TypeAdapter

    from executus_core.llm.json import JsonValue

SCALARS: frozenset[object] = frozenset({str, int, float, bool, type(None)})
"""Types under which neither a nested key nor an unchecked number can hide."""

_STANDARD_MODULES = frozenset({"datetime", "decimal", "fractions", "ipaddress", "pathlib", "re", "uuid"})


@frozen
class Parameter:
    """One argument that the model fills.

    Attributes:
        name: Its name.
        annotation: Its type, with what ``Annotated`` adds.
        required: Whether it has no default.
    """

    name: str
    annotation: object
    required: bool
    default: object = None


@frozen
class Signature:
    """What a tool function takes.

    Attributes:
        parameters: What the model fills, in order.
        context: Name of the parameter that takes the ``ToolContext``, or "".
    """

    parameters: tuple[Parameter, ...]
    context: str

    @property
    def is_flat(self) -> bool:
        """Whether every argument is a plain scalar."""
        return all(parameter.annotation in SCALARS for parameter in self.parameters)


def read_signature(function: Callable[..., object]) -> Signature:
    """Read what a function takes.

    Raises:
        ConfigError: When a model could not fill the parameters, saying which and why.
    """
    name = getattr(function, "__qualname__", repr(function))
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError) as error:
        raise ConfigError(
            f"{name} can't be a tool: its annotations don't resolve ({error}); "
            "import the types at run time, not only for type checking"
        ) from error
    problems: list[str] = []
    parameters: list[Parameter] = []
    context = ""
    for parameter in inspect.signature(function).parameters.values():
        annotation = hints.get(parameter.name, parameter.empty)
        if annotation is ToolContext:
            context = parameter.name
        elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            problems.append(f"parameter '{parameter.name}' can't be given by name; name each argument")
        elif annotation is parameter.empty:
            problems.append(f"parameter '{parameter.name}' has no type; annotate it")
        elif reason := _unfit(annotation):
            problems.append(f"parameter '{parameter.name}': {reason}")
        else:
            required = parameter.default is parameter.empty
            default = None if required else parameter.default
            parameters.append(Parameter(parameter.name, annotation, required, default))
    if problems:
        raise ConfigError(f"{name} can't be a tool: {'; '.join(problems)}", problems=problems)
    return Signature(tuple(parameters), context)


def _unfit(annotation: Any) -> str:  # noqa: ANN401 - any field of any model
    """Say why a model can't fill a parameter of this type, or "". Loads pydantic only for types it must ask about."""
    if _is_plain(annotation):
        return ""
    from pydantic import TypeAdapter  # noqa: PLC0415 - only whoever needs it pays for it
    from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError  # noqa: PLC0415 - only whoever needs it pays for it

    try:
        TypeAdapter(annotation)
    except PydanticUndefinedAnnotation:
        return ""  # a forward reference: it may be defined by the time the tool is used
    except (PydanticUserError, TypeError) as error:
        return f"a model can't write a {annotation!r} as JSON ({str(error).splitlines()[0]})"
    return ""


def _is_plain(annotation: object) -> bool:
    origin = typing.get_origin(annotation)
    if origin is typing.Literal or annotation is Any:
        return True
    if origin is Annotated:
        return False
    if origin in (Union, types.UnionType, list, dict, set, frozenset, tuple):
        return all(
            _is_plain(argument) for argument in typing.get_args(annotation) if argument is not Ellipsis
        )
    if not isinstance(annotation, type):
        return False
    kind = cast("type[object]", annotation)
    return (
        kind in SCALARS
        or kind in (list, dict, set, frozenset, tuple, bytes)
        or kind.__module__ in _STANDARD_MODULES
        or issubclass(kind, enum.Enum)
        or dataclasses.is_dataclass(kind)
    )


def build_adapter(
    name: str, signature: Signature, descriptions: Mapping[str, str]
) -> TypeAdapter[dict[str, object]]:
    """Build the validator of a tool's arguments, straight from JSON text to keyword arguments."""
    from typing import NotRequired  # noqa: PLC0415 - only whoever needs it pays for it

    from pydantic import ConfigDict, Field, TypeAdapter, with_config  # noqa: PLC0415 - only whoever needs it pays for it
    from typing_extensions import TypedDict  # noqa: PLC0415 - only whoever needs it pays for it

    fields: dict[str, Any] = {}
    for parameter in signature.parameters:
        annotation: Any = parameter.annotation
        extra: dict[str, Any] = {}
        if not parameter.required and _is_json(parameter.default):
            extra = {"json_schema_extra": {"default": parameter.default}}
        annotation = Annotated[annotation, Field(description=descriptions.get(parameter.name), **extra)]
        fields[parameter.name] = annotation if parameter.required else NotRequired[annotation]
    config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, title=name)
    # A class made at run time: no checker can know its fields.
    arguments = TypedDict(f"{name}_arguments", fields)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
    adapter: TypeAdapter[dict[str, object]] = TypeAdapter(cast("Any", with_config(config)(arguments)))
    return adapter


def _is_json(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_is_json(item) for item in cast("Sequence[object]", value))
    return value is None or (isinstance(value, (str, int, float, bool)) and not isinstance(value, enum.Enum))


def without_titles(schema: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Drop the titles that pydantic adds: they cost tokens and say nothing that the names don't."""
    cleaned: dict[str, JsonValue] = {}
    for key, value in schema.items():
        if key == "title" and isinstance(value, str):
            continue
        if key in ("properties", "$defs") and isinstance(value, dict):
            cleaned[key] = {name: _clean(inner) for name, inner in value.items()}
        elif key in ("default", "enum", "const", "examples"):
            cleaned[key] = value
        else:
            cleaned[key] = _clean(value)
    return cleaned


def _clean(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return without_titles(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value
