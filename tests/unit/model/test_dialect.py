"""What each dialect makes of a schema: as close as it can say it, and never narrower."""

from __future__ import annotations

import copy
import json

import pytest

from executus_core.errors import ConfigError
from executus_core.model.dialect import ANTHROPIC, GEMINI, OLLAMA, OPENAI, PLAIN, find_strict, loosen
from executus_core.testing import HOSTILE_SCHEMAS, REAL_SCHEMAS

DIALECTS = [OPENAI, ANTHROPIC, GEMINI, OLLAMA, PLAIN]
each_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)


def argument(schema, dialect, **root):
    """Say one argument."""
    said = loosen({"type": "object", "properties": {"a": schema}, **root}, dialect)
    return said["properties"]["a"]


def texts(schema):
    return json.dumps(schema, ensure_ascii=False)


# ------------------------------------------------------------------------------------------------------------ any schema


@each_dialect
@pytest.mark.parametrize("name", [*REAL_SCHEMAS, *HOSTILE_SCHEMAS])
def test_any_schema_is_said_as_an_object_that_can_be_sent(name, dialect):
    """Also nested 10,000 deep, exponential, in a circle; and what was said is said again in the same words."""
    schema = {**REAL_SCHEMAS, **HOSTILE_SCHEMAS}[name]

    said = loosen(schema, dialect)

    assert said["type"] == "object"
    assert len(json.dumps(said, allow_nan=False).encode()) < 300_000
    assert not {"anyOf", "oneOf", "allOf", "not", "enum"} & said.keys()
    assert loosen(said, dialect) == said


@each_dialect
@pytest.mark.parametrize("name", REAL_SCHEMAS)
def test_the_schema_itself_is_not_changed(name, dialect):
    """It is the tool's own, and validates."""
    before = copy.deepcopy(REAL_SCHEMAS[name])
    loosen(REAL_SCHEMAS[name], dialect)
    find_strict(REAL_SCHEMAS[name])

    assert REAL_SCHEMAS[name] == before


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"properties": {"a": {"enum": [{1, 2}]}}}, r"'properties\.a\.enum\[0\]' is a set"),
        ({"properties": {"a": b"x"}}, r"'properties\.a' is a bytes"),
        ({"properties": {1: {}}}, "'properties' has the key 1"),
        ([], "a schema is a list"),
        (None, "a schema is a NoneType"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(schema, says):
    """Whoever wrote it finds it."""
    with pytest.raises(ConfigError, match=says):
        loosen(schema, PLAIN)


@each_dialect
def test_what_is_too_large_to_look_at_takes_anything(dialect):
    """A million values are no schema for a model."""
    said = loosen(
        {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(120_000)}}, dialect
    )

    assert said.get("properties", {}) == {}
    assert said["type"] == "object"


def test_what_is_too_large_is_cut_off_where_it_is_deepest():
    """The arguments themselves keep their schemas."""
    leaf = {"type": "object", "properties": {f"q{n}": {"type": "string"} for n in range(100)}}
    wide = {
        "type": "object",
        "properties": {f"p{n}": {"type": "object", "properties": {"in": leaf}} for n in range(100)},
    }

    said = loosen(wide, PLAIN)

    assert said["properties"]["p99"]["properties"] == {"in": {"type": "object"}}


# ------------------------------------------------------------------------------------------------------------- keywords


@pytest.mark.parametrize(
    ("schema", "dialect", "said"),
    [
        ({"type": "integer", "minimum": 1}, OPENAI, {"type": "integer", "minimum": 1}),
        ({"type": "integer", "minimum": 1}, OLLAMA, {"type": "integer", "description": "(minimum: 1)"}),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, OPENAI, {"type": "integer", "exclusiveMinimum": 1}),
        ({"type": "string", "format": "uri"}, OPENAI, {"type": "string", "description": '(format: "uri")'}),
        ({"type": "string", "format": "uri"}, ANTHROPIC, {"type": "string", "format": "uri"}),
        ({"type": "string", "format": "date-time"}, GEMINI, {"type": "string", "format": "date-time"}),
        ({"type": "string", "pattern": "^a+$"}, OPENAI, {"type": "string", "pattern": "^a+$"}),
        ({"type": "string", "pattern": "^(?!a)"}, OPENAI, {"type": "string", "description": '(pattern: "^(?!a)")'}),
        ({"type": "string", "maxLength": 9_000}, PLAIN, {"type": "string", "description": "(maxLength: 9000)"}),
        ({"type": "string", "maxLength": 9}, PLAIN, {"type": "string", "maxLength": 9}),
        ({"const": "x"}, PLAIN, {"type": "string", "enum": ["x"]}),
        ({"enum": [1, 2]}, GEMINI, {"type": "integer", "description": "(enum: [1,2])"}),
        ({"enum": ["a", ""]}, GEMINI, {"type": "string", "description": '(enum: ["a",""])'}),
        ({"enum": ["a", None]}, GEMINI, {"type": "string", "enum": ["a"], "nullable": True}),
        ({"type": ["string", "null"]}, GEMINI, {"type": "string", "nullable": True}),
        ({"type": "null"}, GEMINI, {"type": "string", "nullable": True}),
        ({"type": ["string", "integer"]}, GEMINI, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ({"type": "string", "nullable": True}, PLAIN, {"type": ["string", "null"]}),
        ({"type": "any"}, PLAIN, {}),
        (True, OLLAMA, {}),
        ({"type": "array"}, OPENAI, {"type": "array", "items": {}}),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, PLAIN, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"anyOf": [{"type": "string"}, {}]}, PLAIN, {}),
        ({"anyOf": [{"type": "string"}, False]}, PLAIN, {"type": "string"}),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, PLAIN,
         {"type": "object", "additionalProperties": {"type": "integer"}}),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, OLLAMA,
         {"type": "object", "description": '(additionalProperties: {"type":"integer"})'}),
        ({"type": "object", "patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": False}, PLAIN,
         {"type": "object", "additionalProperties": {"type": "integer"},
          "description": '(patternProperties: {"^x":{"type":"integer"}})'}),
        ({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False}, PLAIN,
         {"type": "array", "maxItems": 2, "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}),
        ({"type": "array", "items": [{"type": "string"}], "additionalItems": False}, PLAIN,
         {"type": "array", "maxItems": 1, "items": {"type": "string"}}),
        ({"allOf": [{"type": "number", "minimum": 1}, {"type": "integer", "minimum": 3, "maximum": 9}]}, PLAIN,
         {"type": "integer", "minimum": 3, "maximum": 9}),
        ({"type": "string", "not": {"const": "x"}}, PLAIN, {"type": "string", "description": '(not: {"const":"x"})'}),
        ({"type": "string", "title": "T", "default": "x"}, GEMINI,
         {"type": "string", "title": "T", "description": '(default: "x")'}),
    ],
)  # fmt: skip
def test_a_keyword_is_said_where_it_can_be_and_told_where_not(schema, dialect, said):
    """The description holds in words what the schema has no keyword for."""
    assert argument(schema, dialect) == said


def test_gemini_has_no_word_for_anything_but_all_types():
    """litellm would take what has no type for an object."""
    said = argument({}, GEMINI)

    assert {way["type"] for way in said["anyOf"]} == {"string", "number", "boolean", "object", "array"}
    assert all(way["nullable"] for way in said["anyOf"])


@pytest.mark.parametrize("dialect", [ANTHROPIC, GEMINI], ids=lambda dialect: dialect.name)
def test_a_name_that_a_provider_does_not_take_stays_allowed(dialect):
    """The model reads of it, and may use it, so the object is no longer closed."""
    closed = {
        "type": "object",
        "properties": {"filter[id]": {}, "b": {}},
        "required": ["filter[id]"],
        "additionalProperties": False,
    }

    said = loosen(closed, dialect)

    assert list(said["properties"]) == ["b"]
    assert "filter[id]" in said["description"]
    assert not {"additionalProperties", "required"} & said.keys()


def test_long_lists_of_choices_are_told_by_their_first():
    """Ten of a thousand say what they are like."""
    said = argument({"enum": [f"c{n}" for n in range(1_000)]}, OPENAI)

    assert said["type"] == "string"
    assert "... and 990 more" in said["description"]


# ------------------------------------------------------------------------------------------- references and alternatives

TREE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
    },
}


def test_a_recursive_schema_stays_one_where_references_are_taken():
    """Beside a description it is written out once, which not every server reads otherwise."""
    said = loosen(
        {"properties": {"a": {"$ref": "#/$defs/Node", "description": "First."}}, "$defs": {"Node": TREE}},
        OPENAI,
    )

    assert said["properties"]["a"] == {**TREE, "description": "First."}
    assert said["$defs"] == {"Node": TREE}


@pytest.mark.parametrize("dialect", [GEMINI, OLLAMA, PLAIN], ids=lambda dialect: dialect.name)
def test_a_recursive_schema_is_shown_twice_where_they_are_not(dialect):
    """And then takes any object: the model has seen what it is like."""
    first = argument({"$ref": "#/$defs/Node"}, dialect, **{"$defs": {"Node": TREE}})
    second = first["properties"]["children"]["items"]

    assert second["properties"]["name"] == {"type": "string"}
    assert second["properties"]["children"]["items"] == {"type": "object"}
    assert "$ref" not in texts(first)


def test_nothing_is_fetched():
    """What a schema refers to elsewhere may be anything."""
    said = loosen(HOSTILE_SCHEMAS["refers elsewhere"], PLAIN)

    assert set(map(str, said["properties"].values())) == {"{}"}


def test_a_choice_at_the_root_becomes_one_object():
    """No provider takes it there; what all alternatives want stays wanted."""
    said = loosen(REAL_SCHEMAS["union at the root"], OPENAI)

    assert said["required"] == ["kind"]
    assert said["additionalProperties"] is False
    assert said["properties"]["kind"]["anyOf"] == [
        {"type": "string", "enum": ["note"]},
        {"type": "string", "enum": ["alarm"]},
    ]
    assert set(said["properties"]) == {"kind", "text", "at"}


def test_mere_conditions_are_told():
    """At least one of two: no dialect says it, and the properties are not written out twice for it."""
    said = loosen(REAL_SCHEMAS["at least one"], OPENAI)

    assert 'anyOf: [{"required":["title"]},{"required":["body"]}]' in said["description"]


def test_an_alternative_holds_all_that_stands_beside_it():
    """Some servers read nothing beside ``anyOf``."""
    said = argument(
        {
            "type": "object",
            "properties": {"id": {"type": "string"}},
            "anyOf": [{"properties": {"b": {"type": "integer"}}}, {"properties": {"c": {"type": "boolean"}}}],
        },
        PLAIN,
    )

    assert said.keys() == {"anyOf"}
    assert [list(way["properties"]) for way in said["anyOf"]] == [["id", "b"], ["id", "c"]]
