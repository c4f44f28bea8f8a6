"""Which picture a file is, by what it begins with: names and media types are not always true."""

from __future__ import annotations

from typing import Final

PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
GIF: Final = "image/gif"
WEBP: Final = "image/webp"

_MARKS: Final = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
)
_OTHERS: Final = (
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"BM", "image/bmp"),
)
_BRANDS: Final = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
}
"""What a file of the ISO family calls itself, behind ``ftyp``."""


def find_picture(data: bytes) -> str:
    """Give the media type of a picture that models read (PNG, JPEG, GIF or WebP), or ""."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    return next((media_type for mark, media_type in _MARKS if data.startswith(mark)), "")


def find_image(data: bytes) -> str:
    """Give the media type of any picture, also of one that has to be written anew for a model, or ""."""
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "")
    return find_picture(data) or next((kind for mark, kind in _OTHERS if data.startswith(mark)), "")


def is_drawing(data: bytes) -> bool:
    """Tell whether a file is SVG: text that draws, and no picture."""
    beginning = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return beginning.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in beginning
