"""Whether a plain call of a port returns at once.

Time would tell a busy machine from a slow provider only by luck. So this looks at what the call does: no function that
reaches the operating system, and no waiting.
"""

from __future__ import annotations

import inspect
import io
import statistics
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = ["assert_returns_at_once", "io_calls"]

_IO_MODULES = {
    "_io",
    "_posixsubprocess",
    "_socket",
    "_sqlite3",
    "_ssl",
    "_winapi",
    "fcntl",
    "nt",
    "posix",
    "select",
    "socket",
    "sqlite3",
    "ssl",
}
_HARMLESS = {"cpu_count", "fspath", "getcwd", "getpid", "getppid", "times", "urandom"}
_WAITED_S = 0.001
"""Off the processor for this long in most calls: it waits for something."""


def io_calls(call: Callable[[], object]) -> tuple[object, list[str]]:
    """Make a call and list the functions it used that reach the operating system, or sleep.

    Args:
        call: What to call, in this thread.

    Returns:
        What the call gave, and the functions by name.
    """
    found: list[str] = []

    def look(_frame: FrameType, event: str, function: object) -> None:
        if event == "c_call" and _reaches_out(function):
            found.append(_name(function))

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        result = call()
    finally:
        sys.setprofile(before)
    return result, found


def assert_returns_at_once(what: str, call: Callable[[], object], *, times: int = 20) -> object:
    """Check that a plain call does no I/O, does not wait, and gives no awaitable.

    Args:
        what: How to name it in the message.
        call: What to call, in this thread.
        times: How often to call it to tell waiting from a machine that is busy with something else.

    Returns:
        What the last call gave.
    """
    result, reached = io_calls(call)
    if reached:
        raise AssertionError(
            f"{what} is on the hot path of a run and must do no I/O; it called {', '.join(reached)}"
        )
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise AssertionError(f"{what} is a plain method; it gave a {type(result).__name__} to await")
    waits: list[float] = []
    for _ in range(times):
        started, worked = time.perf_counter(), time.thread_time()
        result = call()
        waits.append(time.perf_counter() - started - (time.thread_time() - worked))
    waited_s = statistics.median(waits)
    if waited_s > _WAITED_S:
        raise AssertionError(
            f"{what} is on the hot path of a run and must not wait; it waits {waited_s:.4f} s per call"
        )
    return result


def _reaches_out(function: object) -> bool:
    owner = getattr(function, "__self__", None)
    if isinstance(owner, (io.StringIO, io.BytesIO)):
        return False
    name = getattr(function, "__name__", "")
    module = getattr(function, "__module__", None) or type(owner).__module__
    if module == "time":
        return name == "sleep"
    return module.partition(".")[0] in _IO_MODULES and name not in _HARMLESS


def _name(function: object) -> str:
    module = getattr(function, "__module__", None) or type(getattr(function, "__self__", None)).__module__
    return f"{module}.{getattr(function, '__qualname__', function)}"
