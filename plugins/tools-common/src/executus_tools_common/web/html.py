"""From an HTML page to Markdown: its content, or everything that it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from attrs import frozen
from bs4 import BeautifulSoup
from markdownify import MarkdownConverter

if TYPE_CHECKING:
    from bs4 import Tag

_SILENT: Final = "script, style, template, noscript, svg, canvas, iframe, object, head"
_CONTENT: Final = ("main, [role=main]", "article")
_AROUND: Final = (
    "nav, aside, footer, form, dialog, [aria-hidden=true], [role=navigation], [role=banner], [role=contentinfo], "
    "[role=complementary], [role=search], [role=dialog]"
)
_LEAST_CHARS: Final = 100
_FORBIDDEN_SCHEMES: Final = ("javascript:", "data:", "vbscript:")


@frozen
class Article:
    """What a page says.

    Attributes:
        title: Its title, or "".
        text: Markdown.
    """

    title: str
    text: str


def read_html(source: str, url: str, *, is_whole: bool) -> Article:
    """Make Markdown of a page.

    Args:
        source: The page.
        url: Its address, to which its links are relative.
        is_whole: Whether to keep what stands around the content: navigation, side columns, footers, forms.
    """
    soup = BeautifulSoup(source, "lxml")
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    for tag in soup.select(_SILENT):
        tag.decompose()
    _resolve_links(soup, url)
    if is_whole:
        return Article(title, _to_markdown(soup))
    return Article(title, _content_of(soup) or _extracted(source, url) or _to_markdown(_without_around(soup)))


def _content_of(soup: BeautifulSoup) -> str:
    """Take the content where the page itself says which part that is."""
    for marks in _CONTENT:
        tags = [tag for tag in soup.select(marks) if not any(outer.name == tag.name for outer in tag.parents)]
        text = "\n\n".join(map(_to_markdown, tags))
        if len(text) >= _LEAST_CHARS:
            return text
    return ""


def _extracted(source: str, url: str) -> str:
    """Find the content of a page that marks none."""
    from trafilatura import extract  # noqa: PLC0415 - most pages say where their content is

    text = extract(source, url=url, output_format="markdown", include_links=True, include_tables=True)
    return text if text and len(text) >= _LEAST_CHARS and "\n#" in f"\n{text}" else ""


def _without_around(soup: BeautifulSoup) -> BeautifulSoup:
    for tag in soup.select(_AROUND):
        if not tag.decomposed:
            tag.decompose()
    return soup


def _resolve_links(soup: BeautifulSoup, url: str) -> None:
    """Make links absolute, so that a model can follow them; those that lead to no page lose their address."""
    for tag in soup.select("a[href], img[src]"):
        attribute = "href" if tag.name == "a" else "src"
        address = str(tag.get(attribute) or "").strip()
        if not address or address.lower().startswith(_FORBIDDEN_SCHEMES):
            del tag[attribute]
            continue
        try:
            tag[attribute] = urljoin(url, address)
        except ValueError:
            del tag[attribute]


def _to_markdown(tag: Tag) -> str:
    converter = MarkdownConverter(
        heading_style="ATX", bullets="-", escape_misc=False, escape_underscores=False
    )
    try:
        text = converter.convert_soup(tag)
    except RecursionError:
        text = tag.get_text("\n", strip=True)  # nested too deeply to have a structure that anybody meant
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip()
