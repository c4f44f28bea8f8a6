"""The mesh of a model, and what can be measured on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from trimesh import Trimesh

    from executus_core.llm import JsonValue


@frozen
class Measures:
    """What was measured on a model.

    Attributes:
        min_mm: The lowest corner of its bounding box: x, y, z.
        max_mm: The highest corner.
        size_mm: The lengths of the box.
        volume_mm3: What it encloses; None for a mesh that is not closed.
        surface_area_mm2: Its surface, that of cavities included.
        is_watertight: Whether it is closed, so that it can be printed.
        parts: Solids that don't touch one another.
        cavities: Closed hollows inside of them.
        triangles: How fine the mesh is.
    """

    min_mm: tuple[float, ...]
    max_mm: tuple[float, ...]
    size_mm: tuple[float, ...]
    volume_mm3: float | None
    surface_area_mm2: float
    is_watertight: bool
    parts: int
    cavities: int
    triangles: int

    def as_data(self) -> dict[str, JsonValue]:
        """Give it as JSON, in the order of the fields."""
        return {
            "min_mm": list(self.min_mm),
            "max_mm": list(self.max_mm),
            "size_mm": list(self.size_mm),
            "volume_mm3": self.volume_mm3,
            "surface_area_mm2": self.surface_area_mm2,
            "is_watertight": self.is_watertight,
            "parts": self.parts,
            "cavities": self.cavities,
            "triangles": self.triangles,
        }


@frozen(eq=False)
class Mesh:
    """A model as triangles, in millimetres.

    Attributes:
        vertices: Points.
        faces: Three points each, seen from outside against the clock.
        normals: Which way each face looks.
        measures: What was measured on it.
    """

    vertices: NDArray[np.float64] = field(repr=False)
    faces: NDArray[np.int64] = field(repr=False)
    normals: NDArray[np.float64] = field(repr=False)
    measures: Measures


def count_triangles(path: Path) -> int:
    """Tell how fine a mesh is without reading it: binary STL has 50 bytes for each triangle behind its head of 84."""
    return max(0, (path.stat().st_size - 84) // 50)


def read_mesh(path: Path) -> Mesh:
    """Read the STL that OpenSCAD wrote, which is what is shipped: of OFF it leaves the triangles to the reader."""
    import trimesh  # noqa: PLC0415 - it costs half a second, which a run without a model need not pay

    mesh: Trimesh = trimesh.load_mesh(str(path), file_type="stl")  # pyright: ignore[reportUnknownMemberType]  # half typed
    normals = np.asarray(mesh.face_normals, dtype=np.float64)
    faces = np.asarray(mesh.faces, dtype=np.int64)
    return Mesh(np.asarray(mesh.vertices, dtype=np.float64), faces, normals, _measure(mesh))


def _measure(mesh: Trimesh) -> Measures:
    low, high = np.asarray(mesh.bounds, dtype=np.float64)
    is_watertight = bool(mesh.is_watertight)
    solids, hollows = _count_shells(mesh)
    return Measures(
        _rounded(low),
        _rounded(high),
        _rounded(high - low),
        round(float(mesh.volume), 3) if is_watertight else None,
        round(float(mesh.area), 3),
        is_watertight,
        solids,
        hollows,
        len(mesh.faces),
    )


def _rounded(lengths: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(length), 4) for length in lengths)


def _count_shells(mesh: Trimesh) -> tuple[int, int]:
    """Count the shells that enclose something, and those that are the walls of a hollow and look inwards."""
    shells = _join(len(mesh.faces), np.asarray(mesh.face_adjacency, dtype=np.int64))
    corners = np.asarray(mesh.triangles, dtype=np.float64)
    # six times the volume between each face and the origin: the sum over a closed shell is the shell's
    volumes = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))
    names, positions = np.unique(shells, return_inverse=True)
    sums = np.bincount(positions, weights=volumes, minlength=len(names))
    hollows = int(np.count_nonzero(sums < 0))
    return len(names) - hollows, hollows


def _join(count: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give each of some things the lowest number that pairs connect it with."""
    lowest = np.arange(count, dtype=np.int64)
    one, other = pairs.reshape(-1, 2).T
    while True:
        known = lowest.copy()
        least = np.minimum(lowest[one], lowest[other])
        np.minimum.at(lowest, known[one], least)  # whoever stands for them both hears of it
        np.minimum.at(lowest, known[other], least)
        lowest = lowest[lowest]
        if np.array_equal(lowest, known):
            return lowest
