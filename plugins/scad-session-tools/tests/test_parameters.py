"""Parameters reach OpenSCAD as values, and nothing in them as code."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core import ToolError
from executus_scad_session_tools.parameters import definitions_of


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (12, "a=12"),
        (2.5, "a=2.5"),
        (True, "a=true"),
        ("M3", 'a="M3"'),
        ([1, 2.5, 3], "a=[1, 2.5, 3]"),
        ('"; cube(9); //', 'a="\\"; cube(9); //"'),
    ],
)
def test_a_value_is_written_as_openscad_reads_it(value: object, written: str) -> None:
    assert definitions_of({"a": value}) == ["-D", written]


@given(st.text(alphabet='ab1 "\\\\;/*{}$<>\n\r\t\0\x7fäñ\u2028\U0001f600'))
def test_a_text_is_a_text_or_refused(text: str) -> None:
    """No text ends the string that it is in."""
    try:
        _, option = definitions_of({"a": text})
    except ToolError:
        return

    assert json.loads(option.removeprefix("a=")) == text


@pytest.mark.parametrize("name", ["", "a b", "a=1;b", "-D", "1a", "a" * 65, "ä", "a\n"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ToolError, match="is no name of an OpenSCAD variable"):
        definitions_of({name: 1})


@pytest.mark.parametrize("value", ["line\nbreak", "\0", "x" * 2000, [0.1] * 2000])
def test_a_value_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(ToolError, match="the parameter 'a'"):
        definitions_of({"a": value})


def test_too_many_are_refused() -> None:
    with pytest.raises(ToolError, match="at most 64"):
        definitions_of({f"a{number}": 1 for number in range(65)})
