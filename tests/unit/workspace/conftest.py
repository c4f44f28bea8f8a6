"""A small tree, and beside it what no tool of the tree may see or change."""

from pathlib import Path

import pytest
from attrs import frozen

CANARY = "not for you"


@frozen
class Tree:
    """A workspace with something outside of it.

    Attributes:
        root: The workspace.
        outside: A folder beside it.
        canary: A file in that folder.
    """

    root: Path
    outside: Path
    canary: Path

    def is_unharmed(self) -> bool:
        """Tell whether what is outside is as it was."""
        return self.canary.read_text() == CANARY and [path.name for path in self.outside.iterdir()] == [
            "canary.txt"
        ]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    outside, root = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    (outside / "canary.txt").write_text(CANARY)
    (root / "package").mkdir(parents=True)
    (root / "README.md").write_text("# Small\n\nA small tree.\n")
    (root / "package" / "main.py").write_text('"""Begins here."""\n')
    return Tree(root, outside, outside / "canary.txt")
