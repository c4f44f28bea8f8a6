"""The inputs of earlier chats, in a file that only its owner reads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from platformdirs import user_state_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OPT_OUT: Final = "EXECUTUS_NO_HISTORY"
"""With any value, nothing that is typed is kept."""
_LIMIT: Final = 1_000


class InputHistory:
    """Keeps what was typed, one line each, as shells do.

    What begins with a blank is not kept, and neither is what has several lines: pasted blocks are documents, not commands.
    A file that can't be read or written is no reason to disturb a chat.
    """

    def __init__(self, path: Path | None) -> None:
        """Prepare.

        Args:
            path: The file; None to keep nothing.
        """
        self._path = path

    def read(self) -> list[str]:
        """Read what was kept, oldest first; a file that has grown is shortened to its end."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines() if self._path else []
        except (OSError, UnicodeDecodeError):
            return []
        if len(lines) > 2 * _LIMIT:
            lines = lines[-_LIMIT:]
            self._write("".join(f"{line}\n" for line in lines), os.O_TRUNC)
        return lines[-_LIMIT:]

    def add(self, text: str) -> None:
        """Keep an input, or not."""
        is_kept = text.isprintable() and not text[:1].isspace()
        if is_kept and text:
            self._write(f"{text}\n", os.O_APPEND)

    def _write(self, text: str, how: int) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | how, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
        except (OSError, UnicodeEncodeError):
            self._path = None


def find_history(environ: Mapping[str, str] = os.environ) -> InputHistory:
    """Find where the inputs of chats are kept: in the user's folder for state, or nowhere."""
    if environ.get(OPT_OUT):
        return InputHistory(None)
    return InputHistory(user_state_path("executus") / "chat_history")
