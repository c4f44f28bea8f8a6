"""Notes: kept from run to run, each caller's own, by any number of processes, in a file that is never lost."""
# ruff: noqa: ASYNC240 - a test may wait for its own files

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core import Caller
from executus_core.testing.conformance.base import HOSTILE_TEXTS
from executus_tools_common.notes.store import NoteStore, NoteStoreError, Owner, TooManyNotesError
from executus_tools_common.notes.tools import build_tools
from executus_tools_common.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

ALICE, BOB = Caller("alice", tenant="north"), Caller("bob", tenant="north")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "notes.db"


@pytest.fixture
def store(path: Path) -> NoteStore:
    return NoteStore(path, max_notes=50, max_size_mib=1)


@pytest.fixture
def note(tell, path: Path):
    """Call one of the tools over notes, each in a run of its own."""

    async def note(verb: str, /, *, caller: Caller = ALICE, max_count: int = 50, **arguments) -> str:
        tools = build_tools(Settings(notes_path=path, notes_max_count=max_count, notes_max_size_mib=1))
        return await tell(tools, f"note_{verb}", caller=caller, **arguments)

    return note


def _fill(path: Path, texts: list[str]) -> None:
    """Give Alice notes in one change, since a change each would wait for the disk as often."""
    with sqlite3.connect(path) as connection:
        rows = [(b"north", b"alice", number, NOW.isoformat(), text) for number, text in enumerate(texts, 2)]
        connection.executemany("INSERT INTO note VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute("UPDATE owner SET last_id = ?", (len(texts) + 1,))
    connection.close()


async def test_a_note_is_kept_listed_found_read_and_removed(note) -> None:
    """From one run to the next."""
    assert await note("list") == "there are no notes yet"
    assert await note("add", text="Boat\nneeds new RIGGING before June") == "kept as note 1"
    assert await note("add", text="Birthday of Ann: May 3") == "kept as note 2"

    listed = await note("list")
    assert [line.partition(" ")[0] for line in listed.splitlines()] == ["2.", "1."]
    assert listed.endswith(": Boat")
    assert (await note("search", words="rigging JUNE")).endswith(": Boat ... needs new RIGGING before June")
    assert await note("search", words="mast") == "none of the 2 notes has all of these words"
    assert (await note("read", note=1)).endswith(":\nBoat\nneeds new RIGGING before June")
    assert await note("remove", note=1) == "removed note 1"
    assert await note("read", note=1) == "error: there is no note 1; 'note_list' shows those that are there"
    assert await note("add", text="later") == "kept as note 3"


async def test_callers_and_tenants_never_see_each_others_notes(note) -> None:
    """Neither by listing nor by number, with no name or the same name elsewhere."""
    others = (BOB, Caller("alice", tenant="south"), Caller(""), Caller("", tenant="north"), Caller("alice"))
    await note("add", text="secret of alice")

    for other in others:
        assert await note("list", caller=other) == "there are no notes yet"
        assert "there is no note 1" in await note("read", note=1, caller=other)
        assert "there is no note 1" in await note("remove", note=1, caller=other)
        assert "none of the 0 notes" in await note("search", words="secret", caller=other)
        assert await note("add", text="mine", caller=other) == "kept as note 1"
    assert (await note("list")).endswith("secret of alice")


HOSTILE_IDS = [
    *(text[:200] for text in HOSTILE_TEXTS),
    "../x",
    "/etc/passwd",
    "a/b",
    "a",
    "A",
    "a ",
    "%",
    "a\x00",
    "a\u200b",
    "CON",
]


def test_any_id_is_only_an_id(store: NoteStore, path: Path) -> None:
    """It names no file, reaches nobody else's notes, and makes nothing beside the store."""
    pairs = {*zip(HOSTILE_IDS, HOSTILE_IDS, strict=True), *((each, "") for each in HOSTILE_IDS)}
    owners = [Owner(*pair) for pair in pairs | {(caller, tenant) for tenant, caller in pairs}]
    for number, owner in enumerate(owners):
        store.add_note(owner, f"note of {number}", NOW)

    for number, owner in enumerate(owners):
        assert [each.text for each in store.list_notes(owner)] == [f"note of {number}"]
    assert [each.name for each in path.parent.rglob("*")] == ["notes.db"]
    assert [each.name for each in path.parent.parent.iterdir()] == ["deep"]


@given(st.text(), st.text(), st.text(), st.text())
def test_two_owners_are_one_only_when_both_names_are(a: str, b: str, c: str, d: str) -> None:
    """No two pairs of names run into one another."""
    assert (Owner(a, b).key == Owner(c, d).key) == ((a, b) == (c, d))


async def test_what_does_not_fit_is_refused(note) -> None:
    """A note that is too long, one without words, and one too many."""
    assert (await note("add", text="x" * 10_001)).startswith("error: the arguments are wrong")
    assert (await note("add", text=" \n ")).startswith("error: the note has no words")
    assert (await note("search", words="  ")).startswith("error: there are no words to look for")
    await note("add", text="one", max_count=1)
    refused = await note("add", text="two", max_count=1)

    assert refused.startswith("error: there are 1 notes, which is as many as there may be; remove some")
    assert await note("add", text="two", max_count=1, caller=BOB) == "kept as note 1"


async def test_a_long_list_is_bounded(note, store: NoteStore) -> None:
    """The newest are shown, each in one short line."""
    await note("add", text="x")
    _fill(store.path, [f"{number} " + "word " * 1_000 for number in range(149)])

    lines = (await note("list")).splitlines()

    assert len(lines) == 101
    assert lines[0].startswith("150. 2026-01-01: 148 word")
    assert max(map(len, lines)) < 200
    assert lines[-1] == "and 50 older ones; search for words of them"


async def test_only_its_owner_may_read_the_file(note, path: Path) -> None:
    """And nothing is made before the first note."""
    await note("list")
    await note("remove", note=1)
    assert not path.parent.exists()

    await note("add", text="x")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_caller_without_the_scope_gets_no_notes(path: Path) -> None:
    """Where a host asks for one."""
    tools = build_tools(Settings(notes_path=path, notes_scopes=("notes",)))

    assert {tool.name: set(tool.scopes) for tool in tools} == {
        name: {"notes"} for name in ("note_add", "note_list", "note_search", "note_read", "note_remove")
    }
    assert {tool.visibility for tool in tools} == {"private"}


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from executus_tools_common.notes.store import NoteStore, Owner

store = NoteStore(Path(sys.argv[1]), max_notes=1000, max_size_mib=10)
for number in range(25):
    store.add_note(Owner("", "shared"), f"{sys.argv[2]}-{number}", datetime.now(UTC))
    store.add_note(Owner("", sys.argv[2]), f"{number}", datetime.now(UTC))
"""


def test_many_processes_write_at_once(path: Path) -> None:
    """Nothing is lost, and no number is given twice; also while the file is only being made."""
    children = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), f"child-{number}"]) for number in range(4)
    ]
    assert [child.wait() for child in children] == [0] * 4

    store = NoteStore(path, max_notes=1000, max_size_mib=10)
    shared = store.list_notes(Owner("", "shared"))
    assert {each.text for each in shared} == {
        f"child-{child}-{number}" for child in range(4) for number in range(25)
    }
    assert [each.id for each in shared] == list(range(100, 0, -1))
    for child in range(4):
        own = store.list_notes(Owner("", f"child-{child}"))
        assert [each.text for each in own] == [str(number) for number in range(24, -1, -1)]


VICTIM = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from executus_tools_common.notes.store import NoteStore, Owner

store = NoteStore(Path(sys.argv[1]), max_notes=1000, max_size_mib=10)
with store._writing() as connection:
    for number in range(10, 510):
        connection.execute("INSERT INTO note VALUES (x'', x'', ?, '2026-01-01T00:00:00+00:00', ?)", (number, "x" * 5000))
    os.kill(os.getpid(), 9)
"""


def test_a_process_that_is_killed_while_it_writes_changes_nothing(store: NoteStore, path: Path) -> None:
    """Half a change is none, and the next one works."""
    store.add_note(Owner("", ""), "before", NOW)

    assert subprocess.run([sys.executable, "-c", VICTIM, str(path)], check=False).returncode == -9

    assert [each.text for each in store.list_notes(Owner("", ""))] == ["before"]
    assert store.add_note(Owner("", ""), "after", NOW) == 2


@pytest.mark.parametrize("damage", ["text", "cut", "overwritten"])
async def test_a_damaged_store_is_said_to_be_so_and_left_as_it_is(
    note, path: Path, caplog, damage: str
) -> None:
    """The model gets one sentence, the operator the path and the cause, and every byte is kept."""
    for number in range(20):
        await note("add", text=f"{number} " + "x" * 9_000)
    whole = path.read_bytes()
    damaged = {
        "text": b"this is no database, but something that somebody wrote",
        "cut": whole[: len(whole) // 2],
        "overwritten": whole[:4096] + b"\xff" * (len(whole) - 4096),
    }[damage]
    path.write_bytes(damaged)

    told = [await note("list"), await note("add", text="new"), await note("read", note=1)]

    for each in told:
        assert (
            each
            == "error: the store of notes is damaged, and was left as it is; go on without notes, and say so"
        )
    assert path.read_bytes() == damaged
    assert str(path) in caplog.text


async def test_somebody_elses_database_is_not_touched(note, path: Path) -> None:
    """A path that was set by mistake costs nobody anything."""
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE note (text)")
    connection.close()
    before = path.read_bytes()

    assert (await note("add", text="x")).startswith("error: the store of notes is not one")
    assert (await note("list")).startswith("error: the store of notes is not one")
    assert path.read_bytes() == before


async def test_a_store_of_a_newer_version_is_not_touched(note, path: Path) -> None:
    """Whoever goes back a version loses nothing."""
    await note("add", text="x")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()

    assert (await note("add", text="y")).startswith("error: the store of notes is a newer version's")


async def test_a_full_store_takes_no_more_and_keeps_what_it_has(note, path: Path) -> None:
    """It grows no larger than it may, whoever writes."""
    await note("add", text="first")
    _fill(path, ["x" * 9_900] * 80)
    shown, count = "", 81
    while not shown.startswith("error"):
        shown = await note("add", text=f"{count} " + "x" * 9_900, max_count=1_000)
        count += 1

    assert shown.startswith("error: there is no room for more notes, so nothing was changed")
    assert path.stat().st_size <= 2**20
    assert (await note("read", note=1)).endswith("first")
    assert await note("remove", note=2) == "removed note 2"


async def test_a_store_that_is_locked_is_waited_for_and_then_given_up(note, path: Path, monkeypatch) -> None:
    """The model may try again."""
    monkeypatch.setattr("executus_tools_common.notes.store.BUSY_TIMEOUT_S", 0.05)
    await note("add", text="x")
    holder = sqlite3.connect(path, isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        assert (await note("add", text="y")).startswith("error: the notes are being written by somebody else")
        assert (await note("list")).endswith(": x")
    finally:
        holder.close()


@pytest.mark.skipif(os.name == "nt", reason="a folder in the way is another error there")
async def test_a_path_that_can_not_be_is_said_to_be_so(tell, tmp_path: Path) -> None:
    """A folder where the file should be."""
    tools = build_tools(Settings(notes_path=tmp_path))

    assert (await tell(tools, "note_add", text="x")).startswith("error: the store of notes can't be used")


def test_errors_say_what_the_operator_needs(store: NoteStore, path: Path) -> None:
    """With the path, for whoever uses the store directly."""
    path.parent.mkdir(parents=True)
    path.write_text("no database, but a text that is long enough to be looked at as one" * 100)

    with pytest.raises(NoteStoreError, match="notes"):
        store.list_notes(Owner("", ""))


def test_too_many_notes_change_nothing(path: Path) -> None:
    """The count and the numbers stay."""
    small = NoteStore(path, max_notes=2, max_size_mib=1)
    small.add_note(Owner("", ""), "a", NOW)
    small.add_note(Owner("", ""), "b", NOW)
    with pytest.raises(TooManyNotesError):
        small.add_note(Owner("", ""), "c", NOW)
    small.remove_note(Owner("", ""), 1)

    assert small.add_note(Owner("", ""), "d", NOW) == 3
