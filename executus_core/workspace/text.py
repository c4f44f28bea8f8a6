"""Bytes as text, without a loss on the way back; and what a file is that is no text."""

from __future__ import annotations

import codecs
from contextlib import suppress
from typing import Final

from attrs import frozen

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\f\r\x1b")) + b"\x7f"
_LOOKED_AT: Final = 8192

_KINDS: Final = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive, or a document in one"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\0asm", "a WebAssembly module"),
    (b"OggS", "sound"),
    (b"ID3", "sound"),
    (b"wOF", "a font"),
)


@frozen
class Text:
    """The text of a file, and how it was written.

    Attributes:
        text: What it says; its line ends are as they stand in the file.
        encoding: Python's name of the encoding.
        mark: The bytes before the text that tell the encoding.
        is_guessed: Whether nothing in the file tells the encoding.
    """

    text: str
    encoding: str = "utf-8"
    mark: bytes = b""
    is_guessed: bool = False

    def encode(self, text: str) -> bytes:
        """Write another text in the same way.

        Raises:
            UnicodeEncodeError: The encoding has no room for a character.
        """
        return self.mark + text.encode(self.encoding)


def find_text(data: bytes) -> Text | None:
    """Read bytes as text, or give None for what is no text.

    UTF-8 and what carries a mark (UTF-16, UTF-32) is certain. Anything else is guessed to be old Western text, if it has
    no bytes that text has not.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            with suppress(UnicodeDecodeError):
                return Text(data[len(mark) :].decode(encoding), encoding, mark)
    if b"\0" in data[:_LOOKED_AT]:
        return None
    try:
        return Text(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _guess(data)


def _guess(data: bytes) -> Text | None:
    beginning = data[:_LOOKED_AT]
    if kind_of(data) != UNKNOWN or len(beginning.translate(None, _CONTROLS)) != len(beginning):
        return None
    try:
        return Text(data.decode("cp1252"), "cp1252", is_guessed=True)
    except UnicodeDecodeError:  # five bytes are nothing there
        return Text(data.decode("latin-1"), "latin-1", is_guessed=True)


UNKNOWN: Final = "binary data"


def kind_of(data: bytes) -> str:
    """Say what a file that is no text is, by what it begins with."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "a WebP picture"
    if data[4:8] == b"ftyp":
        return "a film"
    if data[257:262] == b"ustar":
        return "a tar archive"
    return next((kind for mark, kind in _KINDS if data.startswith(mark)), UNKNOWN)


def lines_of(text: str) -> list[str]:
    """Split a text where editors do: at the ends of lines of all systems, and nowhere else."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]
