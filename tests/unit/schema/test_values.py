"""What a model is told about a value, and how strictly it is read back."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple, NotRequired, Union

import pytest
from attrs import define
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, RootModel, TypeAdapter
from typing_extensions import TypedDict

from executus_core.errors import ConfigError
from executus_core.schema.build import build_value_schema
from executus_core.schema.value import UnfitValueError


class Line(BaseModel):
    """One line.

    Attributes:
        sku: What is bought.
    """

    sku: Annotated[str, Field(min_length=1)]
    count: int = 1


class Invoice(BaseModel):
    number: str
    due: date
    total: Decimal
    lines: list[Line] = []


class Tree(BaseModel):
    name: str
    children: list[Tree] = []


class Shelf(RootModel[list[Line]]):
    pass


@dataclass
class Place:
    x: int
    labels: list[str] = field(default_factory=list)


@define
class Person:
    name: str
    age: int = 0


class Pair(NamedTuple):
    left: int
    right: str


class Options(TypedDict):
    size: int
    color: NotRequired[str]


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


def read(form: object, text: str) -> object:
    return build_value_schema(form).read(text)


def problems_of(form: object, text: str) -> str:
    with pytest.raises(UnfitValueError) as caught:
        read(form, text)
    return str(caught.value)


VALUES = [
    (
        Invoice,
        '{"number": "A1", "due": "2026-01-02", "total": "9.50", "lines": [{"sku": "x"}]}',
        Invoice(number="A1", due=date(2026, 1, 2), total=Decimal("9.50"), lines=[Line(sku="x")]),
    ),
    (Tree, '{"name": "a", "children": [{"name": "b"}]}', Tree(name="a", children=[Tree(name="b")])),
    (Shelf, '{"value": [{"sku": "x"}]}', Shelf([Line(sku="x")])),
    (Place, '{"x": 1, "labels": ["a"]}', Place(1, ["a"])),
    (Person, '{"name": "Ann"}', Person("Ann")),
    (Pair, '{"left": 1, "right": "r"}', Pair(1, "r")),
    (Options, '{"size": 2}', {"size": 2}),
    (Color, '{"value": "red"}', Color.RED),
    (int | str, '{"value": "1"}', "1"),
    (Union[Place, Person], '{"value": {"name": "Ann", "age": 3}}', Person("Ann", 3)),  # noqa: UP007 - the old form too
    (Person | None, '{"value": null}', None),
    (list[Person], '{"value": [{"name": "Ann"}]}', [Person("Ann")]),
    (dict[str, int], '{"a": 1}', {"a": 1}),
    (dict[str, int] | int, '{"value": {"value": 3}}', {"value": 3}),
    (Literal["a", "b"], '{"value": "b"}', "b"),
    (Annotated[int, Field(ge=3)], '{"value": 3}', 3),
    (tuple[int, str], '{"value": [1, "a"]}', (1, "a")),
    (bool, '{"value": true}', True),
    ({"type": "object", "properties": {"a": {"type": "integer"}}}, '{"a": 1}', {"a": 1}),
    ({"type": "array", "items": {"type": "integer"}}, '{"value": [1]}', [1]),
    ({"properties": {"a": {"type": "integer"}}}, '{"a": 1}', {"a": 1}),
    ({"enum": ["x", None]}, '{"value": null}', None),
]


@pytest.mark.parametrize(("form", "text", "value"), VALUES, ids=[f"{form!s:.40}" for form, _, _ in VALUES])
def test_every_form_is_an_object_to_a_model_and_a_value_to_the_host(form, text, value):
    schema = build_value_schema(form)

    assert schema.json["type"] == "object"
    assert schema.read(text) == value
    assert type(schema.read(text)) is type(value)


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [(int, "5", 5), (list[int], "[1]", [1]), ({"type": "integer"}, "5", 5), (int | str, '"x"', "x")],
)
def test_a_value_that_stands_alone_is_taken_where_an_object_should_hold_it(form, text, value):
    assert read(form, text) == value


def test_a_recursive_type_has_its_object_at_the_root():
    """Providers want no reference there."""
    schema = build_value_schema(Tree)

    assert "$ref" not in schema.json
    assert schema.json["$defs"]["Tree"]["properties"]["children"]["items"] == {"$ref": "#/$defs/Tree"}


def test_what_a_docstring_says_reaches_the_model():
    assert build_value_schema(Line).json["properties"]["sku"]["description"] == "What is bought."


STRICT = [
    (int, '{"value": true}', "valid integer"),
    (int, '{"value": "1"}', "valid integer"),
    (int, "true", "valid integer"),
    (str, '{"value": 1}', "valid string"),
    (bool, '{"value": "false"}', "valid boolean"),
    (float, '{"value": NaN}', "finite"),
    (float, '{"value": 1e400}', "finite"),
    (object, '{"value": 1e400}', "too large"),
    (float, '{"value": 1' + "0" * 400 + "}", "number"),
    (object, '{"value": Infinity}', "not valid JSON"),
    (Person, '{"name": "a", "name": "b"}', "uplicate"),
    (Tree, '{"name": "a", "children": [{"name": "x", "name": "y"}]}', "uplicate"),
    (Person, '{"name": "a"', "not valid JSON"),
    (Person, '{"name": "a"} {"name": "b"}', "not valid JSON"),
    (Person, '{"name": "a", "agee": 3}', "unknown field 'agee'"),
    (Person, '{"age": 3}', "field 'name' is missing"),
    (Person, '{"name": "\ud800"}', "surrogate"),
    (Person, '{"name": "\\ud800"}', "not valid JSON"),
    (Literal[1], '{"value": true}', "one of 1"),
    ({"type": "integer"}, '{"value": 1.5}', "not of type"),
    ({"type": "object"}, '{"a": NaN}', "not valid JSON"),
    ({"type": "object"}, '{"a": 1, "a": 2}', "uplicate"),
    ({"type": "object"}, '{"a": "\ud800"}', "surrogate"),
    ({"type": "object", "properties": {"a": {"maxLength": 1}}}, '{"a": "' + "x" * 5_000 + '"}', "field 'a'"),
    (Tree, '{"name": "a", "children": ' * 5_000, "not valid JSON"),
    ({"type": "object"}, '{"a": ' * 5_000 + "1" + "}" * 5_000, "recursion"),
]


@pytest.mark.parametrize(("form", "text", "problem"), STRICT, ids=[f"{text[:24]!a}" for _, text, _ in STRICT])
def test_values_are_read_strictly(form, text, problem):
    """Nothing is coerced, completed or guessed, and what is wrong is said in a few words."""
    said = problems_of(form, text)

    assert problem in said
    assert len(said) < 2_500


UNFIT = [
    (type("Lock", (), {}), "no model can write a value of Lock"),
    ("Invoice", "is no type"),
    (5, "is no type"),
    (list["Nowhere"], "not defined"),  # noqa: F821 - that is the point
    (lambda: 0, "no model can write"),
    ({"type": "words"}, "can't be the type"),
    ({"$ref": "https://example.org/s.json"}, "nothing is fetched"),
    ({"$schema": "https://example.org/meta.json"}, "can't be the type"),
    ({"$ref": "#/$defs/none"}, "can't be the type"),
    ({"type": "string", "pattern": "(a+)+("}, "linear time"),
    ({"type": "string", "pattern": "^(?=.*[A-Z]).+$"}, "no look-around"),
    ({"minimum": float("nan")}, "can't be the type"),
    ({"type": {1, 2}}, "can't be the type"),
]


@pytest.mark.parametrize(("form", "problem"), UNFIT, ids=[f"{form!s:.30}" for form, _ in UNFIT])
def test_what_no_model_can_write_is_refused_with_the_reason(form, problem):
    with pytest.raises(ConfigError, match=problem):
        build_value_schema(form)


def test_references_to_the_root_still_find_it_inside_of_an_object():
    """A schema that is no object's is put into one."""
    tree = {"type": "array", "items": {"$ref": "#"}, "default": {"$ref": "#"}}
    schema = build_value_schema(tree)

    assert schema.json["properties"]["value"]["items"] == {"$ref": "#/properties/value"}
    assert schema.json["properties"]["value"]["default"] == {"$ref": "#"}
    assert schema.read('{"value": [[], [[]]]}') == [[], [[]]]
    assert build_value_schema(schema.json).read('{"value": [[], [[]]]}') == {"value": [[], [[]]]}


def test_definitions_stay_where_references_find_them():
    shared = {"$defs": {"id": {"type": "integer"}}, "type": "array", "items": {"$ref": "#/$defs/id"}}
    schema = build_value_schema(shared)

    assert schema.json["$defs"] == {"id": {"type": "integer"}}
    assert build_value_schema(schema.json).read('{"value": [1]}') == {"value": [1]}


def test_a_schema_that_is_changed_later_changes_nothing():
    given_schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    schema = build_value_schema(given_schema)
    given_schema["properties"]["a"]["type"] = "string"

    assert schema.read('{"a": 1}') == {"a": 1}
    assert build_value_schema(given_schema).read('{"a": "x"}') == {"a": "x"}


def test_one_form_is_built_once():
    assert build_value_schema(list[Line]) is build_value_schema(list[Line])
    assert build_value_schema({"type": "integer"}) is build_value_schema({"type": "integer"})
    assert build_value_schema(Literal[1]) is not build_value_schema(Literal[True])


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
SCALARS = st.sampled_from([int, str, float, bool, Color, date, Decimal, Literal["a", 1], type(None)])
FORMS = st.recursive(
    SCALARS | st.sampled_from([Line, Place, Tree, Options]),
    lambda inner: (
        inner.map(lambda one: list[one])
        | inner.map(lambda one: dict[str, one])
        | st.tuples(inner, inner).map(lambda two: two[0] | two[1] if None not in two else two[0])
    ),
    max_leaves=4,
)


@given(JSON_VALUES)
def test_any_json_value_comes_back_equal(value):
    """As what takes anything, of Python and of JSON Schema; what looks like the object that holds it, wrapped."""
    text = json.dumps({"value": value})

    assert read(object, text) == value
    assert read({}, text) == value


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(FORMS.flatmap(lambda form: st.tuples(st.just(form), st.from_type(form))))
def test_what_a_type_writes_it_reads(pair):
    """Whatever a type's own value looks like as JSON, it is read back equal."""
    form, value = pair
    adapter: TypeAdapter[object] = TypeAdapter(form)
    text = adapter.dump_json(value).decode()
    try:
        is_told_apart = adapter.validate_json(text, strict=True) == value
    except ValueError:
        is_told_apart = False
    assume(is_told_apart)  # a text that is a date is one where either would do, and an empty sku is none
    schema = build_value_schema(form)

    assert schema.read(f'{{"value": {text}}}' if schema.is_wrapped else text) == value


@given(
    st.sampled_from([Invoice, Tree, Person, int | str, list[Line], {"type": "object"}]),
    st.text() | st.binary().map(lambda data: data.decode("latin-1")),
)
def test_no_text_is_more_than_wrong(form, text):
    """Whatever a model writes, it is a value or a few words about what is wrong."""
    problems: tuple[object, ...] = ("",)
    try:
        read(form, text)
    except UnfitValueError as error:
        problems = error.problems

    assert problems
    assert all(isinstance(problem, str) for problem in problems)
