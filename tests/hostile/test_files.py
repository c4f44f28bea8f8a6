"""A workspace against real races and real file systems: it never gives away, lists or changes what is outside of it."""

import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen

from executus_core import Agent, Caller, Executor
from executus_core.errors import ToolError
from executus_core.testing import ScriptedModel, call
from executus_core.workspace import Share, Workspace

CANARY = "not for you"
ACTS = 4000
SWAPS = 2000
MAX_ACTS = 400_000


@frozen
class Tree:
    """A workspace, the same names outside of it, and a place to keep what is swapped."""

    root: Path
    outside: Path
    decoy: Path

    def is_unharmed(self) -> bool:
        """Tell whether what is outside is as it was."""
        files = [path.relative_to(self.outside).as_posix() for path in self.outside.rglob("*")]
        return sorted(files) == ["a", "a/file.txt", "a/outside-only.txt"] and all(
            (self.outside / file).read_text() == CANARY for file in files if file != "a"
        )


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = Tree(tmp_path / "inside", tmp_path / "outside", tmp_path / "decoy")
    for folder, text in ((made.root, "mine"), (made.outside, CANARY)):
        (folder / "a").mkdir(parents=True)
        (folder / "a/file.txt").write_text(text)
    (made.outside / "a/outside-only.txt").write_text(CANARY)
    return made


@contextmanager
def swapping(one: Path, other: Path) -> Iterator[None]:
    """Have another process swap two names during a block, as fast as it can."""
    script = str(Path(__file__).with_name("swapper.py"))
    with subprocess.Popen(
        [sys.executable, script, str(one), str(other)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield
        swaps, _ = process.communicate()
    assert process.returncode == 0
    assert int(swaps) >= SWAPS


def attack(
    tree: Tree, act: Callable[[], object], *, is_over: Callable[[Counter[str]], bool] | None = None
) -> Counter[str]:
    """Repeat an act until it was done and refused often enough, and look at all that it gives."""
    endings: Counter[str] = Counter()
    while endings.total() < MAX_ACTS:
        try:
            given = repr(act())
            endings["done"] += 1
        except ToolError as error:
            given = str(error)
            endings["refused"] += 1
        assert CANARY not in given
        assert "outside-only" not in given
        if endings.total() >= ACTS and (is_over or _met_both)(endings):
            break
    return endings


def _met_both(endings: Counter[str]) -> bool:
    return min(endings["done"], endings["refused"]) >= 20


Act = Callable[[Workspace], object]
ON_A_FILE: dict[str, Act] = {
    "read": lambda held: held.read_bytes("a/file.txt"),
    "write": lambda held: held.write_bytes("a/file.txt", b"mine"),
    "edit": lambda held: held.edit_text("a/file.txt", lambda text: text + "."),
    "write anew": lambda held: held.write_bytes("a/new/deep/new.txt", b"mine"),
}


@pytest.mark.parametrize("act", ON_A_FILE.values(), ids=ON_A_FILE)
def test_a_folder_that_turns_into_a_link_and_back_leads_nowhere(tree: Tree, act: Act) -> None:
    """Thousands of swaps while thousands of acts go on: each is done inside or refused."""
    tree.decoy.symlink_to(tree.outside / "a")
    with swapping(tree.root / "a", tree.decoy):
        attack(tree, lambda: act(Workspace(tree.root)))

    assert tree.is_unharmed()


@pytest.mark.parametrize("name", ["read", "write", "edit"])
def test_a_file_that_turns_into_a_link_and_back_leads_nowhere(tree: Tree, name: str) -> None:
    """Also the last name on the way; a write may replace the link itself, which changes nothing outside."""
    tree.decoy.symlink_to(tree.outside / "a/file.txt")
    with swapping(tree.root / "a/file.txt", tree.decoy):
        over = None if name == "read" else lambda endings: endings["done"] > 20
        attack(tree, lambda: ON_A_FILE[name](Workspace(tree.root)), is_over=over)

    assert tree.is_unharmed()


def test_a_file_that_turns_into_a_pipe_and_back_keeps_nobody_waiting(tree: Tree) -> None:
    """A pipe that nobody writes to would be waited for without end."""
    os.mkfifo(tree.decoy)
    with swapping(tree.root / "a/file.txt", tree.decoy):
        attack(tree, lambda: Workspace(tree.root).read_bytes("a/file.txt"))


def test_a_listing_never_goes_through_a_link(tree: Tree) -> None:
    """A walk that holds what it opened lists what is inside, whatever the names mean a moment later."""
    tree.decoy.symlink_to(tree.outside / "a")
    seen: set[str] = set()

    def look() -> None:
        found = Workspace(tree.root).find("**")
        paths = {entry.path for entry in found.entries}
        seen.add(",".join(sorted(paths)))
        assert paths <= {"a/file.txt"}

    with swapping(tree.root / "a", tree.decoy):
        attack(tree, look, is_over=lambda _: len(seen) == 2)

    assert seen == {"", "a/file.txt"}


def test_an_owners_folder_that_turns_into_a_link_to_anothers_is_not_followed(tree: Tree) -> None:
    """One tenant's workspace never becomes another's, for reading or for writing."""
    share = Share(tree.root, "tenant")
    mine, theirs = (share.of(Caller("x", tenant=tenant), "run-1") for tenant in ("me", "them"))
    for held, text in ((mine, b"mine"), (theirs, CANARY.encode())):
        held.write_bytes("file.txt", text)
    tree.decoy.symlink_to(tree.root / theirs.within[0])
    with swapping(tree.root / mine.within[0], tree.decoy):
        attack(tree, lambda: mine.read_bytes("file.txt"))
        attack(tree, lambda: mine.write_bytes("file.txt", b"mine"))

    assert theirs.read_bytes("file.txt") == CANARY.encode()


def test_many_threads_lose_no_more_than_one(tree: Tree) -> None:
    """Calls of one step run side by side in threads."""
    tree.decoy.symlink_to(tree.outside / "a")
    held = Workspace(tree.root)
    with swapping(tree.root / "a", tree.decoy), ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(attack, tree, lambda act=act: act(held)) for act in ON_A_FILE.values()]:
            done.result()

    assert tree.is_unharmed()


def test_the_usual_check_before_the_use_loses_the_same_race(tree: Tree) -> None:
    """The attack has teeth: who resolves a path and then opens it gives the canary away."""
    tree.decoy.symlink_to(tree.outside / "a")
    found: set[str] = set()

    def read() -> None:
        try:
            path = (tree.root / "a/file.txt").resolve()
            if path.is_relative_to(tree.root):
                found.add((tree.root / "a/file.txt").read_text())
        except OSError:
            return

    with swapping(tree.root / "a", tree.decoy):
        attack(tree, read, is_over=lambda _: CANARY in found)

    assert CANARY in found


async def test_a_run_whose_folder_is_swapped_under_it_learns_nothing(tree: Tree) -> None:
    """The tools of the plugin, through the whole of a run: search, read and write."""
    from executus_tools_common.files import build_tools
    from executus_tools_common.settings import Settings

    calls = [
        call("search_files", text="o"),
        call("read_file", path="a/file.txt"),
        call("write_file", path="a/file.txt", text="mine"),
    ]
    executor = Executor(models={}, registry=build_tools(Settings(workspace=tree.root)))
    tree.decoy.symlink_to(tree.outside / "a")
    with swapping(tree.root / "a", tree.decoy):
        for _ in range(100):
            async with Executor(models=ScriptedModel([calls, "Done."]), registry=executor.registry) as one:
                result = await one.run(Agent(name="clerk", tools=["*"]), "go")
            assert result.output == "Done."
            assert CANARY not in "".join(step.result.text for step in result.steps)

    assert tree.is_unharmed()


def test_what_the_kernel_shows_as_files_is_not_reached(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links into the process itself: its environment, its root, and a file that it holds open."""
    monkeypatch.setenv("CANARY", CANARY)
    with (tree.outside / "a/file.txt").open() as held_open:
        magic = [
            "/proc/self/environ",
            "/proc/self/root",
            f"/proc/self/fd/{held_open.fileno()}",
            "/dev/stdin",
            "/dev/zero",
        ]
        for number, target in enumerate(magic):
            (tree.root / f"link-{number}").symlink_to(target)
            for path in (f"link-{number}", f"link-{number}{tree.outside}/a/file.txt"):
                for act in (
                    Workspace(tree.root).read_bytes,
                    lambda path: Workspace(tree.root).write_bytes(path, b"x"),
                ):
                    with pytest.raises(ToolError) as refused:
                        act(path)
                    assert CANARY not in str(refused.value)
    assert tree.is_unharmed()


def test_the_sandbox_is_one() -> None:
    """Nothing of this machine can be changed, nothing outside of it reached, and nothing of its environment read."""
    for place in (Path(__file__).parent, Path(sys.prefix), Path("/"), Path.home()):
        with pytest.raises(OSError, match=r"Read-only|No such file"):
            (place / "made").touch()
    assert [name for _, name in socket.if_nameindex()] == ["lo"]
    for process in ("1", "self"):
        told = Path(f"/proc/{process}/environ").read_text().split("\0")
        assert {line.partition("=")[0] for line in told} <= {
            "",
            "PATH",
            "TMPDIR",
            "PWD",
            "OLDPWD",
            "SHLVL",
            "_",
        }


def test_a_socket_is_no_file(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree.root)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        with pytest.raises(ToolError, match="not a regular file"):
            Workspace(tree.root).read_bytes("socket")
        with pytest.raises(ToolError, match="not a regular file"):
            Workspace(tree.root).write_bytes("socket", b"x")


def test_a_tree_without_a_bottom_is_walked_for_a_while(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deeper than any path is long, and than a process may hold folders open."""
    monkeypatch.chdir(tree.root)
    for _ in range(3000):
        Path("d").mkdir()
        os.chdir("d")

    found = Workspace(tree.root).find()

    assert not found.is_complete
    assert [entry.path for entry in found.entries] == ["a/file.txt"]
    os.chdir(tree.root)
    subprocess.run(["rm", "-rf", "d"], check=True)


def test_a_folder_of_very_many_is_walked_for_a_while(tree: Tree) -> None:
    """Files, folders and links without number end a listing, not a host."""
    for number in range(25_000):
        (tree.root / "a" / f"{number}.txt").symlink_to("file.txt")

    assert not Workspace(tree.root).find().is_complete


def test_links_in_circles_and_chains_are_followed_nowhere(tree: Tree) -> None:
    """Each of a thousand links to the next, and the last one out."""
    for number in range(1000):
        (tree.root / f"link-{number}").symlink_to(f"link-{number + 1}")
    (tree.root / "link-1000").symlink_to(tree.outside / "a")
    (tree.root / "circle").symlink_to(".")

    assert [entry.path for entry in Workspace(tree.root).find().entries] == ["a/file.txt"]
    for path in ("link-0/file.txt", "link-1000/file.txt", "circle/a/file.txt", "circle/circle/a/file.txt"):
        with pytest.raises(ToolError, match="link"):
            Workspace(tree.root).read_bytes(path)
