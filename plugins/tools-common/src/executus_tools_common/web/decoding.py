"""From bytes to text, by what is said about them and by what they are."""

from __future__ import annotations

import codecs
from typing import Final

from attrs import frozen

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@frozen
class Decoded:
    """A text, and what to know about how it was read.

    Attributes:
        text: The text.
        note: Why it may not be what was meant, or "".
    """

    text: str
    note: str = ""


def decode(data: bytes, charset: str) -> Decoded | None:
    """Decode a text; None when nothing that was tried reads it.

    A byte order mark goes before what a server says, as browsers do it, then comes the server, then UTF-8, then a guess.

    Args:
        data: The bytes.
        charset: How they are said to be coded, or "".
    """
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    for name in (marked, charset, "utf-8"):
        text = _try(data, name) if name else None
        if text is not None:
            is_other = bool(charset) and name not in (charset, marked)
            return Decoded(
                text, f"read as {name}, not as the {charset} that the server says" if is_other else ""
            )
    return _guess(data, charset)


def _guess(data: bytes, charset: str) -> Decoded | None:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - most pages need no guess

    best = from_bytes(data[:100_000]).best()
    text = _try(data, best.encoding) if best is not None else None
    if best is None or text is None:
        return None
    said = f", not as the {charset} that the server says" if charset else ""
    return Decoded(text, f"read as {best.encoding}{said}, which is a guess")


def _try(data: bytes, name: str) -> str | None:
    try:
        return str(data, name)
    except (
        LookupError,
        UnicodeError,
        ValueError,
        TypeError,
    ):  # some codecs make bytes of bytes, and not text
        return None
