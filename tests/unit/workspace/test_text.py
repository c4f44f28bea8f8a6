"""Bytes as text, and back without a loss; what is no text is named."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core.workspace.text import Text, find_text, kind_of, lines_of


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", Text("")),
        ("naïve\n".encode(), Text("naïve\n")),
        (b"\x1b[31mred\x1b[0m", Text("\x1b[31mred\x1b[0m")),
        (codecs.BOM_UTF8 + b"x", Text("x", "utf-8", codecs.BOM_UTF8)),
        ("\ufeffxà".encode("utf-16-le"), Text("xà", "utf-16-le", codecs.BOM_UTF16_LE)),
        ("\ufeffxà".encode("utf-16-be"), Text("xà", "utf-16-be", codecs.BOM_UTF16_BE)),
        ("\ufeffxà".encode("utf-32-le"), Text("xà", "utf-32-le", codecs.BOM_UTF32_LE)),
        ("café “x”".encode("cp1252"), Text("café “x”", "cp1252", is_guessed=True)),
        (b"\xe9 \x81", Text("é \x81", "latin-1", is_guessed=True)),
    ],
    ids=ascii,
)
def test_text_is_read_as_it_was_written(data: bytes, expected: Text) -> None:
    """A mark decides, then UTF-8, then a guess that is said to be one."""
    found = find_text(data)

    assert found == expected
    assert found.encode(found.text) == data


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "a PNG picture"),
        (b"\xff\xd8\xff\xe0\0", "a JPEG picture"),
        (b"RIFF\x10\0\0\0WEBPVP8", "a WebP picture"),
        (b"%PDF-1.7\n\xe2\xe3", "a PDF document"),
        (b"PK\x03\x04\0", "a ZIP archive, or a document in one"),
        (b"\0\0\0\x18ftypmp42", "a film"),
        (bytes(257) + b"ustar", "a tar archive"),
        (b"\x1f\x8b\x08\xff", "a gzip archive"),
        (b"\x00\x01", "binary data"),
        (b"\xff\x01\x02", "binary data"),
        (codecs.BOM_UTF16_LE + b"\0", "binary data"),
    ],
    ids=ascii,
)
def test_what_is_no_text_is_named(data: bytes, kind: str) -> None:
    assert find_text(data) is None
    assert kind_of(data) == kind


# a NUL behind the mark of UTF-16 makes it that of UTF-32
@given(
    st.text(st.characters(codec="utf-8")).filter(lambda text: not text.startswith("\0")),
    st.sampled_from(["utf-8", "utf-16-le", "utf-32-be"]),
)
def test_nothing_is_lost_on_the_way_back(text: str, encoding: str) -> None:
    data = f"\ufeff{text}".encode(encoding)

    found = find_text(data)

    assert found is not None
    assert found.encode(found.text) == data


@given(st.binary(max_size=300))
def test_any_bytes_are_text_without_a_loss_or_none(data: bytes) -> None:
    found = find_text(data)

    assert found is None or found.encode(found.text) == data


def test_lines_end_where_editors_end_them() -> None:
    """A form feed or a separator of Unicode within a line would shift all numbers after it."""
    assert lines_of("a\x0cb\r\nc\u2028d\re\n\nf") == ["a\x0cb", "c\u2028d", "e", "", "f"]
    assert lines_of("") == []
    assert lines_of("\n") == [""]
