"""Whatever validates against the schema that a model saw reaches the function as its type, and nothing else ever does."""

from __future__ import annotations

import enum
import json
from dataclasses import make_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args, get_origin  # noqa: TID251 - annotations are any objects
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import create_model
from typing_extensions import TypedDict, is_typeddict

from executus_core import tool
from executus_core.errors import ToolArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.tool import Tool

jsonschema: Any = pytest.importorskip("jsonschema", reason="comes with litellm; core alone does without")

Open = tuple[Any, st.SearchStrategy[Any]]
"""A type, and what a model may write for it."""

names = count()


class Colour(enum.Enum):
    """A choice of two kinds."""

    RED = "red"
    TWO = 2


class Level(enum.IntEnum):
    """A choice among numbers."""

    LOW = 0
    HIGH = 1


texts = st.text(st.characters(codec="utf-8"), max_size=5)
numbers = st.integers(-(2**60), 2**60)
scalars: list[Open] = [
    (int, numbers),
    (float, st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9)),
    (str, texts),
    (bool, st.booleans()),
    (type(None), st.none()),
    (Literal["a", 1] | None, st.sampled_from(["a", 1, None])),
    (Colour, st.sampled_from(["red", 2])),
    (Level, st.sampled_from([0, 1])),
]
written: list[Open] = [
    (date, st.dates().map(date.isoformat)),
    (datetime, st.datetimes().map(lambda moment: moment.isoformat() + "Z")),
    (time, st.times().map(time.isoformat)),
    (timedelta, st.integers(0, 9).map("P{}DT1H".format)),
    (UUID, st.uuids().map(str)),
    (Decimal, st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str)),
]
makers: list[Callable[[str, Any], Any]] = [
    lambda name, inner: attrs.make_class(name, {"held": attrs.field(type=inner)}),
    lambda name, inner: make_dataclass(name, [("held", inner)]),
    lambda name, inner: NamedTuple(name, [("held", inner)]),  # type: ignore[misc]
    lambda name, inner: TypedDict(name, {"held": inner}),  # type: ignore[misc]
    lambda name, inner: create_model(name, __config__={"extra": "forbid"}, held=(inner, ...)),
]
"""Classes with one field; the last, pydantic's own, holds no stranger's class and reads choices of numbers its own way."""


def _inside(of: st.SearchStrategy[Open]) -> st.SearchStrategy[Open]:
    several = st.lists
    return st.one_of(
        of.map(lambda one: (list[one[0]], several(one[1], max_size=3))),  # type: ignore[misc]
        of.map(lambda one: (tuple[one[0], ...], several(one[1], max_size=3))),  # type: ignore[misc]
        of.map(lambda one: (dict[str, one[0]], st.dictionaries(texts, one[1], max_size=3))),  # type: ignore[misc]
        of.map(lambda one: (one[0] | None, one[1] | st.none())),
        st.tuples(of, st.sampled_from(makers[:-1])).map(_as_class),
    )


def _as_class(given: tuple[Open, Callable[[str, Any], Any]]) -> Open:
    (inner, values), make = given
    return make(f"Made{next(names)}", inner), st.fixed_dictionaries({"held": values})


models = [_as_class((held, makers[-1])) for held in scalars[:5]]
open_types = st.recursive(st.sampled_from([*scalars, *models]), _inside, max_leaves=3)
written_types = st.recursive(st.sampled_from(written), _inside, max_leaves=3)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.just(1.5) | st.sampled_from(["a", "red", "held", ""]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["held", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def _make(annotation: object) -> tuple[Tool, list[object]]:
    """Make a tool of one argument, and say what reached it."""
    reached: list[object] = []

    def take(value: object) -> None:
        reached.append(value)

    take.__annotations__ = {"value": annotation}
    return tool(take), reached


def _call(made: Tool, value: object) -> None:
    made.handler.call(made.handler.validate(json.dumps({"value": value})), None)


def _fits(value: object, annotation: Any) -> bool:  # noqa: PLR0911 - one line for each kind of type
    """Say whether a value is of a type, looked at without pydantic."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return any(type(value) is type(choice) and value == choice for choice in arguments)
    if origin is list or origin is tuple:
        return type(value) is origin and all(_fits(item, arguments[0]) for item in value)  # type: ignore[attr-defined]
    if origin is dict:
        return type(value) is dict and all(_fits(item, arguments[1]) for item in value.values())
    if arguments:
        return any(_fits(value, argument) for argument in arguments)
    if is_typeddict(annotation):
        return type(value) is dict and _fits(value["held"], annotation.__annotations__["held"])
    if hasattr(annotation, "__name__") and annotation.__name__.startswith("Made"):
        held = (
            attrs.fields(annotation).held.type
            if attrs.has(annotation)
            else annotation.__annotations__["held"]
        )
        return type(value) is annotation and _fits(getattr(value, "held"), held)  # noqa: B009 - of any class
    return type(value) is annotation if annotation in (bool, int) else isinstance(value, annotation)


@given(st.data())
def test_what_the_schema_allows_reaches_the_function_as_its_type(data: st.DataObject) -> None:
    """The model is told the truth about what it may write."""
    annotation, values = data.draw(open_types | written_types)
    value = data.draw(values)
    made, reached = _make(annotation)

    jsonschema.validate({"value": value}, made.parameters)
    _call(made, value)

    assert _fits(reached[0], annotation), (reached, annotation)


@given(st.data())
def test_what_the_schema_does_not_allow_never_calls_the_function_and_the_rest_does(
    data: st.DataObject,
) -> None:
    """Anything at all is written; the schema, read by somebody else's validator, says what may pass."""
    annotation, values = data.draw(open_types)
    value = data.draw(anything | values)
    made, reached = _make(annotation)
    is_allowed = jsonschema.Draft202012Validator(made.parameters).is_valid({"value": value})

    try:
        _call(made, value)
    except ToolArgumentError:
        assert not is_allowed, (annotation, value)
    else:
        assert is_allowed, (annotation, value, reached)
        assert _fits(reached[0], annotation), (annotation, value, reached)


@pytest.mark.parametrize("annotation", [kind for kind, _ in written], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("value", [5, 5.5, True, "", "5 ", "soon", None, [], {}, "NaN", "1e400000"])
def test_what_is_written_out_is_no_number_and_no_other_word(annotation: object, value: object) -> None:
    """A time of day is no count of seconds; of all these only a decimal is written as a number."""
    made, reached = _make(annotation)

    if annotation is Decimal and value in (5, 5.5, "5 ", "1e400000") and value is not True:
        return
    with pytest.raises(ToolArgumentError):
        _call(made, value)
    assert not reached


@pytest.mark.parametrize(
    "text",
    [
        '{"value": {"held": 1, "held": 2}}',
        '{"value": {"held": NaN}}',
        '{"value": {"held": 1e999}}',
        '{"value": {"held": -Infinity}}',
        '{"value": {"held": true}}',
        '{"value": {"held": "1"}}',
        '{"value": {"held": 1',
        '{"value": {"held": 1, "more": 2}}',
        '{"value": {}}',
        '{"value": [1]}',
        '{"value": {"held": 1}} {}',
    ],
)
@pytest.mark.parametrize("make", makers, ids=["attrs", "dataclass", "NamedTuple", "TypedDict", "pydantic"])
@pytest.mark.parametrize("inner", [int, float, Decimal])
def test_a_class_inside_is_read_as_strictly_as_the_arguments_themselves(
    make: Callable[[str, Any], Any], inner: type, text: str
) -> None:
    """Duplicate keys, numbers that are none, other types, other keys and cut-off text are refused at any depth."""
    if inner is Decimal and '"1"' in text:
        return  # a decimal may be written in quotes
    made, reached = _make(make("Made", inner))

    with pytest.raises(ToolArgumentError):
        made.handler.call(made.handler.validate(text), None)
    assert not reached
