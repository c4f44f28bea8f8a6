"""A plain call that does I/O, waits, or wants to be awaited is told, on any machine."""

from __future__ import annotations

import io
import os
import socket
import sqlite3
import sys
import threading
import time
from pathlib import Path

import pytest

from executus_core.testing import assert_returns_at_once
from executus_core.testing.hotpath import io_calls


def test_a_call_that_only_computes_passes() -> None:
    """Its result is given; memory files, ids and clocks are no I/O."""

    def compute() -> int:
        io.StringIO().write("kept in memory")
        os.urandom(4)
        return len(str(time.time()))

    assert assert_returns_at_once("compute", compute)


@pytest.mark.parametrize(
    ("call", "culprit"),
    [
        (lambda: Path("/dev/null").write_text("x"), "write"),
        (lambda: sqlite3.connect(":memory:").close(), "sqlite3"),
        (lambda: socket.socket().close(), "socket"),
        (lambda: time.sleep(0), "time.sleep"),
        (lambda: os.stat("/"), "posix.stat"),  # noqa: PTH116 - the function itself
    ],
)
def test_a_call_that_reaches_the_operating_system_is_told_by_name(call, culprit: str) -> None:
    """However fast it was, the message names what it called."""
    with pytest.raises(
        AssertionError, match=rf"the recorder's on_step is on the hot path .* called .*{culprit}"
    ):
        assert_returns_at_once("the recorder's on_step", call)


def test_a_call_that_waits_is_told() -> None:
    """Waiting for a lock is no call to a file, and stops every run just as well."""
    lock = threading.Lock()
    lock.acquire()

    with pytest.raises(AssertionError, match=r"must not wait; it waits 0\.0\d+ s per call"):
        assert_returns_at_once("on_step", lambda: lock.acquire(timeout=0.005), times=3)


def test_a_call_that_gives_an_awaitable_is_told() -> None:
    """Nobody awaits a plain method, so a coroutine would be lost."""

    async def record() -> None:
        return None

    with pytest.raises(AssertionError, match="gave a coroutine to await"):
        assert_returns_at_once("on_step", record)


def test_a_profiler_that_was_there_goes_on() -> None:
    """Looking leaves the interpreter as it was."""

    def profiler(*_: object) -> None:
        pass

    before = sys.getprofile()
    sys.setprofile(profiler)
    try:
        io_calls(int)
        after = sys.getprofile()
    finally:
        sys.setprofile(before)

    assert after is profiler
