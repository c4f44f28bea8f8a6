"""What a tool may return, and what a model and the run get of it."""

from __future__ import annotations

import dataclasses
import enum
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple  # noqa: TID251 - any return value

import attrs
import pytest
from pydantic import BaseModel

from executus_core import Agent, Artifact, Executor, ToolResult, tool
from executus_core.llm import FilePart, ImagePart, TextPart
from executus_core.testing import ScriptedModel, call

if TYPE_CHECKING:
    from executus_core import Result

IMAGE = ImagePart(b"\x89PNG", "image/png")
PAPER = FilePart("a.pdf", "application/pdf", b"%PDF-")
FILE = Artifact("part.stl", "model/stl", b"solid")
NAMED = "[attached part.stl: model/stl, 5 bytes]"


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Data:
    held: object


class Model(BaseModel):
    held: object


class Named(NamedTuple):
    held: object


@attrs.define
class Attrs:
    held: object
    _hidden: int = 1


async def _run(value: object) -> Result:
    @tool
    async def give() -> Any:
        return value

    model = ScriptedModel([call("give"), "done"])
    return await Executor(models=model, registry=[give]).run(Agent(name="x", tools=("give",)), "go")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("as it is", "as it is"),
        (None, "(no result)"),
        ([], []),
        ({"a": [1, None, True]}, {"a": [1, None, True]}),
        (Data(date(2020, 1, 31)), {"held": "2020-01-31"}),
        (Model(held=Colour.RED), {"held": "red"}),
        (Named({"b"}), [["b"]]),
        (Attrs(Path("a/b")), {"held": "a/b", "hidden": 1}),
        ([Attrs([Attrs(None)])], [{"held": [{"held": None, "hidden": 1}], "hidden": 1}]),
        (Data(Attrs(Model(held=1))), {"held": {"held": {"held": 1}, "hidden": 1}}),
        (Path("a/b"), "a/b"),
        (float("inf"), "Infinity"),
    ],
)
async def test_data_of_every_usual_kind_is_read_as_json(value: object, read: object) -> None:
    """Objects with fields as their fields; a path as its text, since a path alone is no leave to read what lies there."""
    result = await _run(value)

    (step,) = result.steps
    assert not step.is_error
    assert step.result.text == read or json.loads(step.result.text) == read
    assert result.artifacts == ()


@pytest.mark.parametrize(
    ("value", "parts", "artifacts"),
    [
        (IMAGE, (IMAGE,), ()),
        (PAPER, (PAPER,), ()),
        ([PAPER, 1], (PAPER, TextPart("1")), ()),
        (TextPart("a"), (TextPart("a"),), ()),
        (FILE, (TextPart(NAMED),), (FILE,)),
        ([FILE], (TextPart(NAMED),), (FILE,)),
        (["See:", IMAGE], (TextPart("See:"), IMAGE), ()),
        ((IMAGE, {"x": 1}, FILE), (IMAGE, TextPart('{"x":1}'), TextPart(NAMED)), (FILE,)),
        ([TextPart("a"), [IMAGE, FILE]], (TextPart("a"), IMAGE, TextPart(NAMED)), (FILE,)),
        (ToolResult("kept", artifacts=(FILE,)), (TextPart("kept"),), (FILE,)),
    ],
)
async def test_pictures_are_seen_files_are_kept_and_named_and_lists_may_mix_them(
    value: object, parts: tuple[object, ...], artifacts: tuple[Artifact, ...]
) -> None:
    """The bytes of a file never enter the model's context."""
    result = await _run(value)

    assert result.steps[0].result.parts == parts
    assert result.artifacts == artifacts


@pytest.mark.parametrize("value", [object(), [object()], Attrs(object()), b"\xff", {1: object()}])
async def test_what_has_no_json_form_fails_the_call_and_not_the_run(value: object) -> None:
    """The model learns that it failed, and goes on."""
    result = await _run(value)

    assert result.status == "ok"
    assert result.steps[0].is_error
    assert "failed" in result.steps[0].result.text
