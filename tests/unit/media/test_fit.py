"""Pictures made to fit: upright, within limits, and with nothing beside their pixels."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picturekit import CANARY, corners, exif_of, opened, pictures, seen_corners, written
from PIL import Image, ImageCms, PngImagePlugin

from executus_core.errors import ConfigError
from executus_core.llm import ImagePart
from executus_core.media import ImageLimits, find_picture, fit_image
from executus_core.media.plain import is_plain

ANY = ImageLimits(2000, 4_000_000, {"image/png", "image/jpeg", "image/gif", "image/webp"})
UPRIGHT = ["red", "green", "blue", "white"]
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a picture lies in its file, by what the camera says of it."""


async def fitted(data: bytes, limits: ImageLimits = ANY) -> ImagePart:
    return await fit_image(ImagePart(data), limits)


limits = st.builds(
    ImageLimits,
    st.integers(1, 120),
    st.integers(1024, 6000),
    st.sampled_from([{"image/png"}, {"image/jpeg"}, {"image/png", "image/jpeg"}, ANY.media_types]),
)


@settings(max_examples=150)
@given(pictures(), limits)
def test_whatever_comes_out_keeps_its_limits(data: bytes, wanted: ImageLimits) -> None:
    """In kind, bytes and size; it never grows, keeps its shape, says truly what it is, and holds nothing but pixels."""
    part = asyncio.run(fitted(data, wanted))

    assert part.media_type in wanted.media_types
    assert part.media_type == find_picture(part.data)
    assert len(part.data) <= wanted.max_bytes
    assert is_plain(part.data)
    assert CANARY not in part.data
    before, after = opened(data), opened(part.data)
    assert max(after.size) <= min(max(before.size), wanted.max_side_px)
    long, short = max(before.size), min(before.size)
    assert abs(min(after.size) - max(after.size) * short / long) <= 1 + short / long


@settings(max_examples=60)
@given(pictures())
def test_a_picture_that_fits_is_not_made_worse(data: bytes) -> None:
    """Again it is the same byte for byte, and what has no need of it is not written anew."""
    once = asyncio.run(fitted(data))

    assert asyncio.run(fitted(once.data)) == once
    assert max(opened(once.data).size) == max(opened(data).size)
    assert once.data == data or not is_plain(data) or find_picture(data) not in ANY.media_types


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_picture_stands_as_its_camera_was_held(kind: str, orientation: int) -> None:
    """All eight ways, told by the pixels; models do not read what a camera writes beside them."""
    upright = corners(60, 40)
    lying = upright.transpose(_TURNS[orientation]) if orientation in _TURNS else upright
    data = written(lying, kind, exif=exif_of({0x0112: orientation}))

    image = opened((await fitted(data)).data)

    assert image.size == (60, 40)
    assert seen_corners(image) == UPRIGHT


async def test_nothing_but_pixels_is_sent() -> None:
    """Place and time of a camera, XMP, comments, texts, a thumbnail, what hides behind the end: in every kind."""
    image = corners(40, 30)
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", CANARY.decode())
    texts.add_itxt("XML:com.adobe.xmp", CANARY.decode())
    exif = exif_of({})
    exif.get_ifd(0x8825)[0x001D] = CANARY.decode()
    told = {
        "a PNG": written(image, "PNG", pnginfo=texts, exif=exif),
        "a JPEG": written(image, "JPEG", exif=exif, comment=CANARY, xmp=CANARY),
        "a WebP": written(image, "WEBP", exif=exif, xmp=CANARY),
        "a GIF": written(image, "GIF", comment=CANARY),
        "a PNG and more": written(image, "PNG") + CANARY,
        "a JPEG and a film": written(image, "JPEG") + b"\0\0\0\x18ftypmp42" + CANARY,
        "a WebP and more": written(image, "WEBP") + CANARY,
        "a GIF and more": written(image, "GIF") + CANARY,
    }
    assert [name for name, data in told.items() if CANARY not in data] == []

    sent = {name: (await fitted(data)).data for name, data in told.items()}

    assert [name for name, data in sent.items() if CANARY in data or not is_plain(data)] == []
    assert all(seen_corners(opened(data)) == UPRIGHT for data in sent.values())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_a_picture_that_fits_and_says_nothing_else_goes_as_it_is(kind: str) -> None:
    """Byte for byte; a wrong media type is put right."""
    data = written(corners(40, 30), kind)

    part = await fit_image(ImagePart(data, "image/tiff"), ANY)

    assert part == ImagePart(data, f"image/{kind.lower()}")


async def test_a_jpeg_is_written_as_finely_as_it_was() -> None:
    """Taking a comment away does not make it larger or coarser."""
    image = Image.effect_noise((300, 200), 60)
    for quality in (20, 60, 95):
        bare, told = (
            written(image, "JPEG", quality=quality),
            written(image, "JPEG", quality=quality, comment=b"x"),
        )

        part = await fitted(told)

        assert part.media_type == "image/jpeg"
        assert len(part.data) <= len(bare) * 1.02


async def test_a_film_becomes_its_first_picture() -> None:
    frames = [corners(40, 30), Image.new("RGB", (40, 30)), Image.new("RGB", (40, 30), "white")]
    films = [
        written(frames[0], kind, save_all=True, append_images=frames[1:]) for kind in ("GIF", "WEBP", "PNG")
    ]

    for film in films:
        image = opened((await fitted(film)).data)

        assert getattr(image, "n_frames", 1) == 1
        assert seen_corners(image) == UPRIGHT


async def test_what_can_be_seen_through_stays_so() -> None:
    """As PNG; where only JPEG is taken it lies on white paper, not on black."""
    glass = Image.new("RGBA", (20, 20), (255, 0, 0, 0))

    png = opened((await fitted(written(glass, "TIFF"))).data)
    jpeg = opened((await fitted(written(glass, "TIFF"), ImageLimits(media_types={"image/jpeg"}))).data)

    assert png.convert("RGBA").getpixel((3, 3))[3] == 0
    assert jpeg.getpixel((3, 3)) == (255, 255, 255)


async def test_colours_of_a_printer_become_those_of_a_screen() -> None:
    image = corners(40, 30).convert("CMYK")

    part = await fitted(written(image, "TIFF"))

    assert seen_corners(opened(part.data)) == UPRIGHT


async def test_a_profile_that_is_nonsense_costs_nothing_but_itself() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for one in (profile, profile[:100], b"nonsense"):
        part = await fitted(written(corners(40, 30), "TIFF", icc_profile=one))

        assert seen_corners(opened(part.data)) == UPRIGHT


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
async def test_damaged_words_of_a_camera_cost_nothing_but_themselves() -> None:
    """The pixels are all there."""
    part = await fitted(written(corners(40, 30), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f" + bytes(9)))

    assert seen_corners(opened(part.data)) == UPRIGHT


async def test_a_scan_of_sixteen_bits_keeps_its_greys() -> None:
    """White stays white and the middle the middle."""
    values = [0, 32768, 65535]
    row = b"".join(value.to_bytes(2, "little") for value in values)
    scan = written(Image.frombytes("I;16", (3, 1), row), "TIFF")

    part = await fitted(scan, ImageLimits(media_types={"image/jpeg"}))

    seen = [opened(part.data).getpixel((x, 0)) for x in range(3)]
    assert all(abs(saw - value / 257) <= 12 for saw, value in zip(seen, values, strict=True))


async def test_pixels_are_never_read_in_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A photograph takes a second, in which other runs go on."""
    scan = written(corners(40, 30), "TIFF")
    threads: set[int] = set()
    load = Image.Image.load
    monkeypatch.setattr(Image.Image, "load", lambda self: threads.add(threading.get_ident()) or load(self))

    await fitted(scan)

    assert threads
    assert threading.get_ident() not in threads


def test_limits_that_no_picture_keeps_are_refused_all_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        ImageLimits(0, 10, {"image/webp"})

    assert [problem.split()[0] for problem in caught.value.problems] == [
        "ImageLimits.max_side_px",
        "ImageLimits.max_bytes",
        "ImageLimits.media_types",
    ]
