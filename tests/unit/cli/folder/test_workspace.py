"""The demonstration's tools read one folder and never leave it."""

import os
from pathlib import Path

import pytest

from executus_core.cli.folder import workspace as workspace_module
from executus_core.cli.folder.workspace import Workspace
from executus_core.errors import ToolError

CANARY = "not for you"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "canary.txt").write_text(CANARY)
    root = tmp_path / "inside"
    (root / "package").mkdir(parents=True)
    (root / "README.md").write_text("# Small\n\nA small tree.\n")
    (root / "package" / "main.py").write_text('"""Begins here."""\n')
    return root


def paths(root: Path, pattern: str = "**") -> list[str]:
    return [entry.path for entry in Workspace(root).find(pattern).entries]


@pytest.mark.parametrize(
    "path",
    [
        "../outside/canary.txt",
        "package/../../outside/canary.txt",
        "..",
        "",
        ".",
        "a\0b",
        "~/canary.txt",
        "./../x",
    ],
)
def test_a_path_that_leaves_the_folder_is_refused(root: Path, path: str) -> None:
    """Nothing outside of the folder has a name inside of it."""
    with pytest.raises(ToolError) as raised:
        Workspace(root).read_text(path)

    assert CANARY not in str(raised.value)


def test_an_absolute_path_is_refused_even_when_it_points_inside(root: Path) -> None:
    """Only paths as the tools show them are paths."""
    with pytest.raises(ToolError, match="not a path inside this folder"):
        Workspace(root).read_text(str(root / "README.md"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX")
def test_links_and_what_is_no_file_are_neither_listed_nor_read(root: Path, tmp_path: Path) -> None:
    """A link to a file, a link to a folder and a pipe that nobody writes to give nothing away and block nobody."""
    (root / "link.txt").symlink_to(tmp_path / "outside" / "canary.txt")
    (root / "linked").symlink_to(tmp_path / "outside")
    (root / "package" / "up").symlink_to("../..")
    os.mkfifo(root / "pipe")

    assert paths(root) == ["README.md", "package/main.py"]
    for path in ("link.txt", "linked/canary.txt", "package/up/outside/canary.txt", "pipe"):
        with pytest.raises(ToolError):
            Workspace(root).read_text(path)


def test_what_is_hidden_or_made_by_tools_is_left_out(root: Path) -> None:
    """Version control, caches, environments and hidden files are not what somebody wrote here."""
    for path in (".git/config", ".env", "__pycache__/x.pyc", "node_modules/x/index.js", "venv/pyvenv.cfg"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("secret")

    assert paths(root) == ["README.md", "package/main.py"]
    for path in (".git/config", ".env", "__pycache__/x.pyc"):
        with pytest.raises(ToolError, match="not looked into"):
            Workspace(root).read_text(path)


def test_a_file_that_is_no_text_is_refused(root: Path) -> None:
    """Binary content helps no model."""
    (root / "data.bin").write_bytes(b"\x00\x01")

    with pytest.raises(ToolError, match="not a text file"):
        Workspace(root).read_text("data.bin")


def test_reading_and_listing_have_a_bound(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A huge file is refused, and a huge folder is looked at in part, which the listing says."""
    monkeypatch.setattr(workspace_module, "MAX_FILE_BYTES", 10)
    monkeypatch.setattr(workspace_module, "MAX_FILES", 1)

    with pytest.raises(ToolError, match="larger than 10 bytes"):
        Workspace(root).read_text("README.md")
    assert not Workspace(root).find().is_complete


def test_a_missing_file_says_so(root: Path) -> None:
    """The message is one that a model can act on."""
    with pytest.raises(ToolError, match=r"can't read 'nope\.txt': No such file"):
        Workspace(root).read_text("nope.txt")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", ["README.md"]),
        ("**", ["README.md", "package/main.py"]),
        ("**/*.py", ["package/main.py"]),
        ("package/*", ["package/main.py"]),
        ("./*.md", ["README.md"]),
        ("READ??.md", ["README.md"]),
        ("*.py", []),
        ("[", []),
    ],
)
def test_a_star_stays_in_its_folder_and_two_go_through_all(
    root: Path, pattern: str, expected: list[str]
) -> None:
    """Globs mean what they mean to a shell."""
    assert paths(root, pattern) == expected
