"""Globs over paths, matched in a time that no pattern can blow up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

ANY_FOLDERS: Final = "**"
_WILD: Final = frozenset("*?")


@frozen
class Glob:
    """A glob: ``*`` and ``?`` stay within a name, ``**`` stands for any number of folders.

    Attributes:
        names: What each name on the way must match; None for ``**``.
        shows_hidden: Whether it names anything hidden: only then does it find what is hidden.
    """

    names: tuple[Callable[[str], object] | None, ...]
    shows_hidden: bool

    @classmethod
    def parse(cls, pattern: str) -> Glob:
        """Read a glob as people write it; a plain path stands for the file, or for all that is in the folder."""
        words = [word for word in pattern.split("/") if word not in ("", ".")]
        if not any(_WILD & set(word) for word in words):
            words.append(ANY_FOLDERS)
        names: list[Callable[[str], object] | None] = []
        for word in words:
            if word.startswith(ANY_FOLDERS):
                names.append(None)
            if word != ANY_FOLDERS:  # "**.py" is "**/*.py"
                names.append(_compile(word))
        return cls(tuple(names), any(word.startswith(".") for word in words))

    def matches(self, path: str) -> bool:
        """Tell whether a path matches: it goes back to the last ``**`` only, so each pair of names is looked at once."""
        parts, at, resume, taken = path.split("/"), 0, -1, 0
        here = 0
        while here < len(parts):
            wanted = self.names[at] if at < len(self.names) else _nothing
            if wanted is None:
                resume, taken, at = at, here, at + 1
            elif wanted(parts[here]):
                at, here = at + 1, here + 1
            elif resume >= 0:
                taken += 1
                at, here = resume + 1, taken
            else:
                return False
        return all(wanted is None for wanted in self.names[at:])


def _nothing(_name: str) -> None:
    """Match no name: the pattern has ended."""


def _compile(word: str) -> Callable[[str], object]:
    """Make a predicate over names; what stands between two stars is looked for once, and never given back."""
    pieces = [re.escape(piece).replace(r"\?", ".") for piece in re.split(r"\*+", word)]
    if len(pieces) == 1:
        return re.compile(pieces[0], re.DOTALL).fullmatch
    first, *middle, last = pieces
    between = "".join(f"(?>.*?{piece})" for piece in middle)
    return re.compile(f"{first}{between}.*{last}", re.DOTALL).fullmatch
