"""The site that ``nox -s docs`` has built: whole, and content with what it brought along."""

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / os.environ.get("EXECUTUS_TEST_SITE", "")

pytestmark = pytest.mark.skipif(SITE == ROOT, reason="the site is built by `nox -s docs`")


class Tags(HTMLParser):
    """What a page loads, where it leads, and the names that it can be entered by."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.names: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.names.add(said.get("id", ""))
        if tag == "a":
            self.leads.append(said.get("href", ""))
        else:
            self.loads += [said[name] for name in ("src", "href", "data", "srcset") if name in said]


@pytest.fixture(scope="module")
def pages() -> dict[Path, Tags]:
    """Every page of the site."""
    return {page: Tags(page) for page in sorted(SITE.rglob("*.html"))}


def test_every_page_of_the_documentation_is_on_the_site(pages: dict[Path, Tags]) -> None:
    """Under the name that it has in the checkout."""
    sources = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in ROOT.glob("docs/**/*.md")}

    assert sources
    assert not sources - {page.relative_to(SITE) for page in pages}


def test_the_site_loads_nothing_from_elsewhere(pages: dict[Path, Tags]) -> None:
    """No font, no script, no style and no picture: what reads it tells nobody."""
    foreign = [(page.name, url) for page, tags in pages.items() for url in tags.loads if urlsplit(url).netloc]
    styles = [
        (style.name, url)
        for style in SITE.rglob("*.css")
        for url in re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')\s;]+)", style.read_text(encoding="utf-8"))
        if urlsplit(url).netloc
    ]

    assert any(tags.loads for tags in pages.values())
    assert not foreign
    assert not styles


def test_every_link_of_the_site_leads_somewhere(pages: dict[Path, Tags]) -> None:
    """Also those that the theme made."""
    broken = []
    for page, tags in pages.items():
        for link in tags.leads:
            url = urlsplit(link)
            target = (page.parent / unquote(url.path)).resolve() if url.path else page
            if url.scheme or target.suffix != ".html":
                continue
            if target not in pages or (url.fragment and unquote(url.fragment) not in pages[target].names):
                broken.append((page.name, link))

    assert not broken
