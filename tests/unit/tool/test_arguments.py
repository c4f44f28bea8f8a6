"""Arguments as models write them: validated strictly, and refused in words that help."""

import json
from typing import Annotated, Any  # noqa: TID251 - a parameter that takes anything

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from executus_core import tool
from executus_core.errors import ToolArgumentError


class Point(BaseModel):
    """A place."""

    x: int
    y: int = 0


@tool
def flat(text: str, count: int = 1, ratio: float = 0.5, *, deep: bool = False) -> None:
    """Take scalars."""


@tool
def nested(points: list[Point], anything: Any = None, limit: Annotated[int, Field(ge=1)] = 1) -> None:
    """Take more."""


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


def _refusal(arguments: str, of: Any = flat) -> str:
    with pytest.raises(ToolArgumentError) as caught:
        of.handler.validate(arguments)
    return str(caught.value)


def test_good_arguments_come_as_python_values() -> None:
    """Only what was given comes; the function has its own defaults."""
    assert flat.handler.validate('{"text": "a:b", "count": 2}') == {"text": "a:b", "count": 2}
    assert nested.handler.validate('{"points": [{"x": 1}]}') == {"points": [Point(x=1)]}


def test_a_whole_number_is_a_fine_ratio() -> None:
    """JSON has one kind of number, so 1 is a float too."""
    assert flat.handler.validate('{"text": "", "ratio": 1}') == {"text": "", "ratio": 1.0}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ('{"text": "a", "count": true}', "argument 'count': Input should be a valid integer (got True)"),
        ('{"text": "a", "count": "2"}', "argument 'count': Input should be a valid integer (got '2')"),
        ('{"text": "a", "count": 2.0}', "argument 'count'"),
        ('{"text": "a", "ratio": true}', "argument 'ratio'"),
        ('{"text": "a", "ratio": "0.5"}', "argument 'ratio'"),
        ('{"text": "a", "deep": 1}', "argument 'deep'"),
        ('{"text": "a", "deep": "yes"}', "argument 'deep'"),
        ('{"text": 1}', "argument 'text': Input should be a valid string (got 1)"),
        ('{"text": null}', "argument 'text'"),
        ("{}", "argument 'text' is missing"),
        ('{"text": "a", "cuont": 1}', "unknown argument 'cuont'. Did you mean 'count'?"),
        (
            '{"text": "a", "zzzz": 1, "yyyy": 2}',
            "unknown argument 'zzzz'. Known: 'count', 'deep', 'ratio', 'text'; unknown argument 'yyyy'",
        ),
        ('["a"]', "write one JSON object with the arguments by name"),
        ('"a"', "write one JSON object with the arguments by name"),
        ('{"text": "a"', "not valid JSON"),
        ("text=a", "not valid JSON"),
        ('{"text": "a"} {"text": "b"}', "not valid JSON"),
    ],
)
def test_wrong_arguments_are_refused_with_what_to_change(arguments: str, words: str) -> None:
    """No coercion between types: what a model wrote is what runs, or nothing runs."""
    message = _refusal(arguments)

    assert message.startswith("the arguments are wrong, so the tool was not called: ")
    assert words in message


@pytest.mark.parametrize(
    "arguments",
    [
        '{"text": "a", "text": "b"}',
        '{"text": "a", "t\\u0065xt": "b"}',
        '{"text": "x:y", "count": 1, "count": 1}',
    ],
)
def test_a_key_that_stands_twice_is_refused(arguments: str) -> None:
    """Two readers of one text could take different values."""
    assert "the key 'text' stands twice" in _refusal(arguments) or "the key 'count'" in _refusal(arguments)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    """JSON has no NaN and no infinity, whatever a reader lets pass."""
    assert _refusal(f'{{"text": "a", "ratio": {number}}}')
    assert _refusal(f'{{"points": [], "anything": {{"deep": [{number}]}}}}', nested)


def test_duplicates_are_refused_at_any_depth() -> None:
    """A nested object is no hiding place."""
    assert "stands twice" in _refusal('{"points": [{"x": 1, "x": 2}]}', nested)
    assert "stands twice" in _refusal('{"points": [], "anything": {"a": {"b": 1, "b": 2}}}', nested)


def test_a_nested_problem_is_shown_by_its_place() -> None:
    """The model learns which element of which list."""
    assert "argument 'points.1.x': Input should be a valid integer" in _refusal(
        '{"points": [{"x": 1}, {"x": "one"}]}', nested
    )


def test_nesting_without_end_is_refused() -> None:
    """Ten thousand brackets must not end the process."""
    deep = "[" * 10_000 + "]" * 10_000

    assert _refusal(f'{{"points": [], "anything": {deep}}}', nested)


@pytest.mark.parametrize(
    "text", ['{"text": "\ud800"}', '{"text": "\\ud800"}', '{"text": "a\\u0000b", "count": "\ud800"}']
)
def test_a_lone_surrogate_is_refused_in_words_that_can_be_sent(text: str) -> None:
    """The refusal itself goes back over a wire in UTF-8."""
    assert _refusal(text).encode("utf-8")


def test_a_refusal_stays_short_whatever_was_written() -> None:
    """Ten megabytes of nonsense make no ten megabytes of error."""
    assert len(_refusal(json.dumps({"text": ["x" * 10**6] * 10}))) < 2_200
    assert len(_refusal(json.dumps({f"k{number}" * 50: 1 for number in range(1000)}))) < 2_200


def test_many_problems_are_counted_when_not_shown() -> None:
    """The model learns that there is more to mend."""
    wrong = json.dumps({"points": [{"x": "no"}] * 20})

    assert "and 12 more problems" in _refusal(wrong, nested)


def test_a_huge_integer_is_an_integer_or_a_refusal() -> None:
    """A number of five thousand digits breaks nothing."""
    arguments = '{"text": "a", "count": ' + "9" * 5_000 + "}"

    try:
        values = flat.handler.validate(arguments)
    except ToolArgumentError:
        return
    assert isinstance(values["count"], int)


@given(
    st.text(max_size=60)
    | json_values.map(json.dumps)
    | st.dictionaries(st.text(), json_values).map(json.dumps)
)
def test_whatever_a_model_writes_is_validated_or_refused(arguments: str) -> None:
    """Nothing but valid values and a ToolArgumentError ever comes of it."""
    for made in (flat, nested):
        try:
            values = made.handler.validate(arguments)
        except ToolArgumentError as error:
            words = str(error).encode("utf-8")
            assert len(words) < 10_000
        else:
            assert values == made.handler.validate(json.dumps(json.loads(arguments)))
