"""The page about OpenSCAD does what it says: a bracket, from its first line to its pictures. With a real OpenSCAD.

``python test_bracket.py`` writes the page's pictures anew.
"""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import BytesIO, StringIO
from math import pi
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import trimesh
from PIL import Image

from executus_core import RunStatus
from executus_core.llm import ImagePart
from executus_scad_session_tools.mesh import read_mesh
from executus_scad_session_tools.picture.sheet import draw_sheet, draw_views

if TYPE_CHECKING:
    from executus_core import Result

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = DOCS / "how-to" / "model-with-openscad.md"
PICTURES = {"bracket.png": ["iso"], "bracket-views.png": ["iso", "front", "top", "right"]}

pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="the source distribution has no docs")


def follow_page() -> dict[str, object]:
    """Run the page's Python block, and give what it defined, with what it printed as ``said``."""
    text = PAGE.read_text(encoding="utf-8")
    code = re.search(r"^```python [^\n]*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert code
    page: dict[str, object] = {"__name__": "page"}
    with redirect_stdout(StringIO()) as said:
        exec(compile(code[1], str(PAGE), "exec"), page)
    return {**page, "said": said.getvalue()}


def draw_pictures(result: Result, folder: Path) -> dict[str, bytes]:
    """Draw the page's pictures of the STL that the run exported."""
    path = folder / "bracket.binstl"
    path.write_bytes(result.artifacts[0].data)
    mesh = read_mesh(path)
    return {
        name: draw_sheet(mesh, views, 800, 600) if len(views) > 1 else draw_views(mesh, views, 800, 600)[0]
        for name, views in PICTURES.items()
    }


@pytest.fixture(scope="module")
def page(openscad: None) -> dict[str, object]:
    """What the page's program defined."""
    return follow_page()


def test_the_page_prints_what_it_says(page: dict[str, object]) -> None:
    """Line by line, but for the numbers of bytes."""
    shown = PAGE.read_text(encoding="utf-8").split("It prints:")[1].split("```")[1].removeprefix("text\n")
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else ".*".join(map(re.escape, line.split("..."))) + r"\n"
        for line in shown.splitlines()
    )

    assert re.fullmatch(pattern, page["said"]), page["said"]


def test_the_bracket_is_watertight_and_has_the_volume_that_it_should(page: dict[str, object]) -> None:
    """By another reader than ours, within half of a percent of what one works out by hand."""
    result: Result = page["result"]
    exported = trimesh.load_mesh(BytesIO(result.artifacts[0].data), file_type="stl")
    volume = 60 * 30 * 5 + 60 * 5 * 35 - 2 * pi * 3**2 * 5

    assert result.status is RunStatus.OK
    assert result.artifacts[0].name == "bracket.stl"
    assert exported.is_watertight
    assert exported.volume == pytest.approx(volume, rel=0.005)
    assert exported.extents == pytest.approx([60, 30, 40])


def test_the_model_sees_the_picture_before_its_next_step(page: dict[str, object]) -> None:
    """And neither the step before, nor a second time."""
    result: Result = page["result"]
    seen = [part for message in result.messages for part in message.parts if isinstance(part, ImagePart)]
    position = next(
        number
        for number, message in enumerate(result.messages)
        if any(part is seen[0] for part in message.parts)
    )

    assert len(seen) == 1
    assert Image.open(BytesIO(seen[0].data)).size == (804, 604)
    assert "seen from: iso, front, top, right" in result.messages[position].text
    assert [call.name for call in result.messages[position - 2].tool_calls] == ["render_preview"]
    assert [call.name for call in result.messages[position + 1].tool_calls] == ["measure"]


def test_the_pictures_of_the_page_are_those_that_are_drawn(page: dict[str, object], tmp_path: Path) -> None:
    """But for what a font or a rounding makes of it; each is small."""
    for name, drawn in draw_pictures(page["result"], tmp_path).items():
        kept = (DOCS / "_static" / name).read_bytes()
        ours, theirs = (
            np.asarray(Image.open(BytesIO(data)).convert("L"), dtype=float) for data in (drawn, kept)
        )

        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).mean() < 2
        assert len(kept) < 60_000


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for name, picture in draw_pictures(follow_page()["result"], Path(folder)).items():
            (DOCS / "_static" / name).write_bytes(picture)
