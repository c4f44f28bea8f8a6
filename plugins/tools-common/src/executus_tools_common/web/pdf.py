"""From a PDF to text."""

from __future__ import annotations

import logging
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

MAX_PAGES = 300


class UnreadablePdfError(Exception):
    """A PDF without text that could be taken out; the message says why."""


def read_pdf(data: bytes, max_chars: int) -> tuple[str, str]:
    """Take the text out of a PDF, page by page.

    Args:
        data: The file.
        max_chars: No further page is read once there are so many characters.

    Returns:
        Its title, or "", and the text.

    Raises:
        UnreadablePdfError: It has no text, or can't be read.
    """
    logging.getLogger("pypdf").setLevel(
        logging.CRITICAL
    )  # what is wrong with a stranger's file is no warning of ours
    try:
        reader = PdfReader(BytesIO(data))
        is_locked = reader.is_encrypted and not reader.decrypt("")
        title = str(reader.metadata.title or "") if not is_locked and reader.metadata else ""
        text = "" if is_locked else _read_pages(reader, max_chars)
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise UnreadablePdfError("it is damaged") from error
    if is_locked:
        raise UnreadablePdfError("it is protected by a password")
    if not text:
        raise UnreadablePdfError(f"its {len(reader.pages)} pages hold no text; they may be pictures of text")
    return title, text


def _read_pages(reader: PdfReader, max_chars: int) -> str:
    total = len(reader.pages)
    pages: list[str] = []
    room = max_chars
    for number, page in enumerate(reader.pages, 1):
        if room <= 0 or number > MAX_PAGES:
            pages.append(f"[the {total - number + 1} pages from page {number} on were not read]")
            break
        text = page.extract_text().strip()
        room -= len(text)
        if text:
            pages.append(f"## Page {number} of {total}\n\n{text}")
    return "\n\n".join(pages)
