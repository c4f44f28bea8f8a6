"""Queries over JSON: what they find, what is wrong with them, and what they may cost."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core import ToolError
from executus_tools_common.querying import ask, build_tools

PEOPLE = json.dumps({"people": [{"name": "Ann", "age": 30}, {"name": "Bob", "age": 41}], "x-y": 1.5})


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("people[?age > `30`].name", '["Bob"]'),
        ("sort_by(people, &age)[-1].name", '"Bob"'),
        ("length(people)", "2"),
        ("{n: sum(people[].age)}", '{"n": 71}'),
        ('"x-y"', "1.5"),
        ("join(', ', people[].name)", '"Ann, Bob"'),
        ("people[5]", "null (nothing matches the query)"),
    ],
)
async def test_what_a_query_finds(tell, query: str, answer: str) -> None:
    assert await tell(build_tools(), "json_query", json=PEOPLE, query=query) == answer


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("", "the query is wrong: it is empty"),
        ("people[", "the query is wrong: it ends too early"),
        ("people name", "at character 8, 'name'"),
        ("people[?age > 30]", "at character"),
        ("'open", "at character 1, ''open'"),
        ("lengths(@)", "there is no function 'lengths'. Did you mean 'length'?"),
        ("sort_by(@)", "Expected 2 arguments for function sort_by()"),
        ("length(`1`)", "In function length()"),
        ("people[::0]", "a function or a slice in it does not fit the values"),
        ("&people", "the answer has no JSON form"),
        ("`text`", "a literal in backticks is JSON; write a text in single quotes"),
        ("to_number('1e999')", "the answer has no JSON form"),
        ("a" * 2_001, "longer than 2000 characters"),
        ("[" * 900 + "@" + "]" * 900, "nested too deeply"),
    ],
)
async def test_what_is_wrong_with_a_query_and_where(tell, query: str, problem: str) -> None:
    shown = await tell(build_tools(), "json_query", json=PEOPLE, query=query)

    assert shown.startswith("error: ")
    assert problem in shown
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the JSON is wrong at line 1, column 1"),
        ('{\n"a": 1\n"b": 2}', "the JSON is wrong at line 3, column 1"),
        ("{'a': 1}", "the JSON is wrong at line 1, column 2"),
        ("[NaN]", "NaN is no JSON number"),
        ("1e999", "the number 1e999 is too big"),
        ("9" * 5_000, "a number has 5000 digits"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
async def test_what_is_wrong_with_the_json_and_where(tell, text: str, problem: str) -> None:
    shown = await tell(build_tools(), "json_query", json=text, query="@")

    assert shown.startswith("error: ")
    assert problem in shown


async def test_an_answer_that_nobody_could_read_is_refused(tell) -> None:
    """The model is told how long it would be."""
    text = json.dumps(["x" * 1_000] * 300)

    assert "the answer has 301" in await tell(build_tools(), "json_query", json=text, query="@")


MANY = json.dumps([{"id": number, "name": f"n{number}"} for number in range(5_000)])
HOSTILE = {
    "a list of itself, again and again": ("1", "|".join(["[@,@]"] * 250)),
    "a list that doubles": ("[1]", "|".join(["[@,@][]"] * 240)),
    "a text of all that": ("1", "|".join(["[@,@]"] * 250) + "|to_string(@)"),
    "a text that triples": ('"' + "x" * 1_000 + '"', "|".join(['join(@, `["","","",""]`)'] * 60)),
    "a map in a map": (MANY, "map(&map(&map(&id, $), @), @)".replace("$", "[@, @]")),
    "every element against every other": (MANY, "[].[" + ",".join(["id"] * 500) + "]"),
    "sorted a hundred times": (MANY, "|".join(["sort_by(@, &name)"] * 100)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_query_ends_quickly(name: str) -> None:
    """A short text can ask for more than there is memory for."""
    text, query = HOSTILE[name]
    began = time.process_time()
    with suppress(ToolError):
        ask(json.loads(text), query[:2_000])

    assert time.process_time() - began < 20, "it took long"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1_000, 1_000) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=20,
)
QUERIES = st.sampled_from(
    [
        "@",
        "a",
        "a.b",
        "[0]",
        "[]",
        "[].a",
        "*.a",
        "[?a].b",
        "{x: a, y: b}",
        "[a, b]",
        "a || b",
        "a | b",
        "length(@)",
    ]
)


@given(VALUES, QUERIES)
def test_answers_are_those_of_jmespath(document, query: str) -> None:
    """The bound changes no answer."""
    try:
        expected = jmespath.search(query, document)
    except jmespath.exceptions.JMESPathError:
        with pytest.raises(ToolError):
            ask(document, query)
    else:
        assert ask(document, query) == expected


@given(VALUES, st.text(alphabet="ab.[]*?|&(){}:,`'\"@!=<>01-", max_size=30))
def test_any_query_gives_an_answer_or_a_reason(document, query: str) -> None:
    """Nothing else is ever raised."""
    try:
        told = ""
        ask(document, query)
    except ToolError as error:
        told = str(error)

    assert told.startswith("the query") or not told
