"""Values of Python types, as pydantic reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, cast

from attrs import frozen
from pydantic import ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import SchemaError

from executus_core.errors import ConfigError
from executus_core.schema.arguments import ArgumentSchema, UnfitTypeError
from executus_core.schema.parameter import Parameter
from executus_core.schema.parse import parse_strict
from executus_core.schema.problems import cut, list_problems
from executus_core.schema.value import HELD, UnfitValueError

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.llm.json import JsonObject


@frozen
class TypedValue:
    """A value of a Python type.

    Attributes:
        name: What the type is called.
        json: The JSON schema of what the model is to write.
        bare: The JSON schema of the value itself.
        is_wrapped: Whether it only holds the value.
    """

    name: str
    json: JsonObject
    bare: JsonObject
    is_wrapped: bool
    _read_bare: Callable[..., object]
    _read_held: Callable[..., object]
    _may_hold_floats: bool

    @classmethod
    def build(cls, form: object) -> Self:
        """Build it of a type or a type form.

        Raises:
            ConfigError: No model can write such a value as JSON.
        """
        name = _name_of(form)
        try:
            held = ArgumentSchema.build("answer", [Parameter(HELD, form, required=True)], {})
            alone = held.take_out(HELD)
            bare = _at_root(alone.describe())
            is_wrapped = bare.get("type") != "object"
            json = held.build_json() if is_wrapped else {"title": name, **bare}
            read_bare, read_held = alone.build_validator().validate_json, held.build_validator().validate_json
        except (
            UnfitTypeError,
            PydanticUserError,
            SchemaError,
            TypeError,
            NameError,
            RecursionError,
        ) as error:
            said = _say(error)
            raise ConfigError(f"no model can write a value of {name} as JSON: {said}") from error
        return cls(name, json, bare, is_wrapped, read_bare, read_held, alone.may_hold_floats)

    def read(self, text: str) -> object:
        """Read a JSON text, strictly: no coercion between types, no duplicate or non-finite values.

        Raises:
            UnfitValueError: It is no JSON, or not of the type.
        """
        try:
            value = self._read_held_or_bare(text) if self.is_wrapped else self._read_bare(text, strict=True)
            parse_strict(text, may_hold_floats=self._may_hold_floats)
        except (ValueError, RecursionError) as error:
            raise _explain(error) from error
        return value

    def _read_held_or_bare(self, text: str) -> object:
        """Read the value out of the object that holds it; one that stands alone is taken too."""
        try:
            return cast("dict[str, object]", self._read_held(text, strict=True))[HELD]
        except ValidationError as error:
            try:
                return self._read_bare(text, strict=True)
            except ValidationError as about_bare:
                is_object = bool(error.errors(include_url=False)[0]["loc"])
                raise error if is_object else about_bare from None


def _name_of(form: object) -> str:
    if isinstance(form, type) and type(form) is not type(list[int]):
        return form.__name__
    return cut(repr(form).replace("typing.", ""))


def _say(error: Exception) -> str:
    if getattr(error, "code", "") == "class-not-fully-defined" or isinstance(error, NameError):
        return "a name in its annotations is not defined where it stands; define it first, and at run time"
    return str(error).partition("\n")[0] or type(error).__name__


def _at_root(schema: JsonObject) -> JsonObject:
    """Put the schema that a recursive type refers to at the root, where providers want an object."""
    reference, definitions = schema.get("$ref"), schema.get("$defs")
    if isinstance(reference, str) and isinstance(definitions, dict):
        target = definitions.get(reference.removeprefix("#/$defs/"))
        if isinstance(target, dict):
            return {**target, "$defs": definitions}
    return schema


def _explain(error: ValueError | RecursionError) -> UnfitValueError:
    if isinstance(error, RecursionError):
        return UnfitValueError(["nested too deeply"], is_json=True)
    problems = list_problems(error, "field")
    is_json = isinstance(error, ValidationError) and not problems[0].startswith("not valid JSON")
    if not isinstance(error, (ValidationError, UnicodeError)):
        problems = [f"not valid JSON: {problem}" for problem in problems]
    return UnfitValueError(problems, is_json=is_json)
