"""What docstrings of every usual style tell a model: of a function, and of the classes among its arguments."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple  # noqa: TID251 - schemas are any data

import attrs
import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from executus_core import tool

GOOGLE = """Find lines.

    All of them.

    Args:
        text (str): What to look for,
            as it stands there.
        limit: Most lines.

    Returns:
        The lines.

    Raises:
        OSError: The disk is gone.
    """
NUMPY = """
    Find lines.

    All of them.

    Parameters
    ----------
    text : str
        What to look for,
        as it stands there.
    limit, least : int, optional
        Most lines.

    Returns
    -------
    list of str
        The lines.
    """
SPHINX = """Find lines.

    All of them.

    :param str text: What to look for,
        as it stands there.
    :param limit: Most lines.
    :type limit: int
    :returns: The lines.
    :raises OSError: The disk is gone.
    """


@pytest.mark.parametrize("docstring", [GOOGLE, NUMPY, SPHINX], ids=["Google", "NumPy", "Sphinx"])
def test_a_docstring_of_any_style_describes_the_tool_and_its_parameters(docstring: str) -> None:
    """What it returns and raises is for people who call it."""

    def find(text: str, limit: int = 1, least: int = 0) -> list[str]:
        return []

    find.__doc__ = docstring
    made = tool(find)
    properties: Any = made.parameters["properties"]

    assert made.description == "Find lines.\n\nAll of them."
    assert properties["text"]["description"] == "What to look for,\nas it stands there."
    assert properties["limit"]["description"] == "Most lines."
    assert properties["least"].get("description") == ("Most lines." if docstring is NUMPY else None)


def _in_google(kind: Any) -> Any:
    kind.__doc__ = "A place.\n\nAttributes:\n    x: How far east.\n    y: How far north."
    return kind


def _in_numpy(kind: Any) -> Any:
    kind.__doc__ = (
        "A place.\n\nAttributes\n----------\nx : int\n    How far east.\ny : int\n    How far north."
    )
    return kind


def _in_sphinx(kind: Any) -> Any:
    kind.__doc__ = "A place.\n\n:ivar x: How far east.\n:ivar int y: How far north."
    return kind


def _classes() -> list[Any]:
    @attrs.define
    class Attrs:
        x: int
        y: int = 0

    @dataclasses.dataclass
    class Data:
        x: int
        y: int = 0

    class Named(NamedTuple):
        x: int
        y: int = 0

    class Typed(TypedDict):
        x: int
        y: int

    class Model(BaseModel):
        x: int
        y: int = 0

    return [Attrs, Data, Named, Typed, Model]


@pytest.mark.parametrize("document", [_in_google, _in_numpy, _in_sphinx])
@pytest.mark.parametrize(
    "number", range(5), ids=["attrs", "dataclass", "NamedTuple", "TypedDict", "pydantic"]
)
@pytest.mark.parametrize("is_nested", [False, True])
def test_the_docstring_of_a_class_describes_its_fields(document: Any, number: int, is_nested: bool) -> None:
    """The model reads of each field what it means, wherever the class stands."""
    kind = document(_classes()[number])

    def go(to: Any) -> None: ...

    go.__annotations__ = {"to": dict[str, list[kind] | None] if is_nested else kind}
    (schema,) = tool(go).parameters["$defs"].values()  # type: ignore[union-attr]

    assert schema["description"] == "A place."
    assert schema["properties"]["x"] == {"type": "integer", "description": "How far east."}
    assert schema["properties"]["y"]["description"] == "How far north."


class Place(BaseModel):
    """A place.

    Attributes:
        x: Not this.
    """

    x: int = Field(description="How far east.")


def test_what_a_field_says_of_itself_goes_before_its_docstring() -> None:
    """The nearer word counts."""

    @tool
    def go(to: Place) -> None: ...

    place: Any = go.parameters["$defs"]["Place"]  # type: ignore[index,call-overload]
    assert place["properties"]["x"]["description"] == "How far east."
    assert place["description"] == "A place."


@pytest.mark.parametrize("number", range(3), ids=["attrs", "dataclass", "NamedTuple"])
def test_a_docstring_that_python_made_of_the_fields_is_none(number: int) -> None:
    """``Point(x: int, y: int)`` tells a model nothing that the schema doesn't."""

    def go(to: Any) -> None: ...

    go.__annotations__ = {"to": _classes()[number]}
    (schema,) = tool(go).parameters["$defs"].values()  # type: ignore[union-attr]

    assert "description" not in schema
