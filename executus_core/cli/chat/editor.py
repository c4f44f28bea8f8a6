"""Python's readline, where it has one; elsewhere the terminal itself edits the line, and nothing here does anything."""

from __future__ import annotations

import glob
import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import ModuleType


class LineEditor:
    """Edits the line that a person types, with the inputs of before under the arrow keys."""

    def __init__(self, history: Iterable[str], words: Sequence[str]) -> None:
        """Set up the terminal's editor.

        Args:
            history: What was typed before, oldest first.
            words: What a line may begin with, for the tab key; behind the first word it completes files.
        """
        self._words = tuple(words)
        self._offers: list[str] = []
        self._readline = _import_readline()
        self._is_gnu = False
        if self._readline is None:
            return
        self._is_gnu = "libedit" not in (self._readline.__doc__ or "")
        if self._is_gnu:  # a pasted block is one input; the other library can't tell one
            self._readline.parse_and_bind("set enable-bracketed-paste on")
        self._readline.parse_and_bind("tab: complete" if self._is_gnu else "bind ^I rl_complete")
        self._readline.set_completer_delims(" \t\n")
        self._readline.set_completer(self._complete)
        self._readline.set_auto_history(False)
        self._readline.clear_history()
        for text in history:
            self._readline.add_history(text)

    @property
    def line(self) -> str:
        """What stands in the line."""
        return str(self._readline.get_line_buffer()) if self._readline else ""

    def mark(self, prompt: str) -> str:
        """Make a prompt stand out, where the editor can be told what takes no room."""
        return f"\001\x1b[1m\002{prompt}\001\x1b[0m\002" if self._is_gnu and prompt else prompt

    def remember(self, text: str) -> None:
        """Lay an input under the arrow keys."""
        if self._readline:
            self._readline.add_history(text)

    def close(self) -> None:
        """Leave nothing behind for whoever reads a line next."""
        if self._readline:
            self._readline.set_completer(None)
            self._readline.set_auto_history(True)

    def _complete(self, text: str, state: int) -> str | None:
        if state == 0:
            self._offers = complete(self.line, text, self._words)
        return self._offers[state] if state < len(self._offers) else None


def complete(line: str, text: str, words: Sequence[str]) -> list[str]:
    """List what the word at the end of a line can become.

    Args:
        line: The whole line.
        text: The word.
        words: What a line may begin with; only behind one of them is a word completed as a file.
    """
    first, _, rest = line.lstrip().partition(" ")
    if not rest and line.lstrip() == text:
        return [f"{word} " for word in words if text and word.startswith(text)]
    if first not in words:
        return []
    found = glob.glob(glob.escape(os.path.expanduser(text)) + "*")  # noqa: PTH111, PTH207 - what is typed stays as it is typed
    return sorted(f"{path}/" if os.path.isdir(path) else path for path in found)  # noqa: PTH112


def _import_readline() -> ModuleType | None:
    try:
        return import_module("readline")
    except ImportError:
        return None
