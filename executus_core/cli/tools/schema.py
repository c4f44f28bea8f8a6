"""A tool's arguments as a person reads them, from the JSON schema that the model reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.json import JsonObject, JsonValue

_PLURALS: Final = {
    "string": "strings",
    "integer": "integers",
    "number": "numbers",
    "boolean": "booleans",
    "object": "objects",
}
_BOUNDS: Final = (
    ("minimum", "at least {}"),
    ("exclusiveMinimum", "more than {}"),
    ("maximum", "at most {}"),
    ("exclusiveMaximum", "less than {}"),
    ("multipleOf", "a multiple of {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("pattern", "matching {}"),
)


@frozen
class Argument:
    """One argument.

    Attributes:
        name: Its name.
        type: What it is, in words.
        is_required: Whether a call must give it.
        default: What holds where a call does not give it, as JSON; "" when that is not known.
        description: What the tool says of it.
    """

    name: str
    type: str
    is_required: bool
    default: str
    description: str


def describe_arguments(schema: JsonObject) -> list[Argument]:
    """Describe the arguments of a JSON schema of type object, in its order."""
    properties = cast("Mapping[str, JsonObject]", schema.get("properties", {}))
    required = cast("list[str]", schema.get("required", []))
    shared = cast("Mapping[str, JsonObject]", schema.get("$defs", {}))
    return [
        Argument(
            name,
            describe_type(held, shared),
            name in required,
            json.dumps(held["default"], ensure_ascii=False) if "default" in held else "",
            str(held.get("description", "")),
        )
        for name, held in properties.items()
    ]


def describe_type(schema: JsonObject, shared: Mapping[str, JsonObject]) -> str:
    """Say in words what a JSON schema allows; what it says beyond that is left to the schema itself.

    Args:
        schema: The schema.
        shared: Its ``$defs``.
    """
    return _describe(schema, shared, ())


def _describe(schema: JsonObject, shared: Mapping[str, JsonObject], inside: tuple[str, ...]) -> str:
    if name := str(schema.get("$ref", "")).removeprefix("#/$defs/"):
        return (
            name if name in inside or name not in shared else _describe(shared[name], shared, (*inside, name))
        )
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if isinstance(choices := schema.get("enum"), list):
        return " or ".join(json.dumps(choice, ensure_ascii=False) for choice in choices)
    for key in ("anyOf", "oneOf"):
        if isinstance(options := schema.get(key), list):
            said = [_describe(cast("JsonObject", option), shared, inside) for option in options]
            return " or ".join(dict.fromkeys(said))
    return _describe_plain(schema, shared, inside)


def _describe_plain(schema: JsonObject, shared: Mapping[str, JsonObject], inside: tuple[str, ...]) -> str:
    match schema.get("type"):
        case "array":
            items = _describe(cast("JsonObject", schema.get("items") or {}), shared, inside)
            said = f"list of {_PLURALS.get(items, items)}" if items != "anything" else "list"
        case "object" if isinstance(fields := schema.get("properties"), dict):
            said = f"object with {_describe_fields(schema, fields, shared, inside)}"
        case "object" if isinstance(values := schema.get("additionalProperties"), dict):
            values_said = _describe(values, shared, inside)
            said = f"object of {_PLURALS.get(values_said, values_said)}"
        case list() as types:
            said = " or ".join(map(str, types))
        case str() as plain:
            said = f"{plain} ({schema['format']})" if "format" in schema else plain
        case _:
            said = "anything"
    bounds = [_describe_bound(form, schema[key]) for key, form in _BOUNDS if key in schema]
    return ", ".join([said, *bounds])


def _describe_bound(form: str, bound: JsonValue) -> str:
    said = form.format(bound)
    return said.removesuffix("s") if bound == 1 else said


def _describe_fields(
    schema: JsonObject,
    fields: Mapping[str, JsonValue],
    shared: Mapping[str, JsonObject],
    inside: tuple[str, ...],
) -> str:
    required = cast("list[str]", schema.get("required", []))
    said = [
        f"{name}{'' if name in required else '?'} ({_describe(cast('JsonObject', held), shared, inside)})"
        for name, held in fields.items()
    ]
    return ", ".join(said) or "no fields"
