"""One picture: faces in light and shade, their edges, the axes, and what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from executus_scad_session_tools.picture.raster import NOTHING, plane_of, rasterise
from executus_scad_session_tools.picture.view import look

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from executus_scad_session_tools.mesh import Mesh
    from executus_scad_session_tools.picture.view import Camera, View

_SAMPLES: Final = 2
"""Pixels that are worked out for one that is shown, in each direction: smooth edges."""
_PAPER: Final = (250, 250, 248)
_SURFACE: Final = np.array((243, 190, 78), dtype=np.float64)
_INK: Final = np.array((52, 48, 44), dtype=np.float64)
_LIGHT: Final = np.array((-0.36, 0.48, 0.80))  # from the left, above, and the viewer's side
_SHADE: Final = 0.45
_WRAP: Final = 0.35  # how far light reaches around a body: what looks away from it keeps its shape
_CREASE: Final = float(np.cos(np.radians(22)))
_STEP_PX: Final = 3.0
_TOO_SHORT: Final = 0.05
_AXES: Final = (("x", (200, 50, 40)), ("y", (40, 140, 60)), ("z", (50, 90, 200)))


def draw(mesh: Mesh, view: View, width: int, height: int) -> Image.Image:
    """Draw a mesh from one side."""
    camera = look(view, mesh.vertices, width * _SAMPLES, height * _SAMPLES)
    shown = Image.fromarray(_paint(mesh, camera)).resize((width, height), Image.Resampling.BOX)
    _write_on(shown, mesh, view, camera)
    return shown


def _paint(mesh: Mesh, camera: Camera) -> NDArray[np.uint8]:
    """Give the colour of each pixel."""
    points = camera.project(mesh.vertices)
    seen = rasterise(points, mesh.faces, camera.width, camera.height)
    normals = mesh.normals @ camera.axes.T
    normals *= np.where(normals[:, 2:] < 0, -1, 1)  # the inside of what is not closed is lit too
    light = _SHADE + (1 - _SHADE) * np.maximum((normals @ _LIGHT + _WRAP) / (1 + _WRAP), 0)
    colours = np.vstack((light[:, None] * _SURFACE, _PAPER))  # NOTHING is the last of them
    painted = colours[seen]
    painted[_edges(seen, normals, plane_of(points[mesh.faces]))] = _INK
    return painted.astype(np.uint8)


def _edges(
    seen: NDArray[np.int64], normals: NDArray[np.float64], planes: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Find the pixels on an outline, on a crease, or where one surface hides another."""
    marked = np.zeros(seen.shape, dtype=np.bool_)
    for one, other in (
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
    ):
        row, column = np.nonzero(seen[one] != seen[other])
        here, there = seen[one][row, column], seen[other][row, column]
        is_outline = (here == NOTHING) | (there == NOTHING)
        is_crease = np.einsum("ij,ij->i", normals[here], normals[there]) < _CREASE
        apart = planes[here] - planes[there]
        gap = np.abs(apart[:, 0] * (column + 1) + apart[:, 1] * (row + 1) + apart[:, 2])
        is_edge = is_outline | is_crease | (gap > _STEP_PX * _SAMPLES)
        marked[one][row[is_edge], column[is_edge]] = True
        marked[other][row[is_edge], column[is_edge]] = True
    return marked


def _write_on(picture: Image.Image, mesh: Mesh, view: View, camera: Camera) -> None:
    """Write which view it is and how large the model is, and draw the axes."""
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(max(11, picture.height // 32))
    size = mesh.vertices.max(axis=0) - mesh.vertices.min(axis=0)
    margin = picture.height // 40
    pen.text((margin, margin), view, fill=(20, 20, 20), font=font)
    words = " x ".join(f"{length:.4g}" for length in size) + " mm"
    pen.text((picture.width - margin, margin), words, fill=(90, 90, 90), font=font, anchor="ra")
    length = picture.height / 14
    middle = np.array((margin + length * 1.3, picture.height - margin - length * 1.3))
    # the axis that comes nearest is drawn last, over the others
    for axis in np.argsort(camera.axes[2]):
        name, colour = _AXES[int(axis)]
        along = np.array((camera.axes[0, axis], -camera.axes[1, axis]))
        if np.hypot(*along) < _TOO_SHORT:
            continue  # it points at the viewer, or away
        tip = middle + along * length
        pen.line((*middle, *tip), fill=colour, width=2)
        pen.text(tuple(middle + along * length * 1.25), name, fill=colour, font=font, anchor="mm")
