"""What the tests of pictures share: pictures of every format and mode, made here."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "GIF": ("L", "P", "RGB", "RGBA"),
    "WEBP": ("RGB", "RGBA"),
    "BMP": ("1", "L", "P", "RGB"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"),
}
CANARY = b"48.8584 N 2.2945 E"
"""Stands in every place of a picture that is not its pixels."""
CORNERS = {"red": (220, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 220), "white": (250, 250, 250)}


def written(image: Image.Image, kind: str, **options: object) -> bytes:
    """Write a picture."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    """Read a picture whole."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def corners(width: int, height: int) -> Image.Image:
    """Make a picture of four colours: red and green above, blue and white below."""
    image = Image.new("RGB", (width, height))
    half_wide, half_high = width // 2, height // 2
    red, green, blue, white = CORNERS.values()
    image.paste(red, (0, 0, half_wide, half_high))
    image.paste(green, (half_wide, 0, width, half_high))
    image.paste(blue, (0, half_high, half_wide, height))
    image.paste(white, (half_wide, half_high, width, height))
    return image


def seen_corners(image: Image.Image) -> list[str]:
    """Name the colours of the corners: above left and right, below left and right."""
    shown = image.convert("RGB")
    right, below = shown.width - 2, shown.height - 2
    points = [shown.getpixel(point) for point in ((1, 1), (right, 1), (1, below), (right, below))]
    return [_nearest(point) for point in points]


def _nearest(point: tuple[int, int, int]) -> str:
    def distance(name: str) -> int:
        return sum((a - b) ** 2 for a, b in zip(CORNERS[name], point, strict=True))

    return min(CORNERS, key=distance)


def exif_of(tags: Mapping[int, object]) -> Image.Exif:
    """Make what a camera writes beside a picture, a place among it."""
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    for tag, value in tags.items():
        exif[tag] = value
    return exif


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """Make a part of a PNG."""
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")


def png_head(width: int, height: int) -> bytes:
    """Begin a PNG that says that it is so large."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head)


@st.composite
def pictures(draw: st.DrawFn, *, longest: int = 90) -> bytes:
    """Make a picture of any format and mode, with noise or flat, and perhaps what a camera writes."""
    kind = draw(st.sampled_from(sorted(MODES)))
    mode = draw(st.sampled_from(MODES[kind]))
    size = draw(st.tuples(st.integers(1, longest), st.integers(1, longest)))
    noise = Image.effect_noise(size, draw(st.sampled_from([0, 40, 120])))
    image = noise.convert("RGBA" if mode == "RGBA" else "RGB" if mode == "CMYK" else "L")
    if mode == "I;16":
        image = Image.frombytes("I;16", size, bytes(size[0] * size[1] * 2))
    image = image.convert(mode) if image.mode != mode else image
    if mode in {"RGBA", "LA"} and draw(st.booleans()):
        image.putalpha(noise)
    options: dict[str, object] = {"quality": draw(st.integers(5, 95))} if kind == "JPEG" else {}
    if kind in {"JPEG", "PNG", "WEBP"} and draw(st.booleans()):
        options["exif"] = exif_of({0x0112: draw(st.integers(1, 8))})
    return written(image, kind, **options)
