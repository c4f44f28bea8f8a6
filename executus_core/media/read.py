"""A picture from wherever it is."""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import unquote_to_bytes, urlsplit

from executus_core.errors import ImageError
from executus_core.llm.message import ImagePart
from executus_core.media.kind import find_image

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MAX_FILE_BYTES: Final = 50_000_000
_SHOWN_CHARS: Final = 80


async def read_image(
    source: bytes | bytearray | memoryview | str | os.PathLike[str],
    *,
    fetch: Callable[[str], Awaitable[bytes]] | None = None,
    max_bytes: int = MAX_FILE_BYTES,
) -> ImagePart:
    """Read a picture, and see that it is one: it is decoded, on a thread, and comes back as it is.

    Args:
        source: The bytes of a file, a path, or a URL as text: ``data:``, ``https:`` or ``http:``. Text is never taken for a
            path, since it may come from somebody who shall not name files here.
        fetch: Fetches a URL: ``executus_core.net.fetch``, which can't be talked into private address space.
        max_bytes: How large the file may be.

    Raises:
        ImageError: It can't be read, is no picture, broken or too large.
        NetworkError: The URL may not be fetched, or brought nothing.
    """
    if isinstance(source, str):
        where, data = _shown(source), await _read_url(source, fetch)
    elif isinstance(source, os.PathLike):
        path = Path(source)
        where, data = str(path), await asyncio.to_thread(_read_file, path, max_bytes)
    elif isinstance(cast("object", source), (bytes, bytearray, memoryview)):
        where, data = "the picture", bytes(source)
    else:
        given = type(source).__name__
        raise ImageError(f"a picture is read from bytes, a Path or a URL, and not from this {given}")
    if len(data) > max_bytes:
        raise ImageError(_too_large(where, max_bytes))
    return await asyncio.to_thread(_check, data, where)


async def _read_url(url: str, fetch: Callable[[str], Awaitable[bytes]] | None) -> bytes:
    scheme = url[:6].partition(":")[0].lower()
    if scheme == "data":
        return _read_data_url(url)
    if scheme not in {"https", "http"}:
        raise ImageError(
            f"'{_shown(url)}' is no URL of a picture; give a Path for a file, and bytes for a picture itself"
        )
    if fetch is None:
        raise ImageError(f"{_shown(url)} was not fetched; give read_image fetch=executus_core.net.fetch")
    return await fetch(url)


def _read_data_url(url: str) -> bytes:
    head, comma, body = url.partition(",")
    if not comma:
        raise ImageError(f"{_shown(url)} is no data URL: it has no comma before its data")
    data = unquote_to_bytes(body)
    if not head.lower().rstrip().endswith(";base64"):
        return data
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except binascii.Error as error:
        raise ImageError(f"{_shown(url)} is no data URL: {error}") from error


def _read_file(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise ImageError(f"{path} can't be read: {error.strerror or error}") from error
    return data


def _check(data: bytes, where: str) -> ImagePart:
    from executus_core.media.decode import decode  # noqa: PLC0415 - imports Pillow

    decode(data, where)
    return ImagePart(data, find_image(data))


def _too_large(where: str, max_bytes: int) -> str:
    return f"{where} is larger than {max_bytes:,} bytes; make the picture smaller"


def _shown(url: str) -> str:
    """Name a URL without what it carries: data, credentials, a query."""
    if url[:5].lower() == "data:":
        return "the data URL"
    try:
        parts = urlsplit(url)
        return (
            f"{parts.scheme}://{parts.hostname}{parts.path}"[:_SHOWN_CHARS]
            if parts.hostname
            else url[:_SHOWN_CHARS]
        )
    except ValueError:
        return url[:_SHOWN_CHARS]
