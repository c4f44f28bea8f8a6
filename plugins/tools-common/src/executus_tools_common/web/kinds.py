"""What a page is: by what the server says, and by how its bytes begin where the server says little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from executus_core.media import find_picture

if TYPE_CHECKING:
    from executus_tools_common.web.page import Page

Kind: TypeAlias = Literal["html", "pdf", "text", "image", "binary"]
Part: TypeAlias = Literal["content", "everything", "source"]
"""What of an HTML page is asked for."""

_HTML: Final = ("text/html", "application/xhtml+xml")
_PDF: Final = ("application/pdf", "application/x-pdf")
_TEXTS: Final = (
    "application/json",
    "application/javascript",
    "application/xml",
    "application/yaml",
    "application/toml",
    "application/x-ndjson",
    "application/sql",
)
_UNTOLD: Final = ("", "application/octet-stream", "binary/octet-stream", "text/plain")
_HTML_MARKS: Final = (b"<!doctype html", b"<html", b"<head", b"<body")
_LOOKED_AT_BYTES: Final = 1024


def kind_of(page: Page) -> Kind:
    """Tell what a page is."""
    media_type, data = page.media_type, page.data
    if media_type in _HTML:
        return "html" if _looks_like_text(data) else "binary"  # some servers call everything a page
    if media_type in _PDF or data.startswith(b"%PDF-"):
        return "pdf"
    if find_picture(data):
        return "image"
    if media_type in _UNTOLD and data[:_LOOKED_AT_BYTES].lstrip().lower().startswith(_HTML_MARKS):
        return "html"
    is_text = media_type.startswith("text/") or media_type in _TEXTS or media_type.endswith(("+json", "+xml"))
    if is_text or (media_type in _UNTOLD and _looks_like_text(data)):
        return "text"
    return "binary"


def _looks_like_text(data: bytes) -> bool:
    head = data[:_LOOKED_AT_BYTES]
    return b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff"))
