"""A tool's arguments as pydantic validates them, and as models read about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from attrs import frozen
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import SchemaValidator
from typing_extensions import override

from executus_core.schema.docs import read_docstring
from executus_core.schema.parameter import Parameter
from executus_core.schema.records import read_doc
from executus_core.schema.tighten import Tightener

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core.core_schema import CoreSchema, DataclassSchema, TypedDictSchema

    from executus_core.llm.json import JsonObject, JsonValue


class UnfitTypeError(TypeError):
    """No model can write a value of a type as JSON."""


@frozen
class ArgumentSchema:
    """How a tool's arguments are validated and described.

    Attributes:
        core: Pydantic's own schema.
    """

    core: dict[str, object]

    @classmethod
    def build(
        cls, name: str, parameters: Iterable[Parameter], descriptions: Mapping[str, str]
    ) -> ArgumentSchema:
        """Build it of what a function takes.

        Args:
            name: The tool's name.
            parameters: What it takes.
            descriptions: What its docstring says of them.

        Raises:
            UnfitTypeError: A model can't write one of the types.
        """
        tightener = Tightener()
        core = tightener.build(name, parameters, descriptions)
        if tightener.problems:
            raise UnfitTypeError("; ".join(dict.fromkeys(tightener.problems)))
        return cls(core)

    def build_validator(self) -> SchemaValidator:
        """Build the validator, straight from JSON text to keyword arguments."""
        return SchemaValidator(cast("CoreSchema", self.core))

    def build_json(self) -> JsonObject:
        """Build the JSON schema, without what costs tokens and says nothing."""
        return {"type": "object", "properties": {}, **self.describe()}

    def describe(self) -> JsonObject:
        """Build the JSON schema of what may be no object."""
        return _tidy(cast("JsonObject", _JsonSchema().generate(cast("CoreSchema", self.core))))

    @property
    def may_hold_floats(self) -> bool:
        """Whether a number may become one that is not finite: only where floats are taken, or what is not known here."""
        return not _kinds_in(self.core) <= _WITHOUT_FLOATS

    def take_out(self, name: str) -> ArgumentSchema:
        """Give the schema of one argument's value, on its own."""
        whole = cast("dict[str, dict[str, object]]", self.core)
        has_definitions = self.core["type"] == "definitions"
        held = cast("dict[str, dict[str, object]]", whole["schema"] if has_definitions else whole)
        inner = cast("dict[str, object]", cast("dict[str, object]", held["fields"][name])["schema"])
        return ArgumentSchema({**self.core, "schema": inner} if has_definitions else inner)


_WITHOUT_FLOATS: Final = frozenset(
    {
        *(
            "str",
            "int",
            "bool",
            "bytes",
            "none",
            "decimal",
            "uuid",
            "date",
            "time",
            "datetime",
            "literal",
            "enum",
        ),
        *("list", "dict", "tuple", "set", "frozenset", "nullable", "union", "tagged-union", "default"),
        *("model", "model-fields", "model-field", "dataclass", "dataclass-args", "dataclass-field"),
        *("typed-dict", "typed-dict-field", "definitions", "definition-ref"),
    }
)
"""Kinds of pydantic's schemas in which no float can hide."""


def _kinds_in(core: object) -> set[str]:
    """Find the kinds of all schemas inside of a schema."""
    kinds: set[str] = set()
    waiting = [core]
    while waiting:
        held = waiting.pop()
        if isinstance(held, dict):
            node = cast("dict[str, object]", held)
            kind = node.get("type")
            if isinstance(kind, str):
                kinds.add(kind)
            if "allow" in (node.get("extra_behavior"), node.get("extra_fields_behavior")):
                kinds.add("any")
            waiting += [value for name, value in node.items() if name not in _NO_SCHEMAS]
        elif isinstance(held, (list, tuple)):
            waiting += cast("list[object]", held)
    return kinds


_NO_SCHEMAS: Final = frozenset({"metadata", "serialization", "expected", "members"})


class _JsonSchema(GenerateJsonSchema):
    """Describes typed dictionaries and dataclasses by their docstrings, as later versions of pydantic do by themselves."""

    @override
    def typed_dict_schema(self, schema: TypedDictSchema) -> JsonSchemaValue:
        """Describe a typed dictionary."""
        return _described(super().typed_dict_schema(schema), schema.get("cls", object))

    @override
    def dataclass_schema(self, schema: DataclassSchema) -> JsonSchemaValue:
        """Describe a dataclass."""
        return _described(super().dataclass_schema(schema), schema["cls"])


def _described(schema: JsonSchemaValue, kind: type[object]) -> JsonSchemaValue:
    if kind is not object and (doc := read_doc(kind)):
        schema.setdefault("description", doc)
    return schema


def check_type(annotation: object) -> None:
    """Check that a model can write values of a type.

    Raises:
        UnfitTypeError: It can't.
        PydanticUserError: It can't, in pydantic's words.
    """
    schema = ArgumentSchema.build("check", [Parameter("value", annotation, required=True)], {})
    schema.build_validator()
    schema.build_json()


def _tidy(schema: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Drop the titles that pydantic adds, and give each field what the docstring of its class says of it.

    A set may be written with an item twice, so the schema does not forbid what the validator takes.
    """
    tidied: dict[str, JsonValue] = {}
    for key, value in schema.items():
        if (key == "title" and isinstance(value, str)) or (key == "uniqueItems" and value is True):
            continue
        if key in ("properties", "$defs") and isinstance(value, dict):
            tidied[key] = {name: _tidy_any(inner) for name, inner in value.items()}
        elif key in ("default", "enum", "const", "examples"):
            tidied[key] = value
        else:
            tidied[key] = _tidy_any(value)
    _spread_description(tidied)
    return tidied


def _tidy_any(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _tidy(value)
    if isinstance(value, list):
        return [_tidy_any(item) for item in value]
    return value


def _spread_description(schema: dict[str, JsonValue]) -> None:
    """Take the docstring of a class apart: what it says of its fields goes to them."""
    description, properties = schema.get("description"), schema.get("properties")
    if not isinstance(description, str) or not isinstance(properties, dict):
        return
    docs = read_docstring(description)
    for name, words in docs.parameters.items():
        if isinstance(held := properties.get(name), dict):
            held.setdefault("description", words)
    schema["description"] = docs.description or description
