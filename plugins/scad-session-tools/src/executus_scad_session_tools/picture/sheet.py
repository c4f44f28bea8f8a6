"""Pictures as files: one for each view, or several views on one sheet."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image

from executus_scad_session_tools.picture.draw import draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_scad_session_tools.mesh import Mesh
    from executus_scad_session_tools.picture.view import View

_GAP: Final = 4
_LINE: Final = (205, 205, 200)


def draw_views(mesh: Mesh, views: Sequence[View], width: int, height: int) -> list[bytes]:
    """Draw each view as a PNG of its own."""
    return [_as_png(draw(mesh, view, width, height)) for view in views]


def draw_sheet(mesh: Mesh, views: Sequence[View], width: int, height: int) -> bytes:
    """Draw several views on one PNG, each half as wide and half as high as a picture of its own."""
    columns = 2 if len(views) <= 4 else 3 if len(views) <= 6 else 4
    rows = -(-len(views) // columns)
    tile = width // 2, height // 2
    size = columns * (tile[0] + _GAP) - _GAP, rows * (tile[1] + _GAP) - _GAP
    sheet = Image.new("RGB", size, _LINE)
    for position, view in enumerate(views):
        row, column = divmod(position, columns)
        sheet.paste(draw(mesh, view, *tile), (column * (tile[0] + _GAP), row * (tile[1] + _GAP)))
    return _as_png(sheet)


def _as_png(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
