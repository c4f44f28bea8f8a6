"""Meshes are measured and drawn as they are, whoever made them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
import trimesh
from PIL import Image

from executus_scad_session_tools.mesh import Mesh, count_triangles, read_mesh
from executus_scad_session_tools.picture.draw import draw
from executus_scad_session_tools.picture.raster import NOTHING, rasterise
from executus_scad_session_tools.picture.sheet import draw_sheet, draw_views
from executus_scad_session_tools.picture.view import axes_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VIEWS = ["iso", "front", "back", "left", "right", "top", "bottom"]


@pytest.fixture
def mesh_of(tmp_path: Path) -> Callable[..., Mesh]:
    """Reads back what trimesh wrote."""

    def mesh_of(*parts: trimesh.Trimesh) -> Mesh:
        path = tmp_path / "model.binstl"
        trimesh.util.concatenate(list(parts)).export(str(path), file_type="stl")
        assert count_triangles(path) == sum(len(part.faces) for part in parts)
        return read_mesh(path)

    return mesh_of


def box(*size: float, at: tuple[float, float, float] = (0, 0, 0)) -> trimesh.Trimesh:
    """A box with its lowest corner at a place."""
    made = trimesh.creation.box(extents=size)
    made.apply_translation(np.array(at) + np.array(size) / 2)
    return made


def test_a_box_is_measured(mesh_of: Callable[..., Mesh]) -> None:
    measures = mesh_of(box(2, 3, 4, at=(1, 0, -1))).measures

    assert measures.as_data() == {
        "min_mm": [1.0, 0.0, -1.0],
        "max_mm": [3.0, 3.0, 3.0],
        "size_mm": [2.0, 3.0, 4.0],
        "volume_mm3": 24.0,
        "surface_area_mm2": 52.0,
        "is_watertight": True,
        "parts": 1,
        "cavities": 0,
        "triangles": 12,
    }


def test_parts_and_cavities_are_counted_apart(mesh_of: Callable[..., Mesh]) -> None:
    """A hollow is no part, and takes from the volume."""
    hollow = box(1, 1, 1, at=(1, 1, 1))
    hollow.invert()

    measures = mesh_of(box(3, 3, 3), hollow, box(2, 2, 2, at=(10, 0, 0))).measures

    assert (measures.parts, measures.cavities, measures.volume_mm3) == (2, 1, 27 - 1 + 8)


def test_what_is_not_closed_has_no_volume(mesh_of: Callable[..., Mesh]) -> None:
    """A number would be wrong."""
    opened = box(2, 2, 2)
    opened.update_faces(np.arange(len(opened.faces)) > 0)

    measures = mesh_of(opened).measures

    assert (measures.is_watertight, measures.volume_mm3, measures.parts) == (False, None, 1)


def test_the_nearest_triangle_is_the_one_that_is_seen() -> None:
    """Whichever comes first; where none is there is nothing."""
    near, far = [[1, 1, 5], [9, 1, 5], [1, 9, 5]], [[0, 0, 1], [16, 0, 1], [0, 16, 1]]
    for order in (near + far, far + near):
        seen = rasterise(np.array(order, dtype=float), np.array([[0, 1, 2], [3, 4, 5]]), 12, 12)
        is_near_first = order[0] == near[0]

        assert seen[2, 2] == (0 if is_near_first else 1)
        assert seen[0, 10] == (1 if is_near_first else 0)
        assert seen[11, 11] == NOTHING


def test_a_pixel_between_two_triangles_belongs_to_one() -> None:
    """No gap is left along an edge that they share, and what reaches beyond the picture is cut."""
    points = np.array([[-5, -5, 0], [25, -5, 0], [25, 25, 0], [-5, 25, 0]], dtype=float)

    seen = rasterise(points, np.array([[0, 1, 2], [0, 2, 3]]), 20, 20)

    assert set(np.unique(seen)) == {0, 1}


def test_a_triangle_that_is_seen_from_its_edge_is_not_seen() -> None:
    points = np.array([[2, 2, 0], [8, 2, 0], [5, 2, 9]], dtype=float)

    assert (rasterise(points, np.array([[0, 1, 2]]), 10, 10) == NOTHING).all()


@pytest.mark.parametrize("view", VIEWS)
def test_the_axes_of_a_view_are_those_of_a_viewer(view: str) -> None:
    """Right, up and nearer stand upright on one another, and no view is a mirror's."""
    axes = axes_of(view)

    assert np.allclose(axes @ axes.T, np.eye(3))
    assert np.linalg.det(axes) == pytest.approx(1)


@pytest.mark.parametrize(
    ("view", "is_left", "is_high"),
    [
        ("front", True, False),
        ("back", False, False),
        ("right", True, False),
        ("left", False, False),
        ("top", True, False),
        ("bottom", True, True),
    ],
)
def test_a_corner_is_seen_where_it_is(
    view: str, is_left: bool, is_high: bool, mesh_of: Callable[..., Mesh]
) -> None:
    """An L of three arms from one corner shows in each view on which side that corner is."""
    arms = [box(9, 3, 3), box(3, 9, 3), box(3, 3, 9)]
    shown = np.asarray(draw(mesh_of(*arms), view, 200, 200).convert("L"), dtype=int)[30:170, 30:170] < 235

    left, right = shown[:, :60].sum(), shown[:, -60:].sum()
    high, low = shown[:60].sum(), shown[-60:].sum()
    assert bool(left > right) is is_left
    assert bool(high > low) is is_high


def test_a_hole_shows_what_is_behind_it(mesh_of: Callable[..., Mesh]) -> None:
    """A ring from above is paper in its middle, and material around it."""
    ring = trimesh.creation.annulus(r_min=4, r_max=10, height=2)

    picture = draw(mesh_of(ring), "top", 200, 200).convert("RGB")

    assert picture.getpixel((100, 100)) == (250, 250, 248)
    red, green, blue = picture.getpixel((100, 45))
    assert red > green > blue


def test_a_face_that_looks_to_the_light_is_lighter(mesh_of: Callable[..., Mesh]) -> None:
    picture = draw(mesh_of(box(10, 10, 10)), "iso", 200, 200).convert("L")

    assert picture.getpixel((100, 55)) > picture.getpixel((150, 130))


def test_pictures_are_of_the_size_that_was_asked_for(mesh_of: Callable[..., Mesh]) -> None:
    """A sheet has a tile of half the size for each view."""
    mesh = mesh_of(box(1, 2, 3))

    one, other = draw_views(mesh, ["iso", "top"], 320, 240)
    sheets = [Image.open(BytesIO(draw_sheet(mesh, VIEWS[:count], 320, 240))).size for count in (2, 4, 7)]

    assert one != other
    assert Image.open(BytesIO(one)).size == (320, 240)
    assert sheets == [(324, 120), (324, 244), (652, 244)]


def test_the_smallest_and_the_flattest_can_be_drawn(mesh_of: Callable[..., Mesh]) -> None:
    """And what is very long, or far away."""
    for mesh in (
        mesh_of(box(1e-3, 1e-3, 1e-3)),
        mesh_of(box(1e5, 1, 1)),
        mesh_of(box(5, 5, 5, at=(1e4, 0, 0))),
    ):
        colours = draw(mesh, "iso", 160, 120).convert("RGB").getcolors(100_000)
        assert colours is not None
        assert any(red > blue + 40 for _, (red, _, blue) in colours)
