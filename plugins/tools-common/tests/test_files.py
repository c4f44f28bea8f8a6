"""The file tools, called as a model calls them: through a run, over real files."""

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core import Agent, Caller, Executor, Invocation, Ports, Result, ToolError
from executus_core.llm import ImagePart
from executus_core.llm.json import JsonObject
from executus_core.testing import MemoryIdentity, ScriptedApprover, ScriptedModel, call
from executus_tools_common.files import build_tools
from executus_tools_common.files.edits import apply_edits
from executus_tools_common.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "package").mkdir()
    (tmp_path / "README.md").write_text("# Small\n\nA small tree.\n")
    (tmp_path / "package" / "main.py").write_text(
        "def main():\n    return 1\n\n\ndef other():\n    return 1\n"
    )
    return tmp_path


async def run(root: Path, *calls, ports: Ports | None = None, caller_id: str = "", **settings) -> Result:
    tools = build_tools(Settings(workspace=root, **settings))
    executor = Executor(models=ScriptedModel([list(calls), "Done."]), registry=tools, ports=ports)
    agent = Agent(name="clerk", tools=["*"])
    return await executor.run(agent, "go", Invocation(caller_id=caller_id))


async def ask(root: Path, tool: str, /, **arguments) -> JsonObject:
    """Call a tool for the data that it gives."""
    [step] = (await run(root, call(tool, **arguments))).steps
    assert not step.is_error, step.result.text
    data: JsonObject = json.loads(step.result.text)
    return data


async def fail(root: Path, tool: str, /, **arguments) -> str:
    """Call a tool for what it complains about: one sentence, without internals."""
    [step] = (await run(root, call(tool, **arguments))).steps
    assert step.is_error, step.result.text
    said = step.result.text
    assert "Traceback" not in said
    assert str(root) not in said
    return said.removeprefix("error: ")


async def test_a_file_is_written_read_edited_listed_and_searched(root: Path) -> None:
    """One after the other, each sees what the last one did."""
    written = await ask(root, "write_file", path="notes/plan.txt", text="one\ntwo\n")
    edited = await ask(root, "edit_file", path="notes/plan.txt", edits=[{"old": "two", "new": "2"}])
    again = await ask(root, "write_file", path="notes/plan.txt", text="one\n2\n")

    assert written == {"path": "notes/plan.txt", "did": "created", "lines": 2, "size_bytes": 8}
    assert edited == {"path": "notes/plan.txt", "replaced": 1, "size_bytes": 6}
    assert again["did"] == "replaced"
    assert (await ask(root, "read_file", path="notes/plan.txt"))["text"] == "one\n2"
    assert (await ask(root, "list_files"))["files"] == ["README.md", "notes/plan.txt", "package/main.py"]
    assert (await ask(root, "search_files", text="2"))["matches"] == [
        {"path": "notes/plan.txt", "line": 2, "text": "2"}
    ]


async def test_lines_are_read_with_their_numbers_where_that_is_asked_for(root: Path) -> None:
    read = await ask(root, "read_file", path="package/main.py", first_line=5, numbered=True)

    assert read["text"] == "     5\tdef other():\n     6\t    return 1"
    assert (read["total_lines"], read["first_line"], read["last_line"]) == (6, 5, 6)


async def test_a_picture_is_shown_as_one(root: Path) -> None:
    """Whatever its name says; the model sees it, with a line that says what it is."""
    (root / "plot.dat").write_bytes(PNG)

    [step] = (await run(root, call("read_file", path="plot.dat"))).steps

    text, picture = step.result.parts
    assert step.result.text == "plot.dat: a PNG picture of 108 bytes"
    assert text != picture
    assert picture == ImagePart(PNG, "image/png")


async def test_what_can_not_be_shown_is_named(root: Path) -> None:
    """A binary file, and a picture that is too large for anybody."""
    (root / "data.zip").write_bytes(b"PK\x03\x04\0\0")
    (root / "huge.png").write_bytes(PNG + bytes(5_000_000))

    assert await fail(root, "read_file", path="data.zip") == (
        "'data.zip' is not a text file: a ZIP archive, or a document in one of 6 bytes"
    )
    assert "at most 5,000,000 can be looked at" in await fail(root, "read_file", path="huge.png")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"text": "RETURN 1", "ignore_case": True}, [2, 6]),
        ({"text": r"^def \w+\(\):$", "regex": True}, [1, 5]),
        ({"text": "^DEF", "regex": True, "ignore_case": True}, [1, 5]),
        ({"text": "def (main|none)", "regex": True, "pattern": "**/*.py"}, [1]),
        ({"text": "def ", "pattern": "*.md"}, []),
        ({"text": "(a+)+$|(x|x)*y", "regex": True}, []),
    ],
)
async def test_a_search_finds_a_text_or_an_expression(
    root: Path, arguments: Mapping[str, object], expected: list[int]
) -> None:
    found = await ask(root, "search_files", **arguments)

    assert [match["line"] for match in found["matches"]] == expected


async def test_lines_around_a_match_are_shown_when_asked_for(root: Path) -> None:
    found = await ask(root, "search_files", text="def other", context_lines=2)

    [match] = found["matches"]
    assert (match["before"], match["after"]) == (["", ""], ["    return 1"])


async def test_no_expression_takes_for_ever(root: Path) -> None:
    """What makes an engine that goes back run until the end of days is linear here, or refused."""
    (root / "long.txt").write_text("a" * 1_000_000 + "!\n")
    began = time.process_time()

    for expression in ("(a+)+$", "(a|aa)*b", "(.*)*(.*)*(.*)*x", "a.*a.*a.*a.*a.*b", "(?i)(a|A)*c"):
        assert (await ask(root, "search_files", text=expression, regex=True, pattern="long.txt"))[
            "files_searched"
        ] == 1
    for expression in ("(?:" * 30 + "a" + "){99}" * 30, r"\pL{1000}" * 50, "[", r"(a)\1", "(?=a)", "(?R)"):
        assert "the expression can't be used: " in await fail(
            root, "search_files", text=expression, regex=True
        )
    assert time.process_time() - began < 20


async def test_several_edits_are_all_made_or_none(root: Path) -> None:
    """Each sees what those before it did; one without a place leaves the file as it was."""
    edits = [
        {"old": "def main", "new": "def first"},
        {"old": "first():\n    return 1", "new": "first():\n    return 2"},
    ]
    before = (root / "package/main.py").read_text()

    said = await fail(root, "edit_file", path="package/main.py", edits=[*edits, {"old": "nope", "new": ""}])
    assert said.startswith("edit 3 of 3: the old text does not stand in the file")
    assert (root / "package/main.py").read_text() == before

    assert (await ask(root, "edit_file", path="package/main.py", edits=edits))["replaced"] == 2
    assert (root / "package/main.py").read_text().startswith("def first():\n    return 2\n")


async def test_an_edit_without_a_place_or_with_two_says_where_to_look(root: Path) -> None:
    """The model needs no second look at the file to mend its call."""
    twice = await fail(
        root, "edit_file", path="package/main.py", edits=[{"old": "return 1", "new": "return 2"}]
    )
    near = await fail(root, "edit_file", path="package/main.py", edits=[{"old": "def mein():", "new": ""}])
    indented = await fail(
        root, "edit_file", path="package/main.py", edits=[{"old": "  def main():", "new": ""}]
    )
    same = await fail(root, "edit_file", path="package/main.py", edits=[{"old": "main", "new": "main"}])
    (root / "beside.txt").write_text("tea and tea\n")
    beside = await fail(root, "edit_file", path="beside.txt", edits=[{"old": "tea", "new": "milk"}])

    assert "stands in 2 places, on the line 1; take more of the text" in beside
    assert (
        "stands in 2 places, on the lines 2, 6; take more of the text around the one that is meant" in twice
    )
    assert "line 1 is the nearest: 'def main():'" in near
    assert "line 1 begins alike: 'def main():'" in indented
    assert same == "the new text is the one that stands there already; nothing was changed"
    everywhere = [{"old": "return 1", "new": "return 2", "everywhere": True}]
    assert (await ask(root, "edit_file", path="package/main.py", edits=everywhere))["replaced"] == 2


async def test_line_ends_stay_what_they_are(root: Path) -> None:
    """A model sees and writes plain ends; the file keeps those that it has."""
    (root / "windows.txt").write_bytes(b"one\r\ntwo\r\n")

    assert (await ask(root, "read_file", path="windows.txt"))["text"] == "one\ntwo"
    await ask(root, "edit_file", path="windows.txt", edits=[{"old": "one\ntwo", "new": "1\n2\n3"}])

    assert (root / "windows.txt").read_bytes() == b"1\r\n2\r\n3\r\n"


@given(
    st.text("ab\n", max_size=30),
    st.lists(
        st.tuples(st.text("ab\n", min_size=1, max_size=3), st.text("abc", max_size=3), st.booleans()),
        min_size=1,
        max_size=4,
    ),
)
def test_edits_do_what_replacing_by_hand_does_or_change_nothing(
    text: str, edits: list[tuple[str, str, bool]]
) -> None:
    expected = text
    for old, new, everywhere in edits:
        count = expected.count(old)
        if not (count == 1 or (count and everywhere)):
            expected = text
            break
        expected = expected.replace(old, new)
    try:
        found, _ = apply_edits(
            text, [{"old": old, "new": new, "everywhere": everywhere} for old, new, everywhere in edits]
        )
    except ToolError as error:
        assert "nothing was changed" in str(error)  # noqa: PT017 - an edit without a place is no failure of the test
        found = text

    assert found == expected


@pytest.mark.parametrize(
    "path", [".git/hooks/pre-commit", ".env", "../outside.txt", "/etc/x", "a\\b", "a\0b"]
)
async def test_what_is_closed_or_outside_is_refused_without_asking_anybody(root: Path, path: str) -> None:
    approver = ScriptedApprover()

    for written in (
        call("write_file", path=path, text="x"),
        call("edit_file", path=path, edits=[{"old": "a", "new": "b"}]),
    ):
        [step] = (await run(root, written, ports=Ports(approver=approver))).steps
        assert step.is_error
    assert not (root.parent / "outside.txt").exists()
    assert not (root / ".git").exists()


@pytest.mark.parametrize(
    "path", [".github/workflows/ci.yml", "executus.toml", "Makefile", "sub/conftest.py", "mine.cfg"]
)
async def test_configuration_is_written_when_a_person_allows_it(root: Path, path: str) -> None:
    """Also when it is not there yet; a host can name more. Where nobody is there to ask, it is refused."""
    wanted = call("write_file", path=path, text="x")

    [refused] = (await run(root, wanted, ask_before_writing=("*.cfg",))).steps
    reason = (
        "the host wants to be asked"
        if path == "mine.cfg"
        else "hidden or configuration, which other programs obey"
    )
    assert reason in refused.result.text
    assert not (root / path).exists()

    allowed = Ports(approver=ScriptedApprover(["allow"]))
    [granted] = (await run(root, wanted, ports=allowed, ask_before_writing=("*.cfg",))).steps
    assert not granted.is_error, granted.result.text
    assert (root / path).read_text() == "x"


async def test_scopes_that_a_host_sets_are_asked_of_the_caller(root: Path) -> None:
    """Reading and writing are granted apart."""
    ports = Ports(identity=MemoryIdentity([Caller("alice", scopes=frozenset({"files:read"}))]))
    settings = {"workspace_read_scopes": ("files:read",), "workspace_write_scopes": ("files:write",)}

    result = await run(
        root,
        call("list_files"),
        call("write_file", path="x", text=""),
        ports=ports,
        caller_id="alice",
        **settings,
    )

    assert [step.is_error for step in result.steps] == [False, True]
    assert any("lacks the scopes files:write" in str(note) for note in result.notes)


def made_by(root: Path, caller_id: str) -> list[str]:
    return [path.name for path in root.iterdir() if path.name.startswith(f"caller-{caller_id}")]


async def test_each_caller_has_files_of_its_own(root: Path) -> None:
    """What one wrote is not there for the other, and not reached by a path either; who has no name has no files."""
    ports = Ports(identity=MemoryIdentity([Caller("alice", tenant="a"), Caller("bob", tenant="a")]))
    wrote = call("write_file", path="secret.txt", text="canary")

    await run(root, wrote, ports=ports, caller_id="alice", workspace_per="caller")
    [folder] = made_by(root, "alice")
    reads = [
        call("list_files"),
        call("read_file", path="secret.txt"),
        call("read_file", path=f"../{folder}/secret.txt"),
    ]
    bobs = await run(root, *reads, ports=ports, caller_id="bob", workspace_per="caller")
    nobodys = await run(root, call("list_files"), workspace_per="caller")

    assert "canary" not in str(bobs.steps)
    assert json.loads(bobs.steps[0].result.text)["files"] == []
    assert re.search("each caller has its own, and this run has no caller", nobodys.steps[0].result.text)
