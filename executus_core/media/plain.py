"""Whether a file is a picture and nothing beside: no place, no time, no device, no comment, nothing behind its end.

What is not sure to be plain is not: such a picture is written anew, which loses nothing but what was beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from executus_core.media.kind import GIF, JPEG, PNG, WEBP, find_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PNG_CHUNKS: Final = frozenset(
    {
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"iCCP",
        b"sBIT",
        b"bKGD",
        b"pHYs",
    }
)
_WEBP_CHUNKS: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"})
_JPEG_SCAN: Final = 0xDA
_JPEG_TABLES: Final = range(0xC0, 0xDE)


def is_plain(data: bytes) -> bool:
    """Tell whether a PNG, JPEG, GIF or WebP holds one still picture and nothing else."""
    look = _LOOKS.get(find_picture(data))
    try:
        return look is not None and look(data)
    except IndexError:
        return False


def _is_plain_png(data: bytes) -> bool:
    at, kind = 8, b""
    while kind != b"IEND":
        kind = data[at + 4 : at + 8]
        if kind not in _PNG_CHUNKS:
            return False
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return at == len(data)


def _is_plain_jpeg(data: bytes) -> bool:
    at = 2
    while (mark := data[at + 1]) != _JPEG_SCAN:
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at] != 0xFF or size < 2 or not _says_nothing(mark, data[at + 4 : at + 2 + size]):
            return False
        at += 2 + size
    # an end within a table of a later scan is taken for the picture's: it is written anew for nothing, which is safe
    return data.find(b"\xff\xd9", at) == len(data) - 2


def _says_nothing(mark: int, content: bytes) -> bool:
    """Tell whether a segment is about nothing but the pixels; a thumbnail is another picture."""
    match mark:
        case 0xE0:
            return content.startswith(b"JFIF\0") and len(content) == 14
        case 0xE2:
            return content.startswith(b"ICC_PROFILE\0")
        case 0xEE:
            return content.startswith(b"Adobe") and len(content) == 12
        case _:
            return mark in _JPEG_TABLES


def _is_plain_webp(data: bytes) -> bool:
    if int.from_bytes(data[4:8], "little") + 8 != len(data):
        return False
    at = 12
    while at < len(data):
        if data[at : at + 4] not in _WEBP_CHUNKS:
            return False
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return at == len(data)


def _is_plain_gif(data: bytes) -> bool:
    at, pictures = 13 + _size_of_table(data[10]), 0
    while (mark := data[at]) != 0x3B:
        if mark == 0x2C:
            pictures += 1
            at = _after_blocks(data, at + 11 + _size_of_table(data[at + 9]))
        elif data[at : at + 2] == b"!\xf9":  # how long it is shown, and which colour is none
            at = _after_blocks(data, at + 2)
        else:
            return False
    return pictures == 1 and at == len(data) - 1


def _size_of_table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while size := data[at]:
        at += 1 + size
    return at + 1


_LOOKS: Final[Mapping[str, Callable[[bytes], bool]]] = {
    PNG: _is_plain_png,
    JPEG: _is_plain_jpeg,
    WEBP: _is_plain_webp,
    GIF: _is_plain_gif,
}
