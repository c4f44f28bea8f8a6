"""Where one looks from."""

from __future__ import annotations

from math import cos, radians, sin
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

View: TypeAlias = Literal["iso", "front", "back", "left", "right", "top", "bottom"]

_TURN, _RISE = radians(30), radians(32)

# What is to the right, what is up, and what comes towards the viewer, in the model's axes: OpenSCAD's, z upwards.
_AXES: Final[dict[View, tuple[tuple[float, float, float], ...]]] = {
    "iso": (
        (cos(_TURN), sin(_TURN), 0),
        (-sin(_TURN) * sin(_RISE), cos(_TURN) * sin(_RISE), cos(_RISE)),
        (sin(_TURN) * cos(_RISE), -cos(_TURN) * cos(_RISE), sin(_RISE)),
    ),
    "front": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "back": ((-1, 0, 0), (0, 0, 1), (0, 1, 0)),
    "left": ((0, -1, 0), (0, 0, 1), (-1, 0, 0)),
    "right": ((0, 1, 0), (0, 0, 1), (1, 0, 0)),
    "top": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "bottom": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
}

_FILLED: Final = 0.78
"""The share of a picture that a model fills; the rest is for what is written on it."""


@frozen(eq=False)
class Camera:
    """Looks at a mesh in parallel projection, so that lengths can be compared.

    Attributes:
        axes: Rows are right, up and towards the viewer.
        centre: The model's point in the middle of the picture.
        pixels_per_mm: The scale.
        width: Of the picture, in pixels.
        height: Of the picture, in pixels.
    """

    axes: NDArray[np.float64]
    centre: NDArray[np.float64]
    pixels_per_mm: float
    width: int
    height: int

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give pixels from the upper left corner, and the nearness, in pixels too: more is nearer."""
        seen = (points - self.centre) @ self.axes.T * self.pixels_per_mm
        return np.column_stack((self.width / 2 + seen[:, 0], self.height / 2 - seen[:, 1], seen[:, 2]))


def axes_of(view: View) -> NDArray[np.float64]:
    """Give a view's axes: rows are right, up and towards the viewer."""
    return np.array(_AXES[view], dtype=np.float64)


def look(view: View, points: NDArray[np.float64], width: int, height: int) -> Camera:
    """Place a camera so that it sees all of a model."""
    axes = axes_of(view)
    seen = points @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    extent = np.maximum(high - low, 1e-9)
    scale = _FILLED * min(width / extent[0], height / extent[1])
    return Camera(axes, (low + high) / 2 @ axes, float(scale), width, height)
