"""Pictures from wherever they are."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, cast

import pytest
from picturekit import corners, written

from executus_core.errors import ImageError
from executus_core.llm import ImagePart
from executus_core.media import read_image

if TYPE_CHECKING:
    from pathlib import Path

PNG = written(corners(8, 6), "PNG")
GIVEN = ImagePart(PNG, "image/png")


async def test_bytes_a_path_and_a_data_url_give_the_same(tmp_path: Path) -> None:
    """The file's name says nothing: the picture tells what it is."""
    file = tmp_path / "photo.jpg"
    file.write_bytes(PNG)
    plain = "".join(f"%{byte:02x}" for byte in PNG)
    encoded = base64.b64encode(PNG).decode()

    found = [
        await read_image(PNG),
        await read_image(bytearray(PNG)),
        await read_image(file),
        await read_image(f"data:image/png;base64,{encoded}"),
        await read_image(f"DATA:;base64,{encoded[:40]}\n{encoded[40:]}"),
        await read_image(f"data:image/png,{plain}"),
    ]

    assert found == [GIVEN] * 6


async def test_a_url_is_fetched_by_what_is_handed_in() -> None:
    """This room opens no connection of its own."""
    asked: list[str] = []

    async def fetch(url: str) -> bytes:
        asked.append(url)
        return PNG

    assert await read_image("https://pictures.example/a", fetch=fetch) == GIVEN
    assert asked == ["https://pictures.example/a"]
    with pytest.raises(ImageError, match=r"give read_image fetch=executus_core\.net\.fetch"):
        await read_image("https://pictures.example/a")


@pytest.mark.parametrize(
    "text", ["/etc/hostname", "photo.png", "file:///etc/hostname", "", "ftp://x/y", "C:\\a.png"]
)
async def test_text_is_never_taken_for_a_path(text: str) -> None:
    """It may come from somebody who shall not name files of this machine."""
    with pytest.raises(ImageError, match="is no URL of a picture; give a Path"):
        await read_image(text)


@pytest.mark.parametrize("source", [io.BytesIO(PNG), 8, None, [1, 2], corners(8, 6)])
async def test_what_holds_no_picture_is_told_by_its_name(source: object) -> None:
    with pytest.raises(
        ImageError, match=f"bytes, a Path or a URL, and not from this {type(source).__name__}"
    ):
        await read_image(cast("bytes", source))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("data:image/png;base64", "it has no comma"),
        ("data:image/png;base64,AAA", "is no data URL"),
        ("data:image/png;base64,****", "is no data URL"),
        ("data:,", "is empty"),
        ("data:text/html,<svg>", "is a drawing"),
    ],
)
async def test_a_data_url_that_is_none_is_said_to_be(url: str, says: str) -> None:
    with pytest.raises(ImageError, match=says):
        await read_image(url)


async def test_an_error_names_the_source_and_none_of_its_secrets(tmp_path: Path) -> None:
    """No password, no query and no data of a URL stands in a log."""

    async def fetch(url: str) -> bytes:
        return b"<html>"

    with pytest.raises(ImageError, match=r"https://pictures\.example/a\.png is no picture") as caught:
        await read_image("https://me:word@pictures.example/a.png?token=hunter2", fetch=fetch)
    assert "word@" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ImageError, match=r"gone\.png can't be read: No such file"):
        await read_image(tmp_path / "gone.png")
    with pytest.raises(ImageError, match="can't be read: Is a directory"):
        await read_image(tmp_path)


async def test_a_file_is_not_read_further_than_it_may_be_long(tmp_path: Path) -> None:
    file = tmp_path / "large.png"
    file.write_bytes(PNG + bytes(10_000))

    for source in (file, file.read_bytes()):
        with pytest.raises(ImageError, match="is larger than 5,000 bytes"):
            await read_image(source, max_bytes=5000)
