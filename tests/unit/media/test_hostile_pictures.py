"""Files that are no pictures, or not the ones that they seem: one clear error each, and in bounded memory."""

from __future__ import annotations

import asyncio
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picturekit import MODES, corners, pictures, png_chunk, png_head, written

from executus_core.errors import ImageError
from executus_core.llm import ImagePart
from executus_core.media import ImageLimits, fit_image, read_image

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)
BEGUN = png_chunk(b"IDAT", zlib.compress(b""))
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(%pipe%touch canary) (w) file\n"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"hello", "is no picture that can be read"),
        (SVG, "is a drawing"),
        (b"\xef\xbb\xbf <svg/>", "is a drawing"),
        (b"%PDF-1.7 ...", "is no picture that can be read"),
        (EPS, "is no picture that can be read"),
        (HEIC, "is image/heic, which nothing here reads"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "is no picture that can be read"),
        (b"\x89PNG\r\n\x1a\n", "is a broken or cut-off picture, image/png"),
        (b"\xff\xd8\xff", "is a broken or cut-off picture, image/jpeg"),
        (png_head(8_000, 7_000) + BEGUN, "has more than 50,000,000 pixels"),
        (png_head(10_000, 10_000) + BEGUN, "has more than 50,000,000 pixels"),
        (png_head(2**31 - 1, 2**31 - 1) + BEGUN, "has more than 50,000,000 pixels"),
        (png_head(0, 5) + BEGUN, "is a broken or cut-off picture"),
    ],
    ids=ascii,
)
async def test_what_is_no_picture_is_one_clear_error(data: bytes, says: str) -> None:
    """The same wherever it is met, and it names the file."""
    for attempt in (read_image(data), fit_image(ImagePart(data), ImageLimits())):
        with pytest.raises(ImageError, match=says) as caught:
            await attempt
        assert str(caught.value).startswith("the picture ")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", [*MODES, "AVIF"])
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
async def test_a_picture_that_was_cut_off_is_refused(kind: str, kept: float) -> None:
    """Half a picture would be grey below, and nobody would know why."""
    whole = written(corners(200, 150), kind)

    with pytest.raises(ImageError, match=f"is a broken or cut-off picture, image/{kind.lower()}"):
        await read_image(whole[: int(len(whole) * kept)])


async def test_a_bomb_does_not_go_off() -> None:
    """Forty megapixels that take 40 KB are read; a hundred and fifty are not even begun."""
    small = zlib.compress(bytes(20_000_000), 9)
    bomb = png_head(15_000, 10_000) + png_chunk(b"IDAT", small) + png_chunk(b"IEND", b"")
    tracemalloc.start()
    with pytest.raises(ImageError, match="pixels"):
        await read_image(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(bomb) < 50_000
    assert peak < 5_000_000


async def test_texts_that_unfold_without_an_end_are_not_unfolded() -> None:
    """A compressed text or colour profile within a picture may be a bomb too."""
    pixels = written(corners(10, 10), "PNG")
    swollen = zlib.compress(bytes(300_000_000 // 10), 9)
    told = pixels[:33] + png_chunk(b"zTXt", b"k\0\0" + swollen) + pixels[33:]

    with pytest.raises(ImageError, match="is a broken or cut-off picture"):
        await fit_image(ImagePart(told), ImageLimits())


async def test_a_picture_that_is_a_program_too_is_only_a_picture_afterwards() -> None:
    """What reads as a ZIP archive or a script behind its pixels does not go out."""
    archive = b"PK\x03\x04" + bytes(20) + b"evil.sh" + b"PK\x05\x06" + bytes(18)

    part = await fit_image(ImagePart(written(corners(30, 20), "JPEG") + archive), ImageLimits())

    assert b"PK" not in part.data
    assert b"evil" not in part.data


async def test_a_name_or_a_media_type_that_lies_is_not_believed() -> None:
    part = await fit_image(ImagePart(written(corners(30, 20), "GIF"), "image/jpeg"), ImageLimits())

    assert (part.media_type, part.data[:4]) == ("image/png", b"\x89PNG")


@settings(max_examples=80)
@given(
    pictures(longest=30),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=20),
)
def test_damage_anywhere_is_an_error_of_ours_or_a_picture(data: bytes, damage: list[tuple[int, int]]) -> None:
    """Nothing that a damaged file makes Pillow raise gets through."""
    bent = bytearray(data)
    for at, value in damage:
        bent[at % len(bent)] = value

    async def fit() -> str:
        with suppress(ImageError):
            return (await fit_image(ImagePart(bytes(bent)), ImageLimits())).media_type
        return "none"

    assert asyncio.run(fit()) in {"none", "image/png", "image/jpeg"}
