"""A value while it is written: told often enough, never too often, and right at the end."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core.output.growing import GrowingValue

OBJECTS = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=6),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=6,
    ),
    max_size=5,
)


def grow(text: str, size: int = 1, *, is_wrapped: bool = False) -> list[object]:
    told: list[object] = []
    value = GrowingValue(is_wrapped, told.append)
    value.begin()
    for start in range(0, len(text), size):
        value.add(text[start : start + size])
    value.end()
    return told


@given(OBJECTS, st.integers(1, 7))
def test_the_last_state_is_the_value(value, size):
    told = grow(json.dumps(value), size)

    assert told[-1] == value


@given(OBJECTS, st.integers(1, 7))
def test_every_state_is_a_beginning_of_the_value(value, size):
    """Nothing is shown that the whole takes back: texts grow, lists grow, and a number comes when it is whole."""
    for state in grow(json.dumps(value), size):
        assert_beginning(state, value)


def assert_beginning(state, whole):
    if isinstance(whole, dict):
        assert state.keys() <= whole.keys()
        for name, inner in state.items():
            assert_beginning(inner, whole[name])
    elif isinstance(whole, list):
        assert len(state) <= len(whole)
        for inner, held in zip(state, whole, strict=False):
            assert_beginning(inner, held)
    elif isinstance(whole, str):
        assert whole.startswith(state)
    else:
        assert state == whole


def test_a_value_that_an_object_holds_is_shown_without_it():
    assert grow('{"value": ["a", "b"]}', is_wrapped=True)[-1] == ["a", "b"]
    assert {} not in grow('{"value": ["a", "b"]}', is_wrapped=True)


@pytest.mark.parametrize("text", ["no JSON at all", "", "{'x': 1}", "{,}", "[" * 5_000])
def test_what_is_no_json_shows_nothing_wrong(text):
    assert all(state in ({}, []) or isinstance(state, list) for state in grow(text))


def test_words_and_a_fence_around_it_are_no_part_of_it():
    assert grow('Here:\n```json\n{"x": 1}\n```\nBye.')[-1] == {"x": 1}


def test_an_answer_that_begins_anew_forgets_the_last():
    told: list[object] = []
    value = GrowingValue(is_wrapped=False, publish=told.append)
    for text in ('{"a": 1}', '{"b": 2}'):
        value.begin()
        value.add(text)
        value.end()

    assert told[-1] == {"b": 2}


def test_reading_again_costs_no_more_than_a_few_readings_of_the_whole():
    """However many pieces there are, it is read again only when it has grown by a share of itself."""
    text = json.dumps({"x": "a" * 200_000})
    told = grow(text, 3)

    assert 10 < len(told) < 100
    assert sum(len(state.get("x", "")) for state in told) < 8 * len(text)
