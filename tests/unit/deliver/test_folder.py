"""Files in a folder: whole, beside what is there, under safe names, and through no link."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core import Agent, Artifact, Executor, Invocation, Ports, Target, tool
from executus_core.deliver import Folder, files, write_artifacts
from executus_core.deliver.names import numbered, safe_name
from executus_core.errors import DeliveryError
from executus_core.testing import ScriptedModel, call
from executus_core.tool import ToolResult

if TYPE_CHECKING:
    from pathlib import Path


def file(name: str, data: bytes = b"new") -> Artifact:
    return Artifact(name, "text/plain", data)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@tool
async def draw() -> ToolResult:
    """Draw."""
    return ToolResult("drawn", artifacts=(file("part.stl", b"solid"), file("output.txt", b"mine")))


async def test_a_run_is_delivered_into_a_folder_of_its_own(tmp_path: Path) -> None:
    """Under its id; a file of a tool does not take the place of the output."""
    executor = Executor(
        models=ScriptedModel([call("draw"), "Here it is."]),
        registry=[draw],
        ports=Ports(delivery=Folder(tmp_path)),
    )
    invocation = Invocation(run_id="r-1", delivery=Target("folder", "parts/today"))
    result = await executor.run(Agent(name="x", tools=("draw",)), "go", invocation)

    assert result.notes == ()
    place = tmp_path / "parts" / "today" / "r-1"
    assert {path.name: path.read_bytes() for path in place.iterdir()} == {
        "output.txt": b"Here it is.",
        "part.stl": b"solid",
        "output-2.txt": b"mine",
    }


async def test_a_run_that_failed_leaves_its_error(tmp_path: Path) -> None:
    """And no output, which would look like success."""
    executor = Executor(models=ScriptedModel([RuntimeError("no")]), ports=Ports(delivery=Folder(tmp_path)))
    await executor.run(Agent(name="x"), "go", Invocation(run_id="r", delivery=Target("folder", "")))

    assert [path.name for path in (tmp_path / "r").iterdir()] == ["error.txt"]
    assert "RuntimeError" in (tmp_path / "r" / "error.txt").read_text()


async def test_runs_may_share_a_folder_and_nothing_is_written_over(tmp_path: Path) -> None:
    """What is taken gets a number."""
    (tmp_path / "part.stl").write_bytes(b"mine")
    delivery = Folder(tmp_path, per_run=False)
    for number in range(3):
        await delivery.deliver(Target("folder", "", f"r-{number}"), f"output {number}", [file("part.stl")])

    assert (tmp_path / "part.stl").read_bytes() == b"mine"
    assert names_in(tmp_path) == [
        "output-2.txt",
        "output-3.txt",
        "output.txt",
        "part-2.stl",
        "part-3.stl",
        "part-4.stl",
        "part.stl",
    ]


@pytest.mark.parametrize(
    "folder", ["..", "../up", "a/../../b", "/etc", "a//b", ".", ".hidden", "a\\b", "a\x00b"]
)
async def test_a_target_stays_in_the_root(tmp_path: Path, folder: str) -> None:
    """Its id is refused, not mended: two that were mended alike would share a folder."""
    root = tmp_path / "root"
    with pytest.raises(DeliveryError, match="is no folder inside of the root"):
        await Folder(root).deliver(Target("folder", folder), "out", [])

    assert names_in(tmp_path) in ([], ["root"])
    assert not root.exists() or names_in(root) == []


async def test_a_run_id_that_looks_like_a_path_is_a_name(tmp_path: Path) -> None:
    """Hosts choose ids."""
    await Folder(tmp_path / "root").deliver(Target("folder", "", "../../r"), "out", [])

    assert (tmp_path / "root" / "r" / "output.txt").read_text() == "out"


@pytest.mark.parametrize("per_run", [True, False])
async def test_no_link_below_the_root_is_followed(tmp_path: Path, per_run: bool) -> None:
    """Neither as a folder nor as a file; the canary stays what it was."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    canary = outside / "canary"
    canary.write_bytes(b"alive")
    (root / "linked").symlink_to(outside)
    (root / "output.txt").symlink_to(canary)
    (root / "part.stl").symlink_to(outside / "not-there")
    delivery = Folder(root, per_run=per_run)

    with pytest.raises(DeliveryError, match="can't write into the folder of the target 'linked'"):
        await delivery.deliver(Target("folder", "linked"), "out", [file("canary")])
    await delivery.deliver(Target("folder", ""), "out", [file("part.stl")])

    assert canary.read_bytes() == b"alive"
    assert [path.name for path in outside.iterdir()] == ["canary"]
    assert (root / "output-2.txt").read_text() == "out"
    assert (root / "part-2.stl").read_bytes() == b"new"


def test_a_folder_that_is_swapped_for_a_link_meanwhile_is_not_followed(tmp_path: Path) -> None:
    """What was opened is written to, whatever bears its name now."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    outside.mkdir()
    with files.opened_folder(root, ["inner"]) as place:
        (root / "inner").rename(root / "moved")
        (root / "inner").symlink_to(outside)
        place.write("part.stl", b"new")

    assert list(outside.iterdir()) == []
    assert (root / "moved" / "part.stl").read_bytes() == b"new"


def test_many_writers_of_one_name_each_get_their_own(tmp_path: Path) -> None:
    """No file is lost, none is mixed, and no draft is left."""
    paths: list[Path] = []

    def work(number: int) -> None:
        paths.extend(write_artifacts(tmp_path, [file("part.stl", bytes([number]) * 10_000)]))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(paths)) == 16
    assert {path.read_bytes() for path in paths} == {bytes([number]) * 10_000 for number in range(16)}
    assert sorted(tmp_path.iterdir()) == sorted(paths)


@pytest.mark.parametrize("lack", ["links", "descriptors", "both"])
def test_where_the_system_lacks_something_files_are_whole_and_beside_the_others_too(
    tmp_path: Path, lack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File systems without hard links, and systems without descriptors of folders."""
    if lack != "descriptors":

        def no_links(*_: object, **__: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", no_links)
    if lack != "links":
        monkeypatch.setattr(files, "HAS_DESCRIPTORS", False)
    (tmp_path / "linked").symlink_to(tmp_path.parent)

    first, second = write_artifacts(tmp_path, [file("a.txt", b"1"), file("a.txt", b"2")])
    with files.opened_folder(tmp_path, ["inner"]) as place:
        place.write("b.txt", b"3")
    with pytest.raises(OSError), files.opened_folder(tmp_path, ["linked"]):
        pass

    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"2")
    assert {path.name for path in tmp_path.iterdir()} == {"a.txt", "a-2.txt", "inner", "linked"}
    assert [path.name for path in (tmp_path / "inner").iterdir()] == ["b.txt"]


def test_a_file_that_can_not_be_written_leaves_no_draft(tmp_path: Path) -> None:
    """A folder in which only whole files appear."""
    with pytest.raises(TypeError):
        write_artifacts(tmp_path, [file("a.txt", "text")])  # type: ignore[arg-type]

    assert list(tmp_path.iterdir()) == []


def test_files_are_made_as_the_umask_says_and_can_not_be_run(tmp_path: Path) -> None:
    """Like any file that a program saves."""
    (path,) = write_artifacts(tmp_path, [file("run.sh")])

    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


async def test_a_root_that_is_a_file_is_an_error_that_names_the_target(tmp_path: Path) -> None:
    """The run has a note of it."""
    (tmp_path / "root").write_bytes(b"")
    with pytest.raises(DeliveryError, match="can't write into the folder of the target 'a': File exists"):
        await Folder(tmp_path / "root").deliver(Target("folder", "a"), "out", [])


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("part.stl", "part.stl"),
        ("notes ü.txt", "notes ü.txt"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\win.ini", "win.ini"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        (" . ", "file"),
        (".bashrc", "_.bashrc"),
        ("a:b?.txt", "a_b_.txt"),
        ("new\nline\x00\x1b[31m.txt", "new_line__[31m.txt"),
        ("trailing. . ", "trailing"),
        ("NUL.txt", "_NUL.txt"),
        ("com1", "_com1"),
        ("\ud800.txt", "_.txt"),
        ("x" * 300 + ".stl", "x" * 196 + ".stl"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    """And a good one stays."""
    assert safe_name(name) == safe


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_name_is_made_one_of_a_file(name: str) -> None:
    """One that stays what it is from then on, also with a number."""
    safe = safe_name(name)

    assert safe
    assert safe_name(safe) == safe
    assert not set(safe) & set('/\\<>:"|?*\x00\n')
    assert not safe.startswith(".")
    assert not safe.endswith((".", " "))
    assert len(safe.encode()) <= 200
    names = numbered(safe)
    assert len({next(names) for _ in range(5)}) == 5


async def test_deliveries_of_one_run_id_get_along(tmp_path: Path) -> None:
    """Ids are the host's, and may repeat."""
    delivery = Folder(tmp_path)
    target = Target("folder", "", "r")
    await asyncio.gather(*(delivery.deliver(target, f"output {number}", []) for number in range(10)))

    texts = {path.read_text() for path in (tmp_path / "r").iterdir()}
    assert texts == {f"output {number}" for number in range(10)}
