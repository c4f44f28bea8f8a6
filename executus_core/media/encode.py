"""From pixels to bytes within limits: first as fine as they are, then coarser, then smaller."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from executus_core.errors import ImageError
from executus_core.llm.message import ImagePart
from executus_core.media.kind import JPEG, PNG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

    from executus_core.media.decode import Pixels
    from executus_core.media.limits import ImageLimits

_QUALITIES: Final = (85, 70, 55, 40)
_WRITTEN_AS_THEY_ARE: Final = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
_BRIGHTEST: Final = 255
_BRIGHTEST_OF_16_BITS: Final = 65535


def encode(pixels: Pixels, limits: ImageLimits, where: str) -> ImagePart:
    """Write a picture so that it fits.

    Args:
        pixels: The picture.
        limits: What it has to keep.
        where: What to call it in an error.

    Raises:
        ImageError: Not even one pixel fits.
    """
    for part in _attempts(pixels, limits):
        if len(part.data) <= limits.max_bytes:
            return part
    raise ImageError(f"{where} can't be written within {limits.max_bytes:,} bytes")


def _attempts(pixels: Pixels, limits: ImageLimits) -> Iterator[ImagePart]:
    """Write it finer than anybody may need at first, and each time with fewer bytes."""
    has_jpeg = JPEG in limits.media_types
    side_px = min(max(pixels.image.size), limits.max_side_px)
    image = fitting = _shrunk(pixels.image, side_px)
    if PNG in limits.media_types and not (pixels.is_lossy and has_jpeg and not _is_see_through(image)):
        yield ImagePart(_as_png(image), PNG)
    if has_jpeg and pixels.tables:
        yield ImagePart(_as_jpeg(image, qtables=dict(pixels.tables)), JPEG)
    while True:
        if has_jpeg:
            yield from (ImagePart(_as_jpeg(image, quality=quality), JPEG) for quality in _QUALITIES)
        if side_px == 1:
            return
        side_px = max(1, side_px * 3 // 4)
        image = _shrunk(fitting, side_px)
        if not has_jpeg:
            yield ImagePart(_as_png(image), PNG)


def _shrunk(image: Image, side_px: int) -> Image:
    if max(image.size) <= side_px:
        return image
    from PIL.Image import Resampling  # noqa: PLC0415 - only whoever has a picture pays for it

    smaller = _in_full_colour(image).copy()
    smaller.thumbnail((side_px, side_px), Resampling.LANCZOS)
    return smaller


def _is_see_through(image: Image) -> bool:
    """Tell whether something of what is behind a picture would be seen."""
    if not image.has_transparency_data:
        return False
    return image.convert("RGBA").getchannel("A").getextrema() != (_BRIGHTEST, _BRIGHTEST)


def _in_full_colour(image: Image) -> Image:
    """Give grey, RGB or RGBA of eight bits a channel."""
    if image.mode.startswith("I") or image.mode == "F":
        return _in_eight_bits(image)
    if _is_see_through(image):
        return image.convert("RGBA")
    return image.convert("L" if image.mode in {"1", "L", "LA"} else "RGB")


def _in_eight_bits(image: Image) -> Image:
    """Bring the greys of a scan or a measurement into eight bits, the brightest that there is to white."""
    numbers = image.convert("F")
    low, high = numbers.getextrema()
    if image.mode.startswith("I;16") or not isinstance(low, float) or not isinstance(high, float):
        low, high = 0.0, float(_BRIGHTEST_OF_16_BITS)
    scale = _BRIGHTEST / ((high - low) or 1.0)
    return numbers.point(lambda value: value * scale - low * scale).convert("L")


def _as_png(image: Image) -> bytes:
    shown = image if image.mode in _WRITTEN_AS_THEY_ARE else _in_full_colour(image)
    return _saved(shown, "PNG")


def _as_jpeg(image: Image, **options: object) -> bytes:
    from PIL import Image as pillow  # noqa: N813, PLC0415 - see above

    shown = _in_full_colour(image)
    if shown.mode == "RGBA":
        paper = pillow.new("RGBA", shown.size, "white")
        shown = pillow.alpha_composite(paper, shown).convert("RGB")
    return _saved(shown, "JPEG", **options)


def _saved(image: Image, format: str, **options: object) -> bytes:  # noqa: A002 - Pillow's word
    """Write pixels, and nothing of what stood beside them: no place, no device, no comment, no thumbnail."""
    bare = image.copy()
    bare.info = {name: value for name, value in image.info.items() if name == "transparency"}
    file = BytesIO()
    bare.save(file, format, **options)
    return file.getvalue()
