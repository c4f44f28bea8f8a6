"""Schemas of tools as servers of tools, API descriptions and libraries really write them, and some that nobody should.

A model provider sends each of them, or something that it makes of them, and is not refused; ``ModelWireConformance`` asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.json import JsonObject, JsonValue

__all__ = ["HOSTILE_SCHEMAS", "REAL_SCHEMAS"]

_TEXT: JsonObject = {"type": "string"}
_POINT: JsonObject = {
    "title": "Point",
    "type": "object",
    "properties": {
        "x": {"title": "X", "type": "number"},
        "y": {"title": "Y", "type": "number", "default": 0.0},
    },
    "required": ["x"],
}


def _object(*required: str, **properties: JsonValue) -> JsonObject:
    return {
        "type": "object",
        "properties": properties,
        "required": [*required],
        "additionalProperties": False,
    }


REAL_SCHEMAS: Final[Mapping[str, JsonObject]] = {
    "no arguments": {"type": "object", "properties": {}},
    "nothing said": {},
    "no properties": {
        "type": "object",
        "additionalProperties": False,
        "$schema": "http://json-schema.org/draft-07/schema#",
    },
    "read file": _object("path", path=_TEXT, head={"type": "number", "description": "Lines from the start."}),
    "edit file": _object(
        "path",
        "edits",
        path=_TEXT,
        edits={"type": "array", "minItems": 1, "items": _object("oldText", oldText=_TEXT, newText=_TEXT)},
        dryRun={"type": "boolean", "default": False},
    ),
    "fetch": _object(
        "url",
        url={"type": "string", "format": "uri", "minLength": 1, "title": "Url"},
        max_length={
            "type": "integer",
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 1_000_000,
            "default": 5_000,
        },
    ),
    "query with filters": _object(
        **{"filter[bundleId]": _TEXT, "exists[parent]": {"type": "boolean"}, "$top": {"type": "integer"}}
    ),
    "at least one": {
        **_object("id", id=_TEXT, title=_TEXT, body={"type": ["string", "null"]}),
        "anyOf": [{"required": ["title"]}, {"required": ["body"]}],
    },
    "union at the root": {
        "oneOf": [
            _object("kind", "text", kind={"type": "string", "const": "note"}, text=_TEXT),
            _object(
                "kind",
                "at",
                kind={"type": "string", "const": "alarm"},
                at={"type": "string", "format": "date-time"},
            ),
        ],
        "discriminator": {"propertyName": "kind"},
    },
    "reference at the root": {
        "$ref": "#/definitions/Input",
        "definitions": {"Input": _object("a", a=_TEXT)},
    },
    "optional by pydantic": {
        "$defs": {
            "Point": _POINT,
            "Color": {"enum": ["red", "green", ""], "title": "Color", "type": "string"},
        },
        "type": "object",
        "properties": {
            "at": {"anyOf": [{"$ref": "#/$defs/Point"}, {"type": "null"}], "default": None},
            "color": {"$ref": "#/$defs/Color", "default": "red", "description": "Which."},
            "size": {
                "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^\\d+(?:px|em)$"}]
            },
            "more": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"$ref": "#/$defs/Point"}},
            },
        },
    },
    "discriminated by pydantic": {
        "$defs": {
            "Cat": {"type": "object", "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}},
            "Dog": {"type": "object", "properties": {"kind": {"const": "dog"}, "good": {"const": True}}},
        },
        "type": "object",
        "properties": {
            "pet": {
                "discriminator": {
                    "mapping": {"cat": "#/$defs/Cat", "dog": "#/$defs/Dog"},
                    "propertyName": "kind",
                },
                "oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}],
            }
        },
        "required": ["pet"],
    },
    "tree": {
        "type": "object",
        "properties": {"root": {"$ref": "#/$defs/Node", "description": "Where to begin."}},
        "$defs": {
            "Node": _object(
                "name", name=_TEXT, children={"type": "array", "items": {"$ref": "#/$defs/Node"}}
            ),
        },
    },
    "JSON value": {
        "type": "object",
        "properties": {"value": {"$ref": "#/$defs/Json"}},
        "$defs": {
            "Json": {
                "anyOf": [
                    *({"type": kind} for kind in ("string", "number", "boolean", "null")),
                    {"type": "array", "items": {"$ref": "#/$defs/Json"}},
                    {"type": "object", "additionalProperties": {"$ref": "#/$defs/Json"}},
                ]
            }
        },
    },
    "OpenAPI 3.0": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "nullable": True, "example": "Rex", "maxLength": 5_000},
            "status": {"type": "string", "enum": ["available", "sold"], "nullable": True, "readOnly": True},
            "photo": {"type": "string", "format": "byte", "xml": {"name": "photo"}},
            "id": {"type": "integer", "format": "int64", "minimum": 0, "exclusiveMinimum": True},
            "owner": {"allOf": [{"$ref": "#/components/schemas/Owner"}], "description": "Whose it is."},
        },
        "components": {
            "schemas": {
                "Owner": {"type": "object", "properties": {"mail": {"type": "string", "format": "email"}}}
            }
        },
    },
    "Kubernetes": {
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string", "enum": ["apps/v1"]},
            "metadata": {
                "type": "object",
                "additionalProperties": True,
                "x-kubernetes-preserve-unknown-fields": True,
            },
            "replicas": {"type": "integer", "format": "int32"},
            "port": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            "template": {"$ref": "#/definitions/io.k8s.api.core.v1.PodTemplateSpec"},
        },
        "definitions": {
            "io.k8s.api.core.v1.PodTemplateSpec": {
                "properties": {
                    "containers": {
                        "type": "array",
                        "items": {"$ref": "#/definitions/io.k8s.api.core.v1.Container"},
                    }
                },
                "required": ["containers"],
            },
            "io.k8s.api.core.v1.Container": {
                "properties": {"image": _TEXT, "env": {"type": ["array", "null"]}}
            },
        },
    },
    "GitHub workflow": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://example.org/workflow.json",
        "type": "object",
        "properties": {
            "on": {
                "oneOf": [
                    {"$ref": "#/definitions/event"},
                    {"type": "array", "items": {"$ref": "#/definitions/event"}},
                ]
            },
            "jobs": {
                "type": "object",
                "patternProperties": {"^[_a-zA-Z][a-zA-Z0-9_-]*$": {"type": "object"}},
                "minProperties": 1,
                "additionalProperties": False,
            },
            "env": {"$ref": "https://example.org/workflow.json#/definitions/env"},
        },
        "required": ["on", "jobs"],
        "definitions": {
            "event": {"type": "string", "enum": ["push", "pull_request"]},
            "env": {"type": "object"},
        },
    },
    "conditional": {
        "type": "object",
        "properties": {"country": {"enum": ["US", "NL"]}, "code": _TEXT},
        "if": {"properties": {"country": {"const": "US"}}},
        "then": {"properties": {"code": {"pattern": "[0-9]{5}(-[0-9]{4})?"}}},
        "else": {"properties": {"code": {"pattern": "(?i)[0-9]{4} [A-Z]{2}"}}},
        "dependentRequired": {"code": ["country"]},
    },
    "tuples": _object(
        pair={"type": "array", "prefixItems": [{"type": "number"}, _TEXT], "minItems": 2, "maxItems": 2},
        old={"type": "array", "items": [{"type": "integer"}, {"type": "boolean"}], "additionalItems": False},
        any={"type": "array"},
    ),
    "draft 3": {
        "type": "object",
        "properties": {"q": {"type": "any", "required": True}, "n": {"type": ["integer", {"type": "null"}]}},
    },
    "draft 4": {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "id": "https://example.org/item",
        "type": "object",
        "properties": {
            "price": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
            "id": {"type": "string"},
        },
    },
    "choices that are no texts": _object(
        level={"enum": [1, 2, 3]},
        state={"type": ["string", "null"], "enum": ["on", None]},
        mixed={"enum": ["a", 1, None, True]},
    ),
    "no type": {
        "properties": {
            "anything": {},
            "never": False,
            "always": True,
            "said": {"description": "Anything at all."},
        }
    },
    "patterns": _object(
        password={"type": "string", "pattern": "^(?=.*[A-Z])(?=.*\\d).{8,}$"},
        slug={"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
        word={"type": "string", "pattern": "^\\p{L}+$"},
    ),
    "other languages": _object(
        größe={"type": "integer", "description": "Größe 📏"}, 名前=_TEXT, **{"with space": _TEXT}
    ),
    "GraphQL": _object(
        variables={"type": "object", "additionalProperties": {"anyOf": [_TEXT, {"type": "number"}]}},
        query={"type": "string", "contentMediaType": "application/graphql"},
    ),
    "inherited": {
        "allOf": [
            {"type": "object", "properties": {"id": _TEXT}, "required": ["id"]},
            {
                "type": "object",
                "properties": {"tags": {"type": "array", "items": _TEXT, "uniqueItems": True}},
            },
        ],
        "unevaluatedProperties": False,
    },
}
"""By what they are like."""


def _chain(length: int) -> JsonObject:
    schema: JsonObject = {"type": "object"}
    for _ in range(length):
        schema = {"type": "object", "properties": {"next": schema}}
    return schema


def _doubling(levels: int) -> JsonObject:
    """Give a small schema that is huge without its references."""
    twice: dict[str, JsonValue] = {
        f"d{at}": {"type": "object", "properties": {side: {"$ref": f"#/$defs/d{at + 1}"} for side in "lr"}}
        for at in range(levels)
    }
    return {
        "type": "object",
        "properties": {"top": {"$ref": "#/$defs/d0"}},
        "$defs": {**twice, f"d{levels}": _TEXT},
    }


def _circle() -> JsonObject:
    properties: dict[str, JsonValue] = {"name": _TEXT}
    schema: JsonObject = {"type": "object", "properties": properties}
    properties["self"] = schema
    return schema


def _nested(keyword: str, levels: int) -> JsonValue:
    schema: JsonValue = _TEXT
    for _ in range(levels):
        schema = {keyword: [schema, {"type": "integer"}]}
    return schema


HOSTILE_SCHEMAS: Final[Mapping[str, JsonObject]] = {
    "nested 10,000 deep": _chain(10_000),
    "exponential": _doubling(60),
    "in a circle": _circle(),
    "refers to itself": {"$ref": "#"},
    "refers to itself by others": {
        "$ref": "#/$defs/a",
        "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
    },
    "is one of itself": {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/a"}},
        "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, _TEXT]}},
    },
    "refers elsewhere": _object(
        a={"$ref": "https://example.org/secret.json"}, b={"$ref": "file:///etc/passwd"}, c={"$ref": "#/none"}
    ),
    "alternatives in alternatives": _object(
        a=_nested("anyOf", 2_000), b=_nested("oneOf", 2_000), c=_nested("allOf", 2_000)
    ),
    "many properties": {"type": "object", "properties": {f"p{n}": _TEXT for n in range(20_000)}},
    "many choices": _object(a={"enum": [f"choice {n}" for n in range(20_000)]}),
    "many alternatives": {"anyOf": [_object(**{f"a{n}": _TEXT}) for n in range(1_000)]},
    "long texts": _object(
        a={"type": "string", "title": "t" * 100_000, "description": "d" * 1_000_000, "pattern": "a" * 100_000}
    ),
    "surrogates": _object(
        **{
            "\ud800": _TEXT,
            "a": {"type": "string", "description": "\udfff", "enum": ["\ud800"], "default": "\ud800"},
        }
    ),
    "odd names": _object(
        **dict.fromkeys(("__proto__", "constructor", "", " ", "a.b", "a/b", "~", "$ref", "x" * 1_000), _TEXT)
    ),
    "wrong everywhere": {
        "type": "object",
        "properties": {
            "a": None,
            "b": 7,
            "c": {"type": 7, "enum": {}, "required": True, "items": "x", "minLength": -1},
        },
        "required": "a",
        "allOf": {},
        "anyOf": [],
        "additionalProperties": "no",
        "description": ["x"],
        "$defs": [],
    },
    "numbers": _object(
        a={
            "type": "number",
            "minimum": float("nan"),
            "maximum": float("inf"),
            "multipleOf": 0,
            "exclusiveMaximum": 10**400,
        }
    ),
    "patterns that hang or fail": _object(
        a={"type": "string", "pattern": "(a+)+$("}, b={"type": "string", "pattern": "(?P<x>a)(?P=x)"}
    ),
    "contradictions": _object(
        a={"type": "string", "allOf": [{"type": "integer"}, {"type": "null"}], "minLength": 9, "maxLength": 1}
    ),
    "nothing is allowed": {"not": {}, "allOf": [False], "properties": {"a": False}},
}
"""By what is wrong with them."""
