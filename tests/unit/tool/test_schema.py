"""What models are told about a tool's arguments."""

import enum
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal  # noqa: TID251 - a parameter that takes anything

import pytest
from pydantic import AnyHttpUrl, BaseModel, Field
from typing_extensions import TypedDict

from executus_core import ToolContext, tool


class Colour(enum.Enum):
    """A choice."""

    RED = "red"
    BLUE = "blue"


class Point(BaseModel):
    """A place."""

    title: str
    x: float = 0


@dataclass
class Pair:
    """Two numbers."""

    a: int
    b: int


class Options(TypedDict, total=False):
    """Some options."""

    deep: bool


def _properties(parameters: object) -> dict[str, dict[str, object]]:
    assert isinstance(parameters, dict)
    return parameters["properties"]  # type: ignore[no-any-return]


def test_types_descriptions_defaults_and_required_come_from_the_function() -> None:
    """The schema says all that the signature and the docstring say, and nothing else."""

    @tool
    def find(text: str, limit: int = 10, *, exact: bool = False) -> list[str]:
        """Find lines.

        Args:
            text: What to look for.
            limit: Most lines.
        """
        return [text] * limit

    assert find.parameters == {
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": "What to look for."},
            "limit": {"type": "integer", "default": 10, "description": "Most lines."},
            "exact": {"type": "boolean", "default": False},
        },
        "required": ["text"],
        "additionalProperties": False,
    }


def test_a_tool_without_arguments_takes_an_empty_object() -> None:
    """Providers want an object with properties, also when there are none."""

    @tool
    def ping(ctx: ToolContext) -> str:
        return "pong"

    assert ping.parameters == {"type": "object", "properties": {}, "additionalProperties": False}


@pytest.mark.parametrize(
    "style",
    [
        "Read.\n\nArgs:\n    path: Where it lies.\n",
        "Read.\n\nParameters\n----------\npath : str\n    Where it lies.\n",
        "Read.\n\n:param path: Where it lies.\n",
    ],
)
def test_descriptions_are_read_from_every_usual_docstring(style: str) -> None:
    """Google, NumPy and Sphinx style."""

    def read(path: str) -> str:
        return path

    read.__doc__ = style
    made = tool(read)

    assert made.description == "Read."
    assert _properties(made.parameters)["path"]["description"] == "Where it lies."


def test_rich_types_have_a_schema() -> None:
    """Choices, models, data classes, typed dictionaries, unions, constraints and addresses."""

    @tool
    def draw(
        *,
        colour: Colour,
        at: Point,
        size: Pair,
        mode: Literal["fill", "line"],
        url: AnyHttpUrl,
        tags: list[str],
        options: Options,
        alpha: Annotated[float, Field(ge=0, le=1)] = 1.0,
        label: str | None = None,
    ) -> None:
        """Draw."""

    properties = _properties(draw.parameters)

    assert properties["mode"]["enum"] == ["fill", "line"]
    assert properties["url"]["format"] == "uri"
    assert properties["tags"] == {"type": "array", "items": {"type": "string"}}
    assert (properties["alpha"]["minimum"], properties["alpha"]["maximum"]) == (0, 1)
    assert "label" not in draw.parameters["required"]  # type: ignore[operator]


def test_titles_that_pydantic_adds_are_left_out_and_fields_named_title_stay() -> None:
    """Titles cost tokens and say nothing, but a field may be called so."""

    @tool
    def place(at: Point) -> None:
        """Place."""

    definition = place.parameters["$defs"]["Point"]  # type: ignore[index,call-overload]

    assert "title" in definition["properties"]
    assert "title" not in definition
    assert "title" not in definition["properties"]["title"]


def test_a_default_is_shown_as_json_where_json_can_hold_it() -> None:
    """It is a default all the same."""

    here, twice, nothing = Point(title="here"), Pair(1, 2), object()

    @tool
    def paint(
        *,
        colour: Colour = Colour.RED,
        day: date = date(2020, 1, 31),
        place: Point = here,
        size: Pair = twice,
        share: float = float("nan"),
        anything: Any = nothing,
    ) -> None:
        """Paint."""

    defaults = {name: held.get("default") for name, held in _properties(paint.parameters).items()}

    assert defaults == {
        "colour": "red",
        "day": "2020-01-31",
        "place": {"title": "here", "x": 0.0},
        "size": {"a": 1, "b": 2},
        "share": None,
        "anything": None,
    }
    assert "required" not in paint.parameters
