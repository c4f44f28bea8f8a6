"""A workspace loses no race: whatever is put in the way before any of the system calls of an act leads nowhere else.

Each act is repeated with one thing swapped right before its first system call, before its second, and so on, until it ends
untouched; so a window between a check and a use, if there is one, is met. ``tests/hostile`` has it with real processes.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import define, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from executus_core.errors import ToolError
from executus_core.workspace import Workspace

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX")

CANARY = "not for you"
CALLS = ("open", "stat", "fstat", "mkdir", "replace", "scandir", "fchmod")


@frozen
class Tree:
    """A workspace with two folders in each other, and the same names outside of it."""

    home: Path

    @property
    def root(self) -> Path:
        return self.home / "inside"

    @property
    def outside(self) -> Path:
        return self.home / "outside"

    def build(self) -> None:
        """Make it anew."""
        shutil.rmtree(self.home, ignore_errors=True)
        for folder, text in ((self.root, "mine"), (self.outside, CANARY)):
            (folder / "a/b").mkdir(parents=True)
            (folder / "a/b/file.txt").write_text(text)
            (folder / "b").mkdir()
            (folder / "b/file.txt").write_text(text)
            (folder / "file.txt").write_text(text)
        (self.outside / "a/b/outside-only.txt").write_text(CANARY)

    def is_unharmed(self) -> bool:
        """Tell whether what is outside is as it was."""
        files = sorted(
            path.relative_to(self.outside).as_posix() for path in self.outside.rglob("*") if path.is_file()
        )
        return files == ["a/b/file.txt", "a/b/outside-only.txt", "b/file.txt", "file.txt"] and all(
            (self.outside / file).read_text() == CANARY for file in files
        )


PATH = "a/b/file.txt"
ACTS: dict[str, Callable[[Workspace], object]] = {
    "read": lambda held: held.read_bytes(PATH),
    "write": lambda held: held.write_bytes(PATH, b"written"),
    "write anew": lambda held: held.write_bytes("a/b/new/deep/new.txt", b"written"),
    "edit": lambda held: held.edit_text(PATH, str.upper),
    "find": lambda held: held.find("**"),
}


def make_link(tree: Tree, name: str) -> None:
    """Put a link to what has the same name outside in place of a name."""
    (tree.root / name).rename(tree.home / "aside")
    (tree.root / name).symlink_to(tree.outside / name)


def make_pipe(tree: Tree, name: str) -> None:
    """Put a pipe in place of a name; whoever opens it as a file waits for ever."""
    (tree.root / name).rename(tree.home / "aside")
    os.mkfifo(tree.root / name)


def take_away(tree: Tree, name: str) -> None:
    """Take what has a name away."""
    (tree.root / name).rename(tree.home / "aside")


SWAPS: dict[str, Callable[[Tree, str], None]] = {
    "a link": make_link,
    "a pipe": make_pipe,
    "nothing": take_away,
}


@define
class Interrupter:
    """Does something right before the n-th system call."""

    at: int
    act: Callable[[], None]
    calls: int = 0

    def __call__(self) -> None:
        self.calls += 1
        if self.calls == self.at:
            self.act()


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Interrupter | None], None]]:
    """Have an interrupter told of each system call on files that a workspace makes."""
    current: list[Interrupter | None] = [None]

    def wrap(function: Callable[..., object]) -> Callable[..., object]:
        def called(*arguments: object, **options: object) -> object:
            interrupter, current[0] = current[0], None  # what the interrupter itself does is not counted
            if interrupter is not None:
                interrupter()
                current[0] = interrupter
            return function(*arguments, **options)

        return called

    def use(interrupter: Interrupter | None) -> None:
        current[0] = interrupter

    for name in CALLS:
        monkeypatch.setattr(os, name, wrap(getattr(os, name)))
    yield use
    monkeypatch.undo()


@pytest.mark.parametrize("swap", SWAPS.values(), ids=SWAPS)
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("name", ["a", "a/b", "a/b/file.txt"])
def test_what_is_put_in_the_way_before_any_call_leads_nowhere_else(
    tmp_path: Path,
    interrupted,
    name: str,
    act: Callable[[Workspace], object],
    swap: Callable[[Tree, str], None],
) -> None:
    """Nothing from outside is read, listed or changed, and nobody waits."""
    tree = Tree(tmp_path / "home")
    at, is_met = 0, True
    while is_met:
        at += 1
        tree.build()
        interrupter = Interrupter(at, lambda: swap(tree, name))
        interrupted(interrupter)
        try:
            given = repr(act(Workspace(tree.root)))
        except ToolError as error:
            given = str(error)
        finally:
            interrupted(None)
        assert CANARY not in given
        assert "outside-only" not in given
        assert tree.is_unharmed()
        assert not list(tree.home.rglob(".executus-*"))
        is_met = interrupter.calls >= at

    assert at > 5


def test_a_check_that_comes_before_the_use_would_be_caught(tmp_path: Path, interrupted) -> None:
    """The sweep has teeth: the usual way, to resolve a path and then to open it, loses the race."""
    tree = Tree(tmp_path / "home")
    found: list[str] = []
    for at in range(1, 30):
        tree.build()
        interrupted(Interrupter(at, lambda: make_link(tree, "a")))
        path = (tree.root / PATH).resolve()
        if path.is_relative_to(tree.root):
            os.fstat(0)  # the moment between the check and the use
            found.append(path.read_text())
        interrupted(None)

    assert CANARY in found


places = st.sampled_from(["a", "b", "c", "a/b", "a/c", "b/a", "file.txt", "a/file.txt", "a/b/file.txt"])
targets = st.sampled_from(
    ["..", "../..", "../../outside", "../outside/file.txt", "/", ".", "a", "b/../..", "file.txt", "loop"]
)


@settings(max_examples=60)
@given(
    links=st.lists(st.tuples(places, targets, st.booleans()), min_size=1, max_size=6),
    wanted=st.lists(st.sampled_from(["a", "b", "c", "file.txt", ".", ".."]), min_size=1, max_size=4).map(
        "/".join
    ),
)
def test_a_farm_of_links_leads_nowhere_else(
    tmp_path_factory, links: list[tuple[str, str, bool]], wanted: str
) -> None:
    """Links to links, up, in circles, absolute and hard: in any arrangement, for any path through them."""
    tree = Tree(tmp_path_factory.mktemp("farm") / "home")
    tree.build()
    for place, target, is_hard in links:
        at = tree.root / place
        if at.is_symlink() or at.is_file():
            at.unlink()
        elif at.is_dir() or not at.parent.is_dir():
            continue
        if not is_hard:
            at.symlink_to(tree.outside if target == "/" else target)
        elif (tree.root / "b/file.txt").is_file():
            os.link(tree.root / "b/file.txt", at, follow_symlinks=False)
    held = Workspace(tree.root)

    given_back = [repr(held.find())]
    for act in (
        lambda: held.read_bytes(wanted),
        lambda: held.write_bytes(wanted, b"written"),
        lambda: held.edit_text(wanted, str.upper),
    ):
        try:
            given_back.append(repr(act()))
        except ToolError as error:
            given_back.append(str(error))

    assert CANARY not in "".join(given_back)
    assert tree.is_unharmed()
    shutil.rmtree(tree.home)
