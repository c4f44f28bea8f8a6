"""The standard streams, so that a poor terminal, job or locale ends no command with a traceback."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Final

_MODES: Final = {"stdin": "r", "stdout": "w", "stderr": "w"}


def mend_streams() -> None:
    """Write a question mark for what a stream's encoding lacks, and have something where a stream was closed."""
    for name, mode in _MODES.items():
        stream: object = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - open to the very end
        elif isinstance(stream, io.TextIOWrapper) and mode == "w" and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def drop_output() -> None:
    """Forget what standard output can't take, or the interpreter's end would complain of it once more."""
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
