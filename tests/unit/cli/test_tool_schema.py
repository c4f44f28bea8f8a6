"""A tool's schema in words."""

import dataclasses
import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core import tool
from executus_core.cli.tools.schema import describe_arguments, describe_type


@dataclasses.dataclass
class Point:
    """A place."""

    x: int
    y: int = 0


@dataclasses.dataclass
class Tree:
    """Something that holds itself."""

    children: "list[Tree]"


@tool
def draw(
    at: Point,
    names: list[str],
    sizes: dict[str, float] | None = None,
    how: Literal["thick", "thin"] = "thin",
) -> str:
    """Draw.

    Args:
        at: Where to.
    """
    return ""


def test_arguments_are_described_in_their_order() -> None:
    """With what is required, what holds otherwise, and what the tool says of them."""
    at, names, sizes, how = describe_arguments(draw.parameters)

    assert (at.type, at.is_required, at.default) == ("object with x (integer), y? (integer)", True, "")
    assert at.description == "Where to."
    assert (names.type, names.description) == ("list of strings", "")
    assert (sizes.type, sizes.is_required, sizes.default) == ("object of numbers or null", False, "null")
    assert (how.type, how.default) == ('"thick" or "thin"', '"thin"')


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string", "minLength": 1}, "string, at least 1 character"),
        ({"type": "string", "format": "uri"}, "string (uri)"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"const": 7}, "7"),
        ({"type": "array"}, "list"),
        ({"type": "object"}, "object"),
        ({"type": "object", "properties": {}}, "object with no fields"),
        ({}, "anything"),
        ({"$ref": "#/$defs/Lost"}, "Lost"),
    ],
)
def test_a_schema_in_words(schema: dict, said: str) -> None:
    """What no words are known for stays with the schema itself."""
    assert describe_type(schema, {}) == said


def test_what_holds_itself_is_named_once() -> None:
    """And does not go on for ever."""

    @tool
    def climb(tree: Tree) -> str:
        """Climb."""
        return ""

    (argument,) = describe_arguments(climb.parameters)

    assert argument.type == "object with children (list of Tree)"


@given(
    st.recursive(
        st.fixed_dictionaries({}, optional={"type": st.sampled_from(["string", "array", "object"])}),
        lambda inner: st.one_of(
            st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
            st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries(
                {"type": st.just("object"), "properties": st.dictionaries(st.text(), inner)}
            ),
        ),
        max_leaves=8,
    )
)
def test_any_nesting_has_words(schema: dict) -> None:
    """A tool may be made by hand over any schema."""
    said = describe_type(schema, {})

    assert said
    assert json.dumps(said)
