"""From a schema as it came to one in a dialect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from executus_core.model.dialect.document import Document, alternatives_of, check_schema
from executus_core.model.dialect.said import describe, say_choices, say_limits
from executus_core.model.dialect.shape import TYPES, Shape, add_parts, read_shape, without_alternatives
from executus_core.model.dialect.union import unite
from executus_core.model.dialect.value import as_mapping, is_list, is_sendable_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core.llm.json import JsonObject, JsonValue
    from executus_core.model.dialect.document import Raw
    from executus_core.model.dialect.table import Dialect

Written = dict[str, "JsonValue"]

MAX_SCHEMAS: Final = 3_000
"""Schemas in what is sent; OpenAI's limit is 5,000 properties."""

MAX_CHARS: Final = 200_000
"""Characters of names, choices and descriptions in what is sent."""

_DEPTHS: Final = (24, 16, 8, 5, 3, 2, 1)
_SHOWN_AGAIN: Final = 2
_SAYS_NOTHING: Final = frozenset({"$ref", "$comment", "$defs", "definitions", "$schema"})
_NOT_IN_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_CONDITIONS: Final = frozenset({"required", "not", "minProperties", "maxProperties", "description", "title"})


class _TooLargeError(Exception):
    """More would be sent than is sensible."""


def loosen(schema: JsonObject, dialect: Dialect) -> JsonObject:
    """Say a schema in a dialect, as closely as the dialect can.

    Whatever satisfies the schema satisfies what comes out: nothing is made narrower. What is no object is not considered,
    since the arguments of a tool are one. A schema that is too large is cut off at the greatest depth at which it fits;
    below, any value is allowed. In the schema of OpenAPI, null is said by ``nullable``, and what may be anything may hold no
    lists within lists.

    Args:
        schema: Any JSON schema. It is not changed, and nothing is fetched for it.
        dialect: Who will read it.

    Raises:
        ConfigError: It is not made of what JSON is made of.
    """
    if check_schema(schema):
        document = Document(as_mapping(schema))
        for depth in _DEPTHS:
            try:
                if depth <= dialect.max_depth:
                    return _Writer(document, dialect).write_root(depth)
            except _TooLargeError:
                continue
    return {"type": "object"} if dialect.is_openapi else {"type": "object", "properties": {}}


class _Writer:
    """Writes one schema, to one depth."""

    def __init__(self, document: Document, dialect: Dialect) -> None:
        self._document = document
        self._dialect = dialect
        self._names: dict[int, str] = {}
        self._shared: list[Raw] = []
        self._schemas_left = MAX_SCHEMAS
        self._chars_left = MAX_CHARS

    def write_root(self, depth: int) -> Written:
        root = self._document.root
        shape = unite(read_shape(root, self._document), self._document, depth)
        shape.types, shape.choices = frozenset({"object"}), None
        written = self._write_typed(shape, shape.types, depth, (root,))
        if not self._dialect.is_openapi:
            written.setdefault("properties", {})
        shared: dict[str, JsonValue] = {}
        while len(shared) < len(self._shared):
            target = self._shared[len(shared)]
            shared[self._names[id(target)]] = self._write_here(target, depth - 1, ())
        used = _find_used(written, shared)
        return {**written, "$defs": {name: shared[name] for name in used}} if used else written

    def _write(
        self, schema: object, depth: int, path: tuple[Raw, ...], *, is_choice: bool = False
    ) -> Written:
        """Write a schema.

        Args:
            schema: The schema.
            depth: How many levels may follow.
            path: The schemas that it stands in.
            is_choice: Whether it is one of several for the same value, so that a reference back would never end.
        """
        self._spend()
        target = self._document.find(schema) if self._dialect.has_references else None
        if target is not None:
            is_inside = any(one is target for one in path)
            if is_choice and any(alternatives_of(part) for part in self._document.parts(target)):
                if is_inside:
                    return {}
            elif is_inside or not as_mapping(schema).keys() - _SAYS_NOTHING:
                return {"$ref": f"#/$defs/{self._name(target, schema)}"}
        written = self._write_here(schema, depth, path)
        if self._dialect.is_openapi and not is_choice and written.get("type") == "null":
            return {**written, "type": "string", "nullable": True}
        return written

    def _write_here(self, schema: object, depth: int, path: tuple[Raw, ...]) -> Written:
        return self._write_parts(Shape(), list(self._document.parts(schema)), depth, path)

    def _write_parts(self, base: Shape, parts: Sequence[Raw], depth: int, path: tuple[Raw, ...]) -> Written:
        shape = add_parts(base, parts)
        again = any(sum(one is part for one in path) >= _SHOWN_AGAIN for part in parts)
        if depth <= 0 or again:
            return self._write_kinds(self._cut_off(shape), 0, path)
        path = (*path, *parts)
        return (
            self._write_choice(shape, depth, path)
            if shape.alternatives
            else self._write_kinds(shape, depth, path)
        )

    def _write_choice(self, shape: Shape, depth: int, path: tuple[Raw, ...]) -> Written:
        """Write alternatives, each with all that holds for every one: some providers read nothing beside ``anyOf``."""
        is_bare = shape.is_bare and shape.types is None
        if not is_bare and all(as_mapping(one).keys() <= _CONDITIONS for one in shape.alternatives):
            shape.unsaid["anyOf"], shape.alternatives = shape.alternatives, []
            return self._write_kinds(shape, depth, path)
        ways: list[Written] = []
        for one in shape.alternatives:
            if is_bare:
                way = self._write(one, depth - 1, path, is_choice=True)
            else:
                self._spend()
                parts = list(self._document.parts(one))
                way = self._write_parts(without_alternatives(shape), parts, depth - 1, path)
            nested = cast("list[Written]", way["anyOf"]) if way.keys() == {"anyOf"} else [way]
            ways.extend(nested)
        return self._as_choice([] if {} in ways else ways, shape, dict(shape.unsaid))

    def _as_choice(self, ways: list[Written], shape: Shape, unsaid: dict[str, object]) -> Written:
        """Put alternatives together, with the notes where the dialect takes them."""
        said = self._describe(shape, unsaid)
        if self._dialect.is_openapi:
            ways, said = [{**said, **way} for way in _with_nullable(ways)], {}
        ways = [way for at, way in enumerate(ways) if way not in ways[:at]]
        if len(ways) == 1:
            return (
                {**ways[0], **said}
                if "$ref" not in ways[0]
                else {"anyOf": [*ways], **said}
                if said
                else ways[0]
            )
        return {"anyOf": [*ways], **said} if ways else said

    def _write_kinds(self, shape: Shape, depth: int, path: tuple[Raw, ...]) -> Written:
        """Write a shape without alternatives, each type for itself where the dialect has one type each."""
        kinds = shape.types or _kinds_of(shape.choices)
        if not self._dialect.is_openapi:
            return self._write_typed(shape, kinds, depth, path)
        each = [kind for kind in TYPES if (kinds is None and kind != "integer") or (kinds and kind in kinds)]
        if len(each) > 1 and "number" in each and "integer" in each:
            each.remove("integer")
        if len(each) == 1:
            return self._write_typed(shape, frozenset(each), depth, path)
        plain = without_alternatives(shape)
        ways = [self._write_typed(plain, frozenset({kind}), depth - 1, path) for kind in each]
        return self._as_choice(ways, shape, dict(shape.unsaid))

    def _cut_off(self, shape: Shape) -> Shape:
        """Give what is left of a shape where no more is written: its types, and what it is, where that has one place."""
        kinds = self._all_kinds(shape)
        has_place = not self._dialect.is_openapi or (kinds is not None and len(kinds - {"null"}) <= 1)
        told = {"title", "description"} if has_place else set[str]()
        return Shape(types=kinds, notes={name: note for name, note in shape.notes.items() if name in told})

    def _all_kinds(self, shape: Shape) -> frozenset[str] | None:
        """Give the types that a shape may have, also by its alternatives; None for any."""
        if shape.types is not None or not shape.alternatives:
            return shape.types or _kinds_of(shape.choices)
        kinds = [read_shape(one, self._document).types for one in shape.alternatives]
        return frozenset[str]().union(*(each or () for each in kinds)) if all(kinds) else None

    def _write_typed(
        self, shape: Shape, kinds: frozenset[str] | None, depth: int, path: tuple[Raw, ...]
    ) -> Written:
        unsaid = dict(shape.unsaid)
        written: Written = {}
        if kinds is not None:
            names: list[JsonValue] = [kind for kind in TYPES if kind in kinds]
            written["type"] = names[0] if len(names) == 1 else names
        choices = say_choices(shape, self._dialect, unsaid)
        if choices and (not self._dialect.is_openapi or kinds == frozenset({"string"})):
            self._spend(sum(len(str(value)) for value in choices))
            written["enum"] = choices
        written |= say_limits(shape, kinds, self._dialect, unsaid)
        if kinds is None or "object" in kinds:
            written |= self._write_object(shape, depth, path, unsaid)
        if kinds is None or "array" in kinds:
            written |= self._write_array(shape, depth, path, is_array=kinds is not None)
        return {**written, **self._describe(shape, unsaid)}

    def _write_object(
        self, shape: Shape, depth: int, path: tuple[Raw, ...], unsaid: dict[str, object]
    ) -> Written:
        properties: dict[str, JsonValue] = {}
        hidden: list[str] = []
        if len(shape.properties) > self._schemas_left:
            raise _TooLargeError
        for name, schemas in shape.properties.items():
            if not (is_sendable_text(name) and self._dialect.property_name.fullmatch(name)):
                hidden.append(name)
                continue
            self._spend(len(name))
            properties[name] = self._write(_all_of(schemas), depth - 1, path)
        required: list[JsonValue] = [name for name in shape.required if name in properties]
        if missing := [name for name in shape.required if name not in properties]:
            unsaid["required"] = missing
        if optional := [name for name in hidden if name not in missing]:
            unsaid["properties"] = optional
        written: Written = {"properties": properties} if properties else {}
        if required:
            written["required"] = required
        return written | self._write_others(shape, depth, path, unsaid, is_open=bool(hidden))

    def _write_others(
        self, shape: Shape, depth: int, path: tuple[Raw, ...], unsaid: dict[str, object], *, is_open: bool
    ) -> Written:
        """Write what other properties must satisfy, unless some that have a schema of their own are among them now."""
        if is_open or not (shape.is_closed or shape.others):
            return {}
        if "additionalProperties" not in self._dialect.keywords:
            if shape.others and not shape.is_closed:
                unsaid["additionalProperties"] = shape.others[0]
            return {}
        if shape.is_closed:
            return {"additionalProperties": False}
        others = self._write(_all_of(shape.others), depth - 1, path)
        return {"additionalProperties": others} if others else {}

    def _write_array(self, shape: Shape, depth: int, path: tuple[Raw, ...], *, is_array: bool) -> Written:
        """Write one schema for all items: no dialect is sure to count them."""
        most = shape.limits.get("maxItems")
        schemas: list[object] = list(shape.first)
        if not schemas or not isinstance(most, int) or most > len(schemas):
            schemas.append(_all_of(shape.items))
        schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        if self._dialect.is_openapi and (schema == {} or depth <= 0):
            return {
                "items": {"anyOf": [{"type": kind} for kind in ("string", "number", "boolean", "object")]}
            }
        if schema == {} or (depth <= 0 and not is_array):
            return {"items": {}} if is_array else {}
        return {"items": self._write(schema, depth - 1, path)}

    def _describe(self, shape: Shape, unsaid: dict[str, object]) -> Written:
        said = describe(shape, self._dialect, unsaid)
        self._spend(len(str(said.get("description", ""))))
        return said

    def _name(self, target: Raw, schema: object) -> str:
        """Name a shared schema, for all that refer to it."""
        if id(target) not in self._names:
            last = str(as_mapping(schema).get("$ref", "")).rsplit("/", 1)[-1]
            stem = name = _NOT_IN_NAME.sub("_", last)[:60].strip("_") or "shared"
            number = 1
            while name in self._names.values():
                number += 1
                name = f"{stem}_{number}"
            self._names[id(target)] = name
            self._shared.append(target)
        return self._names[id(target)]

    def _spend(self, chars: int = 0) -> None:
        self._schemas_left -= not chars
        self._chars_left -= chars
        if self._schemas_left < 0 or self._chars_left < 0:
            raise _TooLargeError


def _find_used(written: JsonValue, shared: Mapping[str, JsonValue]) -> list[str]:
    """Find the shared schemas that something refers to, in the order in which it does."""
    used: list[str] = []
    waiting = [written]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            reference = value.get("$ref")
            name = reference.removeprefix("#/$defs/") if isinstance(reference, str) else ""
            if name in shared and name not in used:
                used.append(name)
                waiting.append(shared[name])
            waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
    return used


def _all_of(schemas: Sequence[object]) -> object:
    """Give one schema for several that all hold."""
    return schemas[0] if len(schemas) == 1 else {"allOf": schemas} if schemas else {}


def _kinds_of(choices: Sequence[JsonValue] | None) -> frozenset[str] | None:
    """Give the types of values."""
    if not choices:
        return None
    return frozenset(_kind_of(choice) for choice in choices)


def _kind_of(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "boolean"
    for kind, name in ((int, "integer"), (float, "number"), (str, "string"), (type(None), "null")):
        if isinstance(value, kind):
            return name
    return "array" if is_list(value) else "object"


def _with_nullable(ways: Sequence[Written]) -> list[Written]:
    """Say null as OpenAPI 3.0 does: no type of its own, but a mark at the others."""
    others = [way for way in ways if way.get("type") != "null"]
    if len(others) == len(ways):
        return others
    return [{**way, "nullable": True} for way in others] or [{"type": "null"}]
