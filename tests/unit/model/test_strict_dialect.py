"""OpenAI's strict mode: for schemas that it can say whole, and with null for what is left out."""

from __future__ import annotations

import pytest

from executus_core.model.dialect import find_strict


def an_object(*required: str, **properties: object) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": [*required],
        "additionalProperties": False,
    }


TEXT = {"type": "string"}


def test_every_property_is_required_and_null_stands_for_the_optional_ones():
    """What may be null already stays as it is."""
    nullable = {"type": ["integer", "null"]}
    choice = {"anyOf": [TEXT, {"type": "integer"}]}
    strict = find_strict(an_object("a", a=TEXT, b=TEXT, c=nullable, d=choice, e={"enum": ["x"]}))

    assert strict is not None
    assert strict.schema["required"] == ["a", "b", "c", "d", "e"]
    assert strict.schema["properties"] == {
        "a": TEXT,
        "b": {"type": ["string", "null"]},
        "c": {"type": ["integer", "null"]},
        "d": {"anyOf": [TEXT, {"type": "integer"}, {"type": "null"}]},
        "e": {"type": ["string", "null"], "enum": ["x", None]},
    }


def test_shared_schemas_stay_shared():
    """A reference stands alone, or in a choice with null."""
    node = an_object(next={"$ref": "#/$defs/Node"})
    strict = find_strict({**an_object("a", a={"$ref": "#/$defs/Node"}), "$defs": {"Node": node}})

    assert strict is not None
    assert strict.schema["properties"] == {"a": {"$ref": "#/$defs/Node"}}
    closed = strict.schema["$defs"]["Node"]  # type: ignore[index, call-overload]
    assert closed["properties"] == {"next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}}
    assert strict.restore('{"a": {"next": {"next": null}}}') == '{"a": {"next": {}}}'


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": TEXT}},
        an_object(a={}),
        an_object(a={"type": "object"}),
        an_object(a={"type": "array"}),
        an_object(a={"type": "object", "additionalProperties": TEXT}),
        an_object(a={"anyOf": [TEXT, {"type": "object", "properties": {"b": TEXT}}]}),
        an_object(**{f"a{n}": {"enum": [f"{n}.{m}" for m in range(200)]} for n in range(6)}),
        {**an_object("a", a={"$ref": "#/$defs/A"}), "$defs": {"A": {"type": "object", "properties": {}}}},
    ],
    ids=["open", "anything", "any object", "any list", "a table", "an open choice", "1,200 choices", "shared and open"],
)  # fmt: skip
def test_what_it_would_make_narrower_is_left_to_the_plain_mode(schema):
    """A closed object refuses what the tool takes."""
    assert find_strict(schema) is None


STRICT = find_strict(
    an_object(
        "must",
        must=TEXT,
        may=TEXT,
        null={"type": ["string", "null"]},
        deep=an_object(a={"type": "integer"}),
        many={"type": "array", "items": an_object(b=TEXT)},
        some={"anyOf": [an_object("k", k={"const": "x"}, c=TEXT), an_object("k", k={"const": "y"}, d=TEXT)]},
    )
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('{"must": "x", "may": null}', '{"must": "x"}'),
        ('{"must": null}', '{"must": null}'),
        ('{"must": "x", "null": null}', '{"must": "x", "null": null}'),
        ('{"must": "x", "deep": {"a": null}}', '{"must": "x", "deep": {}}'),
        ('{"must": "x", "many": [{"b": null}, {"b": "ü"}]}', '{"must": "x", "many": [{}, {"b": "ü"}]}'),
        ('{"must": "x", "some": {"k": "y", "d": null}}', '{"must": "x", "some": {"k": "y"}}'),
        ('{"must": "null",  "may":"b"}', '{"must": "null",  "may":"b"}'),
        ('{"may": null, "may": "x"}', '{"may": null, "may": "x"}'),
        ('{"may": null, "must": NaN}', '{"may": null, "must": NaN}'),
        ('{"may": null, "must": 1e999}', '{"may": null, "must": 1e999}'),
        ('{"may": null, "must": ' + "9" * 5_000 + "}", '{"may": null, "must": ' + "9" * 5_000 + "}"),
        ('{"may": null, ', '{"may": null, '),
        ('{"may": null, "must": ' + "[" * 100_000, '{"may": null, "must": ' + "[" * 100_000),
        ("null", "null"),
        ("[null]", "[null]"),
        ('{"other": null}', '{"other": null}'),
    ],
    ids=lambda text: text[:40],
)
def test_null_is_taken_back_where_it_stands_for_nothing(written, meant):
    """And nowhere else: what the tool has to refuse reaches its validation as the model wrote it."""
    assert STRICT is not None
    assert STRICT.restore(written) == meant
