"""Which picture a file is, by what it begins with."""

from __future__ import annotations

from picturekit import corners, written

from executus_core.media import find_picture
from executus_core.media.kind import find_image


def test_a_picture_is_known_by_what_it_begins_with() -> None:
    beginnings = [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF89a",
        b"RIFF....WEBP",
        b"RIFF....WAVE",
        b"<svg>",
    ]

    found = [find_picture(data) for data in beginnings]

    assert found == ["image/png", "image/jpeg", "image/gif", "image/webp", "", ""]


def test_every_format_that_is_read_is_known() -> None:
    formats = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "TIFF", "BMP")

    found = [find_image(written(corners(9, 9), kind)) for kind in formats]

    assert found == [f"image/{kind.lower()}" for kind in formats]
