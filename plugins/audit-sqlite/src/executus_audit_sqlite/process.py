"""Names this process so that a later one can tell whether it still lives."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path


def this_process() -> str:
    """Name this process: its host, its id, and a mark of its start that tells it from a later process with the same id."""
    return _name(os.getpid())


def is_gone(process: str) -> bool:
    """Tell whether a process that was named here has certainly ended; of another host's processes nothing is known."""
    host, pid, started = [*process.rsplit("/", 2), "", ""][:3]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # it lives and belongs to somebody else
        pass
    return started != _start_mark(int(pid))


@cache
def _name(pid: int) -> str:
    return f"{socket.gethostname()}/{pid}/{_start_mark(pid)}"


def _start_mark(pid: int) -> str:
    """Give the moment at which a process started, in clock ticks since its host did; "" where Linux does not say."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # Field 22 of proc(5); the second field is the command in brackets, which may itself hold brackets and spaces.
    return stat.rpartition(")")[2].split()[19]
