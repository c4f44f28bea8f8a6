"""Reads one page in a process of its own: ``python -m executus_tools_common.web.reader``.

Pages come from strangers, and libraries that take them apart may be led to work for ever or to take all memory. A process
can be killed and held to limits; a thread can't. The order comes as one line of JSON and the page's bytes after it; the
answer is one JSON document.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMORY_BYTES: Final = 2 * 1024**3


def main() -> None:
    """Read the page on standard input."""
    order: Mapping[str, str] = json.loads(sys.stdin.buffer.readline())
    _limit(int(order["cpu_s"]))
    data = sys.stdin.buffer.read()
    sys.stdout.buffer.write(json.dumps(_read(order, data)).encode())


def _limit(cpu_s: int) -> None:
    try:
        import resource  # noqa: PLC0415 - Windows has none; there the wall clock alone holds
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _read(order: Mapping[str, str], data: bytes) -> dict[str, str]:
    max_chars = int(order["max_chars"])
    if order["kind"] == "pdf":
        return _read_pdf(data, max_chars)
    from executus_tools_common.web.decoding import decode  # noqa: PLC0415 - each kind of page pays for its own

    decoded = decode(data, order["charset"] or (_declared_in(data) if order["kind"] == "html" else ""))
    if decoded is None:
        said = f" as {order['charset']}, as the server says," if order["charset"] else ""
        return {"problem": f"its text can't be decoded{said} and as nothing else that was tried"}
    title, text = "", decoded.text
    if order["kind"] == "html" and order["part"] != "source":
        from executus_tools_common.web.html import read_html  # noqa: PLC0415 - the same

        article = read_html(text, order["url"], is_whole=order["part"] == "everything")
        title, text = article.title, article.text
    return {"title": title, "text": _cut(text, max_chars), "note": decoded.note}


def _read_pdf(data: bytes, max_chars: int) -> dict[str, str]:
    from executus_tools_common.web.pdf import UnreadablePdfError, read_pdf  # noqa: PLC0415 - the same

    try:
        title, text = read_pdf(data, max_chars)
    except UnreadablePdfError as error:
        return {"problem": str(error)}
    return {"title": title, "text": _cut(text, max_chars), "note": ""}


def _declared_in(data: bytes) -> str:
    """Find the charset that a page declares in its first bytes, as HTML says it."""
    from bs4.dammit import EncodingDetector  # noqa: PLC0415 - the same

    found = EncodingDetector.find_declared_encoding(data[:4096], is_html=True)
    return str(found) if found else ""


def _cut(text: str, max_chars: int) -> str:
    text = text.encode("utf-8", "replace").decode()
    gone = len(text) - max_chars
    return text if gone <= 0 else f"{text[:max_chars]}\n[... {gone} characters more]"


if __name__ == "__main__":
    main()
