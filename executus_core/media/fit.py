"""A picture made to fit what a provider takes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from executus_core.llm.message import ImagePart
from executus_core.media.kind import find_picture
from executus_core.media.plain import is_plain

if TYPE_CHECKING:
    from executus_core.media.limits import ImageLimits


async def fit_image(image: ImagePart, limits: ImageLimits, *, where: str = "the picture") -> ImagePart:
    """Make a picture fit, on a thread, so that nobody waits for it.

    One that fits and holds nothing but its pixels comes back byte for byte, under its true media type. Any other is
    written anew: upright, in the colours of a screen, no larger than it was, without anything that stood beside the pixels
    (place, time, device, comments, thumbnails, what was hidden behind its end), and of a film the first picture.

    Args:
        image: The picture; what it says of its media type is not believed.
        limits: What it has to keep.
        where: What to call it in an error.

    Raises:
        ImageError: It is no picture, none that can be read here, broken, or has too many pixels.
    """
    return await asyncio.to_thread(_fit, image.data, limits, where)


def _fit(data: bytes, limits: ImageLimits, where: str) -> ImagePart:
    # what imports Pillow is imported on the thread too
    from executus_core.media.decode import decode  # noqa: PLC0415 - see above
    from executus_core.media.encode import encode  # noqa: PLC0415 - see above

    pixels = decode(data, where, side_px=limits.max_side_px)
    media_type = find_picture(data)
    fits = (
        media_type in limits.media_types
        and len(data) <= limits.max_bytes
        and pixels.longest_px <= limits.max_side_px
    )
    return ImagePart(data, media_type) if fits and is_plain(data) else encode(pixels, limits, where)
