"""What the real servers refuse of a tool's schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from executus_core.testing.wire.dialect import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from executus_core.llm.json import JsonObject, JsonValue

__all__ = [
    "check_anthropic_schema",
    "check_ollama_schema",
    "check_openai_schema",
    "check_strict_schema",
]

Found: TypeAlias = "Iterator[str]"

_TYPES: Final = frozenset({"string", "integer", "number", "boolean", "object", "array", "null"})
_COMBINED: Final = ("anyOf", "oneOf", "allOf")
_FORMATS: Final = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
)
_COUNTS: Final = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_STRICT: Final = frozenset(
    {
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "anyOf",
        "enum",
        "description",
        "$ref",
    }
)


def check_openai_schema(schema: JsonObject, name: str, about: str) -> None:
    """Check what OpenAI checks of the parameters of a function.

    Raises:
        RefusedError: It would refuse them.
    """
    if schema and (schema.get("type") != "object" or {*_COMBINED, "enum", "not"} & schema.keys()):
        says = "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level"
    else:
        says = next((found for _, node in _walk(schema) for found in _openai(node, schema)), "")
    if says:
        raise RefusedError(400, f"Invalid schema for function '{name}': {says}.", about=about)


def check_strict_schema(schema: JsonObject, name: str, about: str) -> None:
    """Check what OpenAI checks beside that in strict mode.

    Raises:
        RefusedError: It would refuse them.
    """
    for place, node in _walk(schema):
        for says in _strict(node, is_root=not place):
            context = f"In context=({place}), {says}"
            raise RefusedError(400, f"Invalid schema for function '{name}': {context}.", about=about)


def check_anthropic_schema(schema: JsonObject, about: str) -> None:
    """Check what Anthropic checks of an input schema.

    Raises:
        RefusedError: It would refuse it.
    """
    says = next((found for _, node in _walk(schema) for found in _well_formed(node, schema)), "")
    if {*_COMBINED} & schema.keys():
        says = "input_schema does not support oneOf, allOf, or anyOf at the top level"
    elif says:
        says = f"JSON schema is invalid. It must match JSON Schema draft 2020-12: {says}"
    elif not all(
        re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", key) for _, node in _walk(schema) for key in _named(node)
    ):
        says = "properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'"
    if says:
        raise RefusedError(400, f"{about}: {says}")


def check_ollama_schema(schema: JsonObject) -> None:
    """Check that a schema fits into the fields that Ollama has for it.

    Raises:
        RefusedError: It does not.
    """
    kinds: dict[str, Callable[[object], bool]] = {
        "type": lambda value: isinstance(value, str) or _is_texts(value),
        "description": lambda value: isinstance(value, str),
        "enum": lambda value: isinstance(value, list),
        "required": _is_texts,
        "properties": lambda value: isinstance(value, dict) and all(isinstance(one, dict) for one in value.values()),  # pyright: ignore[reportUnknownVariableType]  # any JSON
        "anyOf": lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),  # pyright: ignore[reportUnknownVariableType]  # any JSON
    }  # fmt: skip
    for _, node in _walk(schema):
        for name, fits in kinds.items():
            if isinstance(node, dict) and name in node and not fits(node[name]):
                place = f"ToolProperty.{name}"
                raise RefusedError(
                    400, f"json: cannot unmarshal {node[name]!r:.40} into Go struct field {place}"
                )


def _walk(schema: JsonValue, place: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Give every schema inside a schema."""
    waiting: list[tuple[str, JsonValue]] = [(place, schema)]
    while waiting:
        place, node = waiting.pop()
        yield place, node
        if not isinstance(node, Mapping):
            continue
        for name in ("properties", "$defs"):
            held = node.get(name)
            if isinstance(held, Mapping):
                waiting.extend((f"{place}{name}.{key}.", one) for key, one in held.items())
        for name in (*_COMBINED, "prefixItems"):
            listed = node.get(name)
            if isinstance(listed, list):
                waiting.extend((f"{place}{name}.{at}.", one) for at, one in enumerate(listed))
        waiting.extend(
            (f"{place}{name}.", node[name])
            for name in ("items", "additionalProperties", "not")
            if name in node
        )


def _named(node: JsonValue) -> list[str]:
    properties = node.get("properties") if isinstance(node, Mapping) else None
    return list(properties) if isinstance(properties, Mapping) else []


def _well_formed(node: JsonValue, root: JsonObject) -> Found:
    """Say what is no JSON Schema of draft 2020-12."""
    if isinstance(node, bool):
        return
    if not isinstance(node, Mapping):
        yield f"{node!r:.40} is not of type 'object', 'boolean'"
        return
    kinds = node.get("type", [])
    if not all(kind in _TYPES for kind in (kinds if isinstance(kinds, list) else [kinds])):
        yield f"{kinds!r:.40} is not valid under any of the given schemas"
    yield from _structured(node)
    yield from _reachable(node, root)
    yield from _compiling(node)
    if not all(
        isinstance(node.get(name, ""), str) for name in ("description", "title", "format", "pattern", "$ref")
    ):
        yield "a text is not of type 'string'"
    for name in _COUNTS:
        count = node.get(name, 0)
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            yield f"{count!r:.40} is not a count"


def _structured(node: Mapping[str, JsonValue]) -> Found:
    for name in ("properties", "$defs"):
        if not isinstance(node.get(name, {}), Mapping):
            yield f"{node[name]!r:.40} is not of type 'object'"
    for name in (*_COMBINED, "enum"):
        if name in node and not (isinstance(node[name], list) and node[name]):
            yield f"{node[name]!r:.40} is not of type 'array', or empty"
    if not _is_texts(node.get("required", [])):
        yield f"{node['required']!r:.40} is not of type 'array'"


def _reachable(node: Mapping[str, JsonValue], root: JsonObject) -> Found:
    reference = node.get("$ref")
    if isinstance(reference, str):
        value: JsonValue = root
        for step in reference.removeprefix("#").split("/")[1:]:
            value = value.get(step) if isinstance(value, Mapping) else None
        if not reference.startswith("#") or value is None:
            yield f"reference to component '{reference}' which was not found in the schema"


def _compiling(node: Mapping[str, JsonValue]) -> Found:
    try:
        re.compile(str(node.get("pattern", "")))
    except re.error:
        yield f"'{node['pattern']}' is not a 'regex'"


def _openai(node: JsonValue, root: JsonObject) -> Found:
    yield from _well_formed(node, root)
    if isinstance(node, Mapping):
        kinds = node.get("type", [])
        if "array" in (kinds if isinstance(kinds, list) else [kinds]) and "items" not in node:
            yield "array schema missing items"
        if "format" in node and node["format"] not in _FORMATS:
            yield f"'{node['format']}' is not a valid format"


def _strict(node: JsonValue, *, is_root: bool) -> Found:
    if not isinstance(node, Mapping):
        if node is not False:
            yield "schema must have a 'type' key"
        return
    if unknown := node.keys() - _STRICT - ({"$defs"} if is_root else set()):
        yield f"'{min(unknown)}' is not permitted"
    if not {"type", "$ref", "anyOf"} & node.keys():
        yield "schema must have a 'type' key"
    if "$ref" in node and len(node) > 1:
        yield "$ref cannot have keywords"
    if "properties" in node or "object" in str(node.get("type")):
        if node.get("additionalProperties") is not False:
            yield "'additionalProperties' is required to be supplied and to be false"
        if sorted(_named(node)) != sorted(cast("list[str]", node.get("required", []))):
            yield "'required' is required to be supplied and to be an array including every key in properties"


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in cast("list[object]", value))
