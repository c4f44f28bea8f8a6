"""From bytes to pixels, or one sentence about why not. Pillow is imported here, when there is a picture."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from attrs import frozen

from executus_core.errors import ImageError
from executus_core.media.kind import find_image, is_drawing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL.Image import Image

MAX_PIXELS: Final = 50_000_000
"""So many a picture may have: those of the cameras in telephones, and 200 MB of memory."""

_READABLE: Final = ("PNG", "JPEG", "MPO", "GIF", "WEBP", "AVIF", "TIFF", "BMP", "HEIF")
"""Pillow reads fifty formats, some of them by running programs; these hold pictures that people have."""
_LOSSY: Final = ("JPEG", "MPO", "WEBP", "AVIF", "HEIF")
_SPARE: Final = 2
"""A picture is decoded at this many times the size that is wanted, where its format can, and then made smaller well."""


@frozen
class Pixels:
    """A decoded picture.

    Attributes:
        image: Its pixels, upright, in the colours of a screen; perhaps smaller than the picture, if it was too large.
        width_px: Width of the picture as it was.
        height_px: Height of the picture as it was.
        is_lossy: Whether its format loses something with each writing.
        tables: How finely a JPEG was written; empty for others.
    """

    image: Image
    width_px: int
    height_px: int
    is_lossy: bool
    tables: Mapping[int, Sequence[int]]

    @property
    def longest_px(self) -> int:
        """The longer side of the picture as it was."""
        return max(self.width_px, self.height_px)


def decode(data: bytes, where: str, *, side_px: int = 0) -> Pixels:
    """Decode a picture, the first one if it is several.

    Args:
        data: The file.
        where: What to call it in an error.
        side_px: The longest side that is wanted; 0 for all of it.

    Raises:
        ImageError: It is no picture, none that can be read here, broken, or has too many pixels.
    """
    from PIL.Image import DecompressionBombError, DecompressionBombWarning  # noqa: PLC0415 - see above

    _check_kind(data, where)
    try:
        return _decode(data, where, side_px)
    except ImageError:
        raise
    except (DecompressionBombError, DecompressionBombWarning):  # Pillow's own limit, where it is met first
        raise _too_many_pixels(where) from None
    except Exception as error:  # Pillow raises whatever it meets
        reason = str(error).partition(" <")[0][:100] or type(error).__name__
        raise ImageError(f"{where} is a broken or cut-off picture, {find_image(data)}: {reason}") from error


def _too_many_pixels(where: str) -> ImageError:
    return ImageError(
        f"{where} has more than {MAX_PIXELS:,} pixels, which is what is read here; make it smaller"
    )


def _check_kind(data: bytes, where: str) -> None:
    if not data:
        raise ImageError(f"{where} is empty")
    if is_drawing(data):
        raise ImageError(f"{where} is a drawing (SVG), and models see pixels; render it to PNG first")
    media_type = find_image(data)
    if not media_type:
        raise ImageError(
            f"{where} is no picture that can be read; give PNG, JPEG, GIF, WebP, AVIF, TIFF or BMP"
        )
    if not _formats_of(media_type):
        raise ImageError(
            f"{where} is {media_type}, which nothing here reads; convert it to JPEG, or install pillow-heif and call its "
            "register_heif_opener() where the program starts"
        )


def _formats_of(media_type: str) -> tuple[str, ...]:
    """Give Pillow's names of the formats that a picture may be in, as far as this Pillow has them."""
    from PIL import Image  # noqa: PLC0415 - only whoever has a picture pays for it

    Image.init()
    name = media_type.removeprefix("image/").upper().replace("HEIC", "HEIF")
    names = ("JPEG", "MPO") if name == "JPEG" else (name,)
    return tuple(one for one in names if one in _READABLE and one in Image.OPEN)


def _decode(data: bytes, where: str, side_px: int) -> Pixels:
    from PIL import Image  # noqa: PLC0415 - see above

    with Image.open(BytesIO(data), formats=_formats_of(find_image(data))) as opened:
        width, height = opened.size
        if width * height > MAX_PIXELS:
            raise _too_many_pixels(where)
        if side_px:
            opened.draft(opened.mode, (side_px * _SPARE, side_px * _SPARE))
        opened.load()
        tables: Mapping[int, Sequence[int]] = getattr(opened, "quantization", {})
        is_lossy = opened.format in _LOSSY
        image = _in_screen_colours(_upright(opened))
    if (image.width > image.height) != (width > height):
        width, height = height, width
    return Pixels(image, width, height, is_lossy, tables)


def _upright(image: Image) -> Image:
    """Turn a picture as its camera was held; what a camera wrote may be damaged where its pixels are not."""
    from PIL import ImageOps  # noqa: PLC0415 - see above

    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - as above
        return image.copy()


def _in_screen_colours(image: Image) -> Image:
    """Bring the colours of a wide or a printer's space into those that are taken for granted without a profile."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "CMYK"}:
        return image
    from PIL import ImageCms  # noqa: PLC0415 - see above

    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        screen = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - not typed
        return ImageCms.profileToProfile(image, own, screen, outputMode="RGB") or image
    except (
        ImageCms.PyCMSError,
        ImportError,
        OSError,
        ValueError,
    ):  # colours that are a little off are seen too
        return image
