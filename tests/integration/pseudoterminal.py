"""A real terminal for programs that talk with a person, without a person."""

import os
import re
import select
import subprocess
import time
from pathlib import Path

START = """
import sys
if sys.stdin.isatty():
    import fcntl, termios
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from executus_core.cli import main
sys.exit(main())
"""
BOUND_S = 60.0
ESCAPES = re.compile(r"\x1b\[[?\d;]*[A-Za-z]|\x1b\][^\x07]*\x07|[\x01\x02]")


class Terminal:
    """A program at a pseudo-terminal, and whoever sits there."""

    def __init__(self, command: list[str], here: Path, environ: dict[str, str]) -> None:
        import pty

        self._leader, follower = pty.openpty()
        self.child = subprocess.Popen(
            command,
            cwd=here,
            env=environ,
            stdin=follower,
            stdout=follower,
            stderr=follower,
            start_new_session=True,
        )
        os.close(follower)
        self.raw = ""
        self._read_upto = 0

    def sees(self, text: str) -> str:
        """Wait for a text, and give what stood on the screen up to there since the last look."""
        deadline = time.monotonic() + BOUND_S
        while (found := self._news().find(text)) < 0:
            if not (self._is_readable(deadline) and self._receive()):
                raise AssertionError(f"no {text!r} in:\n{self._news()}")
        seen = self._news()[: found + len(text)]
        self._read_upto += len(seen)
        return seen

    def types(self, text: str) -> None:
        """Type a line."""
        self.presses(f"{text}\r")

    def presses(self, keys: str) -> None:
        """Press keys."""
        os.write(self._leader, keys.encode())

    def asks(self, text: str) -> None:
        """Wait for the prompt, and type a line there."""
        self.sees("> ")
        self.types(text)

    def ends(self) -> int:
        """Wait for the end, and give the exit code."""
        deadline = time.monotonic() + BOUND_S
        while self._is_readable(deadline) and self._receive():
            pass
        return self.child.wait(timeout=max(0.0, deadline - time.monotonic()))

    def close(self) -> None:
        """Leave nothing behind."""
        self.child.kill()
        self.child.wait()
        os.close(self._leader)

    def _news(self) -> str:
        return ESCAPES.sub("", self.raw).replace("\r", "")[self._read_upto :]

    def _is_readable(self, deadline: float) -> bool:
        return bool(select.select([self._leader], [], [], max(0.0, deadline - time.monotonic()))[0])

    def _receive(self) -> bool:
        try:
            data = os.read(self._leader, 4096)
        except OSError:  # Linux: the other end is closed
            return False
        self.raw += data.decode(errors="replace")
        return bool(data)
