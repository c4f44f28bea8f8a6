"""Everything that the documentation says can be done is done."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pages import Block, Reader, matches, read_blocks

from executus_core.testing.network import no_network

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("plugins/*/README.md"))]
RUN = {"python", "console", "toml", "yaml", "json"}
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Somebody who follows a page in an empty folder, off the network."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for variable in [name for name in os.environ if name.startswith("EXECUTUS_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("EXECUTUS_AUDIT_SQLITE__PATH", str(tmp_path / "audit.db"))
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    with no_network(), ExitStack() as stack:
        yield Reader(folder, stack)


@pytest.mark.batteries
@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_a_page_shows_works_in_its_order(page: Path, reader: Reader) -> None:
    """Every block that is not marked as one that can't be run."""
    for block in read_blocks(page):
        if block.language in RUN and not block.reason:
            try:
                reader.follow(block)
            except AssertionError:
                raise
            except Exception as error:
                pytest.fail(f"{block}: {type(error).__name__}: {error}")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_says_what_it_is(page: Path) -> None:
    """A shell block can't be checked, so it is a transcript; only the README's first two commands are run by CI itself."""
    blocks = read_blocks(page)
    plain = [block for block in blocks if block.language in {"sh", "bash", "shell"} and not block.reason]
    if name(page) == "README.md":
        plain = plain[2:]

    assert not [str(block) for block in blocks if not block.language]
    assert not [str(block) for block in plain]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file that is there, and a heading that it has."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    broken = []
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)

    assert not broken


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="the source distribution has no docs")
def test_every_page_is_reached_from_the_index() -> None:
    """A page that nobody links to is a page that nobody reads."""
    seen: set[Path] = set()
    waiting = [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = [link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8"))]
        waiting += [(page.parent / link).resolve() for link in links if link and "://" not in link]

    assert not {name(page) for page in ROOT.glob("docs/**/*.md")} - {
        name(page) for page in seen if ROOT in page.parents
    }


def test_the_line_after_the_readmes_first_command_shows_the_audit_trail() -> None:
    """What a newcomer sees next is what the run did."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    after = readme.split("```sh\n")[1].split("```\n", 1)[1]

    assert "executus runs show --last" in after.strip().splitlines()[0] + after.strip().splitlines()[1]


@pytest.mark.parametrize(
    ("said", "expected", "is_match"),
    [
        ("a\nb\nc", ["a", "...", "c"], True),
        ("a\nc", ["a", "...", "c"], True),
        ("took 12 ms", ["took ... ms"], True),
        ("a\nb", ["a"], False),
        ("", [], True),
        ("a", [], False),
        ("a", ["..."], True),
    ],
)
def test_a_transcript_may_leave_out_what_differs(said: str, expected: list[str], is_match: bool) -> None:
    """Three dots stand for lines, or for a part of one."""
    assert matches(said, expected) is is_match


def test_a_block_knows_its_file_and_the_reason_that_it_is_left_out(tmp_path: Path) -> None:
    """And a mark that is no reason is refused."""
    page = tmp_path / "page.md"
    page.write_text("```toml\n# agent.toml\nname = 'a'\n```\n\n```python skip: needs a key\nx\n```\n")

    agent, skipped = read_blocks(page)
    page.write_text("```python no-run\n```\n")

    assert (agent.file, agent.reason) == ("agent.toml", "")
    assert skipped == Block(page, 6, "python", "needs a key", "x\n")
    with pytest.raises(AssertionError, match="the only mark is 'skip: REASON'"):
        read_blocks(page)
