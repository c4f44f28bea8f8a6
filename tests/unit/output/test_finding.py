"""Where in a model's text a value may stand, and where not."""

from __future__ import annotations

import time

import pytest
from pydantic import BaseModel

from executus_core.output.finding import find_value
from executus_core.schema.build import build_value_schema
from executus_core.schema.value import UnfitValueError


class Point(BaseModel):
    x: int
    tags: list[str] = []


POINT = build_value_schema(Point)
TEXTS = [
    '{"x": 1}',
    '  {"x": 1}\n',
    '```json\n{"x": 1}\n```',
    '```\n{"x": 1}\n```',
    '```{"x": 1}```',
    'Here it is:\n\n```json\n{"x": 1}\n```\nAnything else?',
    'The answer is {"x": 1}, as asked.',
    'The [short] answer: {"x": 1, "tags": []}',
    'Sure! {"x": 1, "tags": ["a {b} c"]} Bye.',
]


@pytest.mark.parametrize("text", TEXTS)
def test_one_value_is_found(text):
    assert find_value(POINT, text).x == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "no",
        '{"x": 1',
        '{"x": 1} {"x": 2}',
        'First {"x": 1}, or rather {"x": 2}.',
        '```json\n{"x": 1}\n```\n```json\n{"x": 2}\n```',
        '{"x": 1} or ["x"]',
        '{"x": 1,}',
        "{'x': 1}",
        '{"x": 1} // done}',
    ],
)
def test_nothing_is_guessed(text):
    """Cut off, more than one, or no JSON: the model is told, and nobody completes it."""
    with pytest.raises(UnfitValueError):
        find_value(POINT, text)


def test_what_is_wrong_inside_of_a_fence_is_said_of_the_value():
    with pytest.raises(UnfitValueError, match="field 'x'"):
        find_value(POINT, 'Here:\n```json\n{"x": "one"}\n```')


def test_a_list_is_found_among_words_too():
    assert find_value(build_value_schema(list[int]), "They are [1, 2].") == [1, 2]


HUGE = 10_000_000


@pytest.mark.parametrize(
    "text",
    [
        "[" * HUGE,
        "{" * HUGE,
        "[{" * (HUGE // 2),
        "`" * HUGE,
        '{"x": "' + "a" * HUGE,
        "]" * HUGE + "[" * HUGE,
        "x " * (HUGE // 2),
        "\ud800" * HUGE,
        '{"x": [' + "1," * (HUGE // 2) + "1]}",
        "-" * HUGE,
        "1" * HUGE,
    ],
    ids=[
        "lists",
        "objects",
        "both",
        "fences",
        "text",
        "turned",
        "words",
        "surrogates",
        "items",
        "minus",
        "digits",
    ],
)
def test_ten_megabytes_are_read_in_linear_time_and_answered_in_a_few_words(text):
    began = time.process_time()
    with pytest.raises(UnfitValueError) as caught:
        find_value(POINT, text)

    assert time.process_time() - began < 10
    assert len(str(caught.value)) < 2_500
