"""Long results: kept whole, read by the character."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core.errors import ToolError
from executus_core.tool import kept
from executus_core.tool.kept import KeptResults
from executus_core.tool.read_result import build_read_result

if TYPE_CHECKING:
    from collections.abc import Iterator

texts = st.text(st.characters(exclude_categories=()), min_size=1, max_size=60)
"""Of any characters, halves of surrogate pairs too."""


@pytest.fixture
def results() -> Iterator[KeptResults]:
    """The results of a run."""
    results = KeptResults(4_000_000)
    yield results
    results.close()


@given(st.lists(texts, min_size=1, max_size=4), st.integers(1, 70), st.data())
def test_pages_put_together_are_the_text(several: list[str], page: int, data: st.DataObject) -> None:
    """Whatever is in it, and whatever was kept beside it."""
    with closing(KeptResults(1_000_000)) as results:
        names = [results.keep(text) for text in several]
        for name, text in zip(names, several, strict=True):
            held = results.get(name)
            assert held.chars == len(text)
            assert "".join(results.read(held, start, page) for start in range(0, len(text), page)) == text
            offset = data.draw(st.integers(0, len(text)))
            assert results.read(held, offset, page) == text[offset : offset + page]


@given(st.text("ab", min_size=1, max_size=80), st.text("ab", min_size=1, max_size=4), st.integers(0, 20))
def test_a_text_is_found_where_it_is_also_across_stretches(text: str, wanted: str, offset: int) -> None:
    """A file is searched stretch by stretch, and nothing is lost where two meet."""
    with closing(KeptResults(1_000_000)) as results, pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "STRETCH_CHARS", 5)
        held = results.get(results.keep(text))
        found, total = results.find(held, wanted, offset, 1000)

    everywhere = [at for at in range(offset, len(text)) if text.startswith(wanted, at)]
    assert set(found) <= set(everywhere)
    assert found[:1] == everywhere[:1]
    assert total == len(found)
    # each place that is left out lies over one that was found
    assert all(any(abs(at - one) < len(wanted) for one in found) for at in everywhere)


def test_what_does_not_fit_is_not_kept_and_the_rest_stays() -> None:
    """Room is counted in bytes."""
    with closing(KeptResults(10)) as small:
        name = small.keep("12345678")

        assert small.keep("123") == ""
        assert small.read(small.get(name), 0, 99) == "12345678"
        assert small.get(small.keep("12")).chars == 2


def test_names_go_on_counting(results: KeptResults) -> None:
    """One result, one name."""
    assert [results.keep("a"), results.keep("b")] == ["result-1", "result-2"]


def test_many_threads_keep_and_read_at_once(results: KeptResults) -> None:
    """Tool calls of one step end side by side."""
    texts = [chr(0x100 + number) * 1000 for number in range(20)]
    read: dict[str, str] = {}

    def work(text: str) -> None:
        name = results.keep(text)
        read[text] = results.read(results.get(name), 0, 1000)

    threads = [threading.Thread(target=work, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert read == {text: text for text in texts}


def test_nothing_is_read_after_the_end(results: KeptResults) -> None:
    """The file is gone, and whoever asks late is told."""
    held = results.get(results.keep("a"))
    results.close()

    with pytest.raises(ToolError, match="are gone; call the tool again"):
        results.read(held, 0, 1)


def _ask(results: KeptResults, limit: int = 100, **arguments: object) -> str:
    reader = build_read_result(results, limit)
    defaults = {"name": "result-1", "offset": 0, "max_chars": 10_000, "find": ""}
    answer: str = reader.handler.call({**defaults, **arguments}, None)
    return answer


def test_the_reader_says_where_it_is_and_how_to_go_on(results: KeptResults) -> None:
    """One line, then the characters as they are."""
    results.keep("x" * 150 + "é" * 50)

    assert _ask(results) == "[result-1, characters 0 to 100 of 200; read on with offset=100]\n" + "x" * 100
    assert _ask(results, offset=140, max_chars=20).endswith("offset=160]\n" + "x" * 10 + "é" * 10)
    assert (
        _ask(results, offset=190) == "[result-1, characters 190 to 200 of 200; this is its end]\n" + "é" * 10
    )


def test_the_reader_finds(results: KeptResults) -> None:
    """The first places with what stands around them, how many there are, and where to find on."""
    results.keep(
        "\n".join(f"line {number}: {'needle' if number % 100 == 7 else 'hay'}" for number in range(5000))
    )

    answer = _ask(results, 1000, find="needle")
    head, *lines = answer.splitlines()

    assert head.startswith("[result-1: ")
    assert " of 50 places from offset 0 on; find on with offset=" in head
    assert lines[0].startswith("offset 92: line 1: hay")
    assert len(answer) < 1200
    following = _ask(results, 1000, find="needle", offset=int(head.partition("offset=")[2].rstrip("]")))
    assert following.splitlines()[1].partition(":")[0] not in answer
    assert (
        _ask(results, find="nowhere")
        == f"[result-1: not found from offset 0 to the end at {held_chars(results)}]"
    )


def held_chars(results: KeptResults) -> int:
    return results.get("result-1").chars


def test_the_reader_shows_a_place_of_one_long_line_within_its_bound(results: KeptResults) -> None:
    """JSON of megabytes is often one line."""
    results.keep('{"a":"' + "x" * 500_000 + '","b":"needle' + "y" * 500_000 + '"}')

    answer = _ask(results, find="needle")

    assert "[result-1: 1 of 1 places from offset 0 on]\noffset 500013: " in answer
    assert len(answer) < 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": "result-2"}, "keeps no result named 'result-2'. Did you mean 'result-1'?"),
        ({"offset": 5}, "'result-1' is 5 characters long; give an offset below that"),
    ],
)
def test_the_reader_refuses_what_is_not_there(
    results: KeptResults, arguments: dict[str, object], said: str
) -> None:
    """In one sentence, with what would do."""
    results.keep("abcde")

    with pytest.raises(ToolError) as caught:
        _ask(results, **arguments)

    assert said in str(caught.value)
