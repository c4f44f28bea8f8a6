"""Which triangle is seen at each pixel: a z-buffer without a loop over triangles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTHING: Final = -1

_AT_ONCE: Final = 1_000_000
"""Pixels that are worked on at a time, so that memory is bounded however fine a mesh is."""
_NEARNESS_STEPS: Final = 2**31 - 2
_FACE_BITS: Final = 32
_EDGE_ON: Final = 1e-12


def rasterise(
    points: NDArray[np.float64], faces: NDArray[np.int64], width: int, height: int
) -> NDArray[np.int64]:
    """Give the index of the face that is seen at each pixel, ``NOTHING`` where there is none.

    Args:
        points: Each vertex in pixels, and its nearness: more is nearer.
        faces: Three vertices each.
        width: Of the picture, in pixels.
        height: Of the picture, in pixels.
    """
    corners = points[faces]
    nearest = np.full(width * height, NOTHING, dtype=np.int64)
    low, high = points[:, 2].min(), points[:, 2].max()
    steps = _NEARNESS_STEPS / max(high - low, 1e-9)
    planes = plane_of(corners)
    for part in _parts(corners, width, height):
        face, x, y = _pixels_of(corners, part, width, height)
        nearness = planes[face, 0] * (x + 0.5) + planes[face, 1] * (y + 0.5) + planes[face, 2]
        step = ((np.clip(nearness, low, high) - low) * steps).astype(np.int64)
        # nearness in the upper half of a number and the face in the lower: the greatest is the one that is seen
        np.maximum.at(nearest, y * width + x, step << _FACE_BITS | face)
    seen = np.where(nearest == NOTHING, NOTHING, nearest & ((1 << _FACE_BITS) - 1))
    return seen.reshape(height, width)


def plane_of(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the nearness of each face as ``a * x + b * y + c``; zeros for a face that is seen from its edge."""
    first = corners[:, 0]
    one, other = corners[:, 1] - first, corners[:, 2] - first
    normal = np.cross(one, other)
    is_seen = np.abs(normal[:, 2]) > _EDGE_ON
    across = np.where(is_seen, normal[:, 2], 1.0)
    a = np.where(is_seen, -normal[:, 0] / across, 0.0)
    b = np.where(is_seen, -normal[:, 1] / across, 0.0)
    return np.column_stack((a, b, first[:, 2] - a * first[:, 0] - b * first[:, 1]))


def _parts(corners: NDArray[np.float64], width: int, height: int) -> list[NDArray[np.int64]]:
    """Cut the faces into stretches of about as many pixels as may be worked on at a time."""
    low, high = corners[:, :, :2].min(axis=1), corners[:, :, :2].max(axis=1)
    extent = np.minimum(high, (width, height)) - np.maximum(low, 0)
    cost = np.maximum(extent, 0).prod(axis=1) / 2 + np.maximum(extent[:, 1], 0) + 1
    ends = np.flatnonzero(np.diff(np.cumsum(cost) // _AT_ONCE)) + 1
    return list(np.split(np.arange(len(corners)), ends))


def _pixels_of(
    corners: NDArray[np.float64], part: NDArray[np.int64], width: int, height: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give face, column and row of every pixel whose middle some faces cover."""
    ys = corners[part, :, 1]
    first = np.clip(np.ceil(ys.min(axis=1) - 0.5), 0, height).astype(np.int64)
    last = np.clip(np.ceil(ys.max(axis=1) - 0.5), 0, height).astype(np.int64)
    which, row = _spread(first, last)
    face = part[which]
    left, right = _span(corners[face], row.astype(np.float64) + 0.5)
    start = np.clip(np.ceil(left - 0.5), 0, width).astype(np.int64)
    end = np.clip(np.ceil(right - 0.5), 0, width).astype(np.int64)
    which, column = _spread(start, end)
    return face[which], column, row[which]


def _span(
    corners: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give where a horizontal line enters and leaves each triangle; an empty span where it does not meet it."""
    left, right = np.full(len(y), np.inf), np.full(len(y), -np.inf)
    for start, end in ((0, 1), (1, 2), (2, 0)):
        (xa, ya), (xb, yb) = corners[:, start, :2].T, corners[:, end, :2].T
        crosses = (ya <= y) != (yb <= y)
        x = xa + (y - ya) / np.where(crosses, yb - ya, 1.0) * (xb - xa)
        left = np.where(crosses, np.minimum(left, x), left)
        right = np.where(crosses, np.maximum(right, x), right)
    is_met = left <= right
    return np.where(is_met, left, 0.0), np.where(is_met, right, 0.0)


def _spread(start: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Write ranges out: for each number of each range, which range it is of, and the number."""
    lengths = np.maximum(end - start, 0)
    which = np.repeat(np.arange(len(lengths)), lengths)
    before = np.cumsum(lengths) - lengths
    return which, np.arange(len(which)) - before[which] + start[which]
