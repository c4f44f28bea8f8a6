"""A workspace is one folder: what is told to it leads nowhere else, for reading and for writing."""

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core.errors import ToolError
from executus_core.workspace import Workspace, find, workspace

needs_posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX")

OUTSIDE = [
    *(
        "../outside/canary.txt",
        "package/../../outside/canary.txt",
        "..",
        "",
        ".",
        "a\0b",
        "./../x",
        "package/..",
    ),
    *(
        "..\\outside\\canary.txt",
        "package\\main.py",
        "/etc/hosts",
        "//x",
        "~\x1b[2Jx",
        "a\nb",
        "\ud800",
        "a\u2028b",
    ),
    *("x" * 256, "é" * 128, "/".join("a" * 41), "ab/" * 2000 + "c"),
]

Act = Callable[[Workspace, str], object]
ACTS: dict[str, Act] = {
    "read_bytes": lambda held, path: held.read_bytes(path),
    "read_text": lambda held, path: held.read_text(path),
    "write": lambda held, path: held.write_bytes(path, b"changed"),
    "edit": lambda held, path: held.edit_text(path, lambda _: "changed"),
}
each_act = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)


def paths(root: Path, pattern: str = "**") -> list[str]:
    return [entry.path for entry in Workspace(root).find(pattern).entries]


@each_act
@pytest.mark.parametrize("path", OUTSIDE, ids=ascii)
def test_a_path_that_is_none_of_the_folder_is_refused(tree, act: Act, path: str) -> None:
    """Nothing outside of the folder has a name inside of it, and the message is short and can be shown."""
    with pytest.raises(ToolError) as raised:
        act(Workspace(tree.root), path)

    said = str(raised.value)
    assert said.isprintable()
    assert len(said) < 300
    assert tree.is_unharmed()
    assert paths(tree.root) == ["README.md", "package/main.py"]


@each_act
def test_an_absolute_path_is_refused_even_when_it_points_inside(tree, act: Act) -> None:
    """Only paths as the tools show them are paths."""
    with pytest.raises(ToolError, match="not a path inside this folder"):
        act(Workspace(tree.root), str(tree.root / "README.md"))


@needs_posix
@each_act
@pytest.mark.parametrize(
    "path", ["link.txt", "dangling", "linked/canary.txt", "package/up/outside/canary.txt", "pipe"]
)
def test_links_and_what_is_no_file_are_refused(tree, act: Act, path: str) -> None:
    """A link, a folder behind one and a pipe that nobody writes to give nothing away, take nothing and block nobody."""
    (tree.root / "link.txt").symlink_to(tree.canary)
    (tree.root / "dangling").symlink_to(tree.outside / "made.txt")
    (tree.root / "linked").symlink_to(tree.outside)
    (tree.root / "package" / "up").symlink_to("../..")
    os.mkfifo(tree.root / "pipe")

    with pytest.raises(ToolError):
        act(Workspace(tree.root), path)
    assert tree.is_unharmed()
    assert paths(tree.root) == ["README.md", "package/main.py"]


@each_act
@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        "package/.git/hooks/pre-commit",
        ".GIT/config",
        ".g\u200cit/x",
        ".env",
        ".env.local",
        "keys/id_rsa",
        "server.KEY",
        "__pycache__/x.pyc",
    ],
)
def test_secrets_version_control_and_caches_are_closed(tree, act: Act, path: str) -> None:
    """Whether it is there or not, however it is spelt, and also when it would be new."""
    (tree.root / path).parent.mkdir(parents=True, exist_ok=True)
    (tree.root / path).write_text("secret")

    with pytest.raises(ToolError, match="is closed: version control, secrets and caches"):
        act(Workspace(tree.root), path)
    assert (tree.root / path).read_text() == "secret"


def test_what_is_hidden_is_found_only_by_its_name(tree) -> None:
    """A listing is of what somebody wrote here; whoever asks for a hidden folder sees it, and never what is closed."""
    for path in (
        ".ci/run.yml",
        ".git/config",
        ".env",
        "node_modules/x/index.js",
        "venv/pyvenv.cfg",
        "venv/x.py",
    ):
        (tree.root / path).parent.mkdir(parents=True, exist_ok=True)
        (tree.root / path).write_text("made")

    assert paths(tree.root) == ["README.md", "package/main.py"]
    assert paths(tree.root, ".ci/**") == [".ci/run.yml"]
    assert paths(tree.root, ".git/**") == []
    assert Workspace(tree.root).read_bytes(".ci/run.yml") == b"made"


def test_a_name_that_can_not_be_said_is_not_listed(tree) -> None:
    """What is listed can be asked for: bytes that are no text, and names with a backslash or a line end, are left out."""
    for name in (b"\xff\xfe", b"a\\b", b"a\nb"):
        Path(os.fsdecode(bytes(tree.root) + b"/" + name)).write_text("made")

    assert paths(tree.root) == ["README.md", "package/main.py"]


def test_a_huge_file_is_neither_read_nor_written(tree) -> None:
    """The bound is the same both ways, so that what was written can be read."""
    small = Workspace(tree.root, max_file_bytes=10)

    for act in ACTS.values():
        with pytest.raises(ToolError, match="larger than 10 bytes"):
            act(small, "README.md") if act is not ACTS["write"] else small.write_bytes("new", bytes(11))
    assert not (tree.root / "new").exists()


def test_a_huge_or_deep_folder_is_looked_at_in_part_which_the_listing_says(
    tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever for a folder of a million files, or of a hundred folders in each other."""
    deep = tree.root.joinpath(*["d"] * 50)
    deep.mkdir(parents=True)
    (deep / "x.txt").write_text("deep")

    assert not Workspace(tree.root).find().is_complete
    assert Workspace(tree.root).find().entries[0].path == "README.md"
    monkeypatch.setattr(find, "MAX_FILES", 1)
    assert Workspace(tree.root).find() == find.Listing([], is_complete=False)


def test_a_missing_file_or_folder_says_so(tree) -> None:
    """The message is one that a model can act on; a workspace that nobody has written to is empty."""
    with pytest.raises(ToolError, match=r"can't read 'nope\.txt': No such file"):
        Workspace(tree.root).read_bytes("nope.txt")
    with pytest.raises(ToolError, match=r"can't read 'package': it is a folder"):
        Workspace(tree.root).read_bytes("package")
    assert Workspace(tree.root / "missing").find().entries == []


def test_a_new_file_is_made_with_its_folders(tree) -> None:
    """Also the workspace itself, and with the permissions that new files have here."""
    held = Workspace(tree.root / "new", ("caller-1",))

    assert held.write_bytes("a/./b.txt", b"first") == workspace.Written("a/b.txt", is_new=True, size_bytes=5)
    assert held.write_bytes("a/b.txt", b"2") == workspace.Written("a/b.txt", is_new=False, size_bytes=1)
    made = tree.root / "new/caller-1/a/b.txt"
    assert made.read_bytes() == b"2"
    (tree.outside.parent / "usual").touch()
    assert made.stat().st_mode == (tree.outside.parent / "usual").stat().st_mode
    assert [path.name for path in made.parent.iterdir()] == ["b.txt"]


@needs_posix
def test_a_file_keeps_its_permissions_and_its_encoding(tree) -> None:
    """A script stays one; text with a mark keeps it, and what is not changed keeps its bytes."""
    script, marked, old = tree.root / "run.sh", tree.root / "marked.txt", tree.root / "old.txt"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o4751)
    marked.write_bytes("\ufeffà\r\n".encode("utf-16-le"))
    old.write_bytes("café “x”\n".encode("cp1252"))
    held = Workspace(tree.root)

    for name in ("run.sh", "marked.txt", "old.txt"):
        held.edit_text(name, lambda text: f"{text}é")

    assert stat.S_IMODE(script.stat().st_mode) == 0o751
    assert marked.read_bytes() == "\ufeffà\r\né".encode("utf-16-le")
    assert old.read_bytes() == "café “x”\né".encode("cp1252")
    with pytest.raises(ToolError, match=r"written in cp1252, which has no '\\u2192'"):
        held.edit_text("old.txt", lambda _: "→")


@needs_posix
def test_a_file_that_is_marked_read_only_is_not_replaced(tree) -> None:
    """Replacing asks for no permission of the file itself, so it is looked at; that holds for root, too."""
    (tree.root / "README.md").chmod(0o444)

    for act in (ACTS["write"], ACTS["edit"]):
        with pytest.raises(ToolError, match="it is marked read-only"):
            act(Workspace(tree.root), "README.md")


@needs_posix
def test_another_name_of_a_file_keeps_what_it_was(tree) -> None:
    """A hard link from outside is read, as a copy would be, and never written through."""
    os.link(tree.canary, tree.root / "linked.txt")
    held = Workspace(tree.root)

    held.write_bytes("linked.txt", b"changed")

    assert tree.is_unharmed()
    assert held.read_bytes("linked.txt") == b"changed"


def test_a_write_that_fails_changes_nothing_and_leaves_nothing(tree) -> None:
    """The folder stands where the file should be; what was prepared is gone."""
    with pytest.raises(ToolError, match="can't write 'package': it is a folder"):
        Workspace(tree.root).write_bytes("package", b"x")
    with pytest.raises(ToolError, match=r"can't write 'README\.md/x'"):
        Workspace(tree.root).write_bytes("README.md/x", b"x")

    assert sorted(path.name for path in tree.root.iterdir()) == ["README.md", "package"]


@needs_posix
def test_a_disk_that_is_full_changes_nothing(tree) -> None:
    """Half a file is never there: a limit of this process plays the full disk."""
    import resource
    import signal

    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(ToolError, match=r"can't write 'README\.md': File too large"):
            Workspace(tree.root).write_bytes("README.md", bytes(1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)

    assert (tree.root / "README.md").read_text().startswith("# Small")
    assert sorted(path.name for path in tree.root.iterdir()) == ["README.md", "package"]


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(tree) -> None:
    """An editor that saves between the reading and the writing keeps its words."""

    def change(text: str) -> str:
        (tree.root / "README.md").write_text("theirs")
        return f"{text} ours"

    with pytest.raises(ToolError, match="changed by somebody else meanwhile"):
        Workspace(tree.root).edit_text("README.md", change)
    assert (tree.root / "README.md").read_text() == "theirs"


def test_edits_at_the_same_time_lose_none(tree) -> None:
    """Two calls of one step run side by side, and each of them changes what is there then."""
    held = Workspace(tree.root)
    threads = [
        threading.Thread(target=held.edit_text, args=("README.md", lambda text, n=n: f"{text}{n}\n"))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted((tree.root / "README.md").read_text().splitlines()[3:]) == sorted(map(str, range(20)))


def test_a_write_that_takes_too_long_keeps_nobody_waiting_for_ever(
    tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that hangs costs the others an error, not their run."""
    monkeypatch.setattr(workspace, "WRITE_TIMEOUT_S", 0.0)

    def change(text: str) -> str:
        with pytest.raises(ToolError, match="another write takes too long"):
            Workspace(tree.root).write_bytes("new.txt", b"")
        return text

    Workspace(tree.root).edit_text("README.md", change)


def test_without_descriptors_names_are_looked_at_first(tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a system has none, links are still refused, and everything else works."""
    from executus_core.workspace import folder

    monkeypatch.setattr(folder, "HAS_DESCRIPTORS", False)
    (tree.root / "link.txt").symlink_to(tree.canary)
    (tree.root / "linked").symlink_to(tree.outside)
    held = Workspace(tree.root)

    held.write_bytes("a/b.txt", b"x")
    assert [entry.path for entry in held.find().entries] == ["README.md", "a/b.txt", "package/main.py"]
    assert held.read_bytes("a/b.txt") == b"x"
    for act in ACTS.values():
        for path in ("link.txt", "linked/canary.txt"):
            with pytest.raises(ToolError, match="link"):
                act(held, path)
    with pytest.raises(ToolError, match="can't list the folder"):
        Workspace(tree.canary).find()
    assert tree.is_unharmed()


names = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [".", "..", "", "a", "package", "README.md", "~"]
)


@given(path=st.lists(names, max_size=6).map("/".join) | st.text(max_size=30))
def test_whatever_the_path_is_it_is_a_file_of_the_folder_or_an_error(tmp_path_factory, path: str) -> None:
    """What was written can be read back under the same name, and nothing appears beside the folder."""
    home = tmp_path_factory.mktemp("home")
    held = Workspace(home / "inside")
    try:
        written = held.write_bytes(path, b"mine")
    except ToolError:
        pass
    else:
        assert held.read_bytes(path) == held.read_bytes(written.path) == b"mine"
    assert {one.name for one in home.iterdir()} <= {"inside"}
