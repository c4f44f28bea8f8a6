"""What a schema says, read out of every spelling from draft 4 to 2020-12 and OpenAPI 3.0.

Reading only ever widens: whatever satisfies the schema satisfies the shape. Where two parts of an ``allOf`` can't be said as
one, the first is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from attrs import define, evolve, field

from executus_core.model.dialect.document import alternatives_of
from executus_core.model.dialect.value import (
    UnsayableError,
    as_list,
    as_mapping,
    copy_value,
    is_list,
    is_number,
    short_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from executus_core.llm.json import JsonValue
    from executus_core.model.dialect.document import Document, Raw

TYPES: Final = ("string", "integer", "number", "boolean", "object", "array", "null")

_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_NUMERIC: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_NOT_SAID: Final = (
    *("not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies"),
    *("contains", "minContains", "maxContains", "propertyNames", "patternProperties", "contentEncoding"),
)
"""What no dialect says; it is told in words where it is short."""


def _dict() -> dict[str, object]:
    return {}


def _objects() -> list[object]:
    return []


@define(eq=False)
class Shape:
    """What a schema says of a value, each thing in one place.

    Schemas inside it are kept as they came, as lists of schemas that must all hold.

    Attributes:
        types: The types that it may have; None for any.
        choices: The values that it may have; None for any.
        limits: Numbers, lengths, pattern and format.
        properties: Schemas by property.
        required: Properties that it must have, in order.
        others: What its other properties must satisfy.
        is_closed: Whether it may have no other property.
        first: Schemas of the first items, by position.
        items: What the items after those must satisfy.
        alternatives: Schemas of which it must satisfy one.
        notes: Title, description, default and examples.
        unsaid: What else it says, as it came.
    """

    types: frozenset[str] | None = None
    choices: list[JsonValue] | None = None
    limits: dict[str, JsonValue] = field(factory=cast("Callable[[], dict[str, JsonValue]]", dict))
    properties: dict[str, list[object]] = field(factory=cast("Callable[[], dict[str, list[object]]]", dict))
    required: dict[str, None] = field(factory=cast("Callable[[], dict[str, None]]", dict))
    others: list[object] = field(factory=_objects)
    is_closed: bool = False
    first: list[object] = field(factory=_objects)
    items: list[object] = field(factory=_objects)
    alternatives: list[object] = field(factory=_objects)
    notes: dict[str, JsonValue] = field(factory=cast("Callable[[], dict[str, JsonValue]]", dict))
    unsaid: dict[str, object] = field(factory=_dict)

    def may_be(self, kind: str) -> bool:
        """Tell whether the value may have a type."""
        return self.types is None or kind in self.types

    @property
    def is_bare(self) -> bool:
        """Whether it says nothing of a value beside its alternatives and its type."""
        said = (self.properties, self.required, self.others, self.first, self.items, self.limits)
        return self.choices is None and not self.is_closed and not any(said)


def read_shape(schema: object, document: Document) -> Shape:
    """Read a schema and all that it refers to."""
    return add_parts(Shape(), document.parts(schema))


def without_alternatives(shape: Shape) -> Shape:
    """Copy what a shape says beside its alternatives and notes, so that one alternative can be added."""
    return evolve(
        shape,
        limits=dict(shape.limits),
        properties={name: list(schemas) for name, schemas in shape.properties.items()},
        required=dict(shape.required),
        others=list(shape.others),
        items=list(shape.items),
        alternatives=[],
        notes={},
        unsaid={},
    )


def add_parts(shape: Shape, parts: Iterable[Raw]) -> Shape:
    """Read parts that all hold into one shape."""
    for part in parts:
        _add_types(shape, part)
        _add_choices(shape, part)
        _add_limits(shape, part)
        _add_object(shape, part)
        _add_array(shape, part)
        _add_notes(shape, part)
        alternatives = alternatives_of(part)
        if len(alternatives) > 1:
            if shape.alternatives:
                shape.unsaid.setdefault("anyOf", alternatives)
            else:
                shape.alternatives = alternatives
        for name in _NOT_SAID:
            if name in part:
                shape.unsaid.setdefault(name, part[name])
    return shape


def _add_types(shape: Shape, part: Raw) -> None:
    given = part.get("type")
    names = as_list(given) if is_list(given) else [given]
    found = {name.lower() for name in names if isinstance(name, str)}
    if not found or not found <= {*TYPES}:  # "any", or a schema in place of a type, as in draft 3
        return
    if part.get("nullable") is True:
        found.add("null")
    if shape.types is None:
        shape.types = frozenset(found)
        return
    both = found & shape.types
    if ("integer" in found and "number" in shape.types) or ("integer" in shape.types and "number" in found):
        both.add("integer")
    shape.types = frozenset(both) or shape.types


def _add_choices(shape: Shape, part: Raw) -> None:
    if shape.choices is not None or not ("const" in part or as_list(part.get("enum"))):
        return
    values = [part["const"]] if "const" in part else as_list(part["enum"])
    try:
        choices = [copy_value(value) for value in values]
    except UnsayableError:
        shape.unsaid.setdefault("enum", values)
        return
    if part.get("nullable") is True and None not in choices:
        choices.append(None)
    shape.choices = choices


def _add_limits(shape: Shape, part: Raw) -> None:
    given = dict(part)
    for kind, inclusive in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if given.get(kind) is True:  # draft 4
            given[kind] = given.pop(inclusive, None)
    for name in (*_LOWER, *_UPPER):
        value = given.get(name)
        if not is_number(value) or (name not in _NUMERIC and not _is_count(value)):
            continue
        number = cast("float", value) if name in _NUMERIC else int(cast("float", value))
        present = cast("float | None", shape.limits.get(name))
        tighter = max if name in _LOWER else min
        shape.limits[name] = number if present is None else tighter(present, number)
    step = given.get("multipleOf")
    if is_number(step) and cast("float", step) > 0:
        shape.limits.setdefault("multipleOf", cast("float", step))
    for name in ("pattern", "format"):
        if isinstance(text := given.get(name), str) and text:
            shape.limits.setdefault(name, text)
    if given.get("uniqueItems") is True:
        shape.limits["uniqueItems"] = True


def _is_count(value: object) -> bool:
    number = cast("float", value)
    return number >= 0 and number == int(number)


def _add_object(shape: Shape, part: Raw) -> None:
    for name, schema in as_mapping(part.get("properties")).items():
        if schema is not False:
            shape.properties.setdefault(name, []).append(schema)
    shape.required |= {name: None for name in as_list(part.get("required")) if isinstance(name, str)}
    others = part.get("additionalProperties")
    by_pattern = [one for one in as_mapping(part.get("patternProperties")).values() if one is not False]
    if others is False and not by_pattern:
        shape.is_closed = True
    elif others is False or as_mapping(others):
        shape.others.append({"anyOf": [*by_pattern, others]} if by_pattern else others)


def _add_array(shape: Shape, part: Raw) -> None:
    items = part.get("items")
    if is_list(items):  # before 2020-12
        first, rest = as_list(items), part.get("additionalItems")
    else:
        first, rest = as_list(part.get("prefixItems")), items
    if first and shape.first:
        return  # two tuples: the later one is dropped whole, since its items are counted otherwise
    shape.first = list(first) or shape.first
    if rest is False:
        present = shape.limits.get("maxItems")
        shape.limits["maxItems"] = (
            min(len(first), cast("int", present)) if present is not None else len(first)
        )
    elif as_mapping(rest):
        shape.items.append(rest)


def _add_notes(shape: Shape, part: Raw) -> None:
    for name in ("title", "description"):
        text = part.get(name)
        if isinstance(text, str) and text.strip():
            shape.notes.setdefault(name, text)
    examples = part.get("examples", [part["example"]] if "example" in part else [])
    for name, value in (("default", part.get("default")), ("examples", as_list(examples))):
        if (name in part or value) and short_json(value, 200):
            shape.notes.setdefault(name, copy_value(value))
