"""Schemas at random, of every keyword of every draft, and values that stand a chance of satisfying them."""

from __future__ import annotations

import random

NAMES = ("a", "b", "c", "filter[x]", "-d", "__proto__")
SCALARS = (None, True, False, 0, 1, 2, 5, -1, 1.5, "", "a", "ab", "b@c", "2020-01-01")
TYPES = ("string", "integer", "number", "boolean", "object", "array", "null")
REFERENCES = (
    *("#", "#/$defs/one", "#/$defs/two", "#/$defs/three", "#/definitions/one", "#/properties/a"),
    *("#/$defs/none", "https://example.org/x.json", "#anchor"),
)


IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "$ref")


def find_target(root, reference):
    """Follow a pointer into a schema."""
    value = root if reference.startswith("#") else None
    for step in reference[1:].split("/")[1:]:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def is_grounded(root) -> bool:
    """Tell whether no schema asks for itself of the same value, which no validator comes back from."""

    def asked(node):
        for name in IN_PLACE:
            one = node.get(name)
            if name == "$ref" and one:
                yield find_target(root, one)
            else:
                yield from (
                    one
                    if isinstance(one, list)
                    else one.values()
                    if name == "dependentSchemas" and one
                    else [one]
                )

    def ends(node, path) -> bool:
        if not isinstance(node, dict):
            return True
        return not any(one is node for one in path) and all(ends(one, [*path, node]) for one in asked(node))

    return all(ends(node, []) for node in walk(root))


def walk(value):
    """Give every value inside a value."""
    yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from walk(one)


def without_nullable(schema):
    """Say null as JSON Schema does, where OpenAPI marks it."""
    if isinstance(schema, list):
        return [without_nullable(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    said = {name: without_nullable(one) for name, one in schema.items() if name != "nullable"}
    return {"anyOf": [said, {"type": "null"}]} if schema.get("nullable") is True else said


def has_odd_lists(value) -> bool:
    """Tell whether lists hold lists or nothing, which Gemini's dialect can't say of what may be anything."""
    return any(
        isinstance(one, list) and any(isinstance(item, list | None) for item in one) for one in walk(value)
    )


class Maker:
    """Makes schemas and values from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._is_old = self._random.random() < 0.2

    def schema(self) -> dict[str, object]:
        """Make a whole schema."""
        one = self._random
        made = {"type": "object", **self._object(3)} if one.random() < 0.6 else self._composed(3)
        if one.random() < 0.3:
            made |= self._composed(2)
        made["$defs"] = {name: self._sub(2) for name in ("one", "two", "three") if one.random() < 0.8}
        made["definitions"] = {"one": self._sub(2)}
        if self._is_old:
            made["$schema"] = f"http://json-schema.org/draft-0{one.choice('67')}/schema#"
        return made

    def value(self, schema: object, depth: int = 4) -> object:
        """Make a value that has something to do with a schema."""
        one = self._random
        if not isinstance(schema, dict) or depth <= 0 or one.random() < 0.1:
            return self._value(2)
        for name in ("anyOf", "oneOf", "allOf"):
            if schema.get(name) and one.random() < 0.5:
                return self.value(one.choice(schema[name]), depth - 1)
        if "enum" in schema or "const" in schema:
            return one.choice(schema.get("enum", [schema.get("const")]))
        kind = schema.get(
            "type",
            "object" if "properties" in schema else "array" if "items" in schema else one.choice(TYPES),
        )
        kind = one.choice(kind) if isinstance(kind, list) else kind
        if kind == "object":
            return self.object(schema, depth)
        if kind == "array":
            items = schema.get("items")
            first = schema.get("prefixItems", items if isinstance(items, list) else [])
            return [self.value(each, depth - 1) for each in [*first, *[items] * one.randint(0, 2)]]
        return self._scalar(kind)

    def object(self, schema: dict[str, object], depth: int = 4) -> dict[str, object]:
        """Make an object that has something to do with a schema."""
        one = self._random
        made: dict[str, object] = {}
        for part in (
            schema,
            *[
                each
                for each in (*schema.get("anyOf", ()), *schema.get("allOf", ()), *schema.get("oneOf", ()))
                if isinstance(each, dict)
            ],
        ):
            for name, inner in part.get("properties", {}).items():
                if name in part.get("required", ()) or one.random() < 0.5:
                    made[name] = self.value(inner, depth - 1)
        for name in schema.get("required", ()):
            made.setdefault(name, self._value(1))
        if one.random() < 0.3:
            made[one.choice(NAMES)] = self._value(2)
        return made

    def _sub(self, depth: int) -> object:
        one = self._random
        draw = one.random()
        if depth <= 0 or draw < 0.35:
            return self._leaf()
        if draw < 0.6:
            return {"type": "object", **self._object(depth - 1)}
        return self._array(depth - 1) if draw < 0.7 else self._composed(depth - 1)

    def _leaf(self) -> object:
        one = self._random
        draw = one.randint(0, 9)
        if draw == 0:
            return one.choice([True, False, {}])
        if draw == 1:
            return {"enum": [one.choice(SCALARS) for _ in range(one.randint(1, 3))]}
        if draw == 2:
            return {"const": one.choice(SCALARS)}
        if draw in {3, 4}:
            beside = {"description": "beside"} if one.random() < 0.4 else {}
            more = {"properties": {"b": self._leaf()}, "minProperties": 1} if one.random() < 0.2 else {}
            return {"$ref": one.choice(REFERENCES), **beside, **more}
        return self._some(
            type=lambda: one.choice(TYPES) if one.random() < 0.7 else one.sample(TYPES, 2),
            minimum=lambda: one.randint(-1, 2),
            maximum=lambda: one.randint(1, 5),
            exclusiveMinimum=lambda: one.randint(-2, 1),
            minLength=lambda: one.randint(0, 1),
            maxLength=lambda: one.randint(1, 400),
            pattern=lambda: one.choice(["^a", "b", "(?=a)", "["]),
            multipleOf=lambda: one.choice([1, 2, 0.5]),
            format=lambda: one.choice(["date", "uri", "email"]),
            default=lambda: one.choice(SCALARS),
            title=lambda: "Title",
            description=lambda: "What it is.",
            nullable=lambda: True,
        )

    def _object(self, depth: int) -> dict[str, object]:
        one = self._random
        return self._some(
            0.4,
            properties=lambda: {name: self._sub(depth - 1) for name in one.sample(NAMES, one.randint(0, 3))},
            required=lambda: one.sample(NAMES, one.randint(0, 2)),
            additionalProperties=lambda: one.choice([False, False, True, self._sub(depth - 1)]),
            patternProperties=lambda: {one.choice(["^a", "c$"]): self._sub(depth - 1)},
            minProperties=lambda: one.randint(0, 2),
            maxProperties=lambda: one.randint(1, 4),
            dependentSchemas=lambda: {"a": self._leaf()},
            propertyNames=lambda: {"maxLength": 5},
        ) | {"properties": {name: self._sub(depth - 1) for name in one.sample(NAMES, 2)}}

    def _array(self, depth: int) -> dict[str, object]:
        one = self._random
        return {
            "type": one.choice(["array", "array", ["array", "null"]]),
            **self._some(
                0.4,
                items=lambda: (
                    self._tuple(depth) if self._is_old and one.random() < 0.5 else self._sub(depth - 1)
                ),
                **{} if self._is_old else {"prefixItems": lambda: self._tuple(depth)},
                additionalItems=lambda: self._sub(depth - 1),
                minItems=lambda: one.randint(0, 1),
                maxItems=lambda: one.randint(1, 3),
                uniqueItems=lambda: True,
                contains=self._leaf,
            ),
        }

    def _tuple(self, depth: int) -> list[object]:
        return [self._sub(depth - 1) for _ in range(self._random.randint(1, 2))]

    def _composed(self, depth: int) -> dict[str, object]:
        one = self._random
        made: dict[str, object] = {
            one.choice(["anyOf", "oneOf", "allOf"]): [self._sub(depth - 1) for _ in range(one.randint(1, 3))]
        }
        if one.random() < 0.4:
            made |= self._object(depth - 1)
        if one.random() < 0.15:
            made |= {one.choice(["not", "if", "contains"]): self._leaf(), "then": self._leaf()}
        return made

    def _some(self, chance: float = 0.2, **makers) -> dict[str, object]:
        return {name: make() for name, make in makers.items() if self._random.random() < chance}

    def _value(self, depth: int) -> object:
        one = self._random
        draw = one.random()
        if depth <= 0 or draw < 0.7:
            return one.choice(SCALARS)
        if draw < 0.8:
            return [self._value(depth - 1) for _ in range(one.randint(0, 2))]
        return {name: self._value(depth - 1) for name in one.sample(NAMES, one.randint(0, 3))}

    def _scalar(self, kind: str) -> object:
        of = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
        fitting = [
            each
            for each in SCALARS
            if isinstance(each, of[kind]) and (kind == "boolean" or not isinstance(each, bool))
        ]
        return self._random.choice(fitting)
