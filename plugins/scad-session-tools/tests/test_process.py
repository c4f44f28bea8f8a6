"""A child ends in time, says no more than it may, and leaves nothing behind: with real processes."""

from __future__ import annotations

import asyncio
import os
import select
import sys
from pathlib import Path

import pytest

from executus_scad_session_tools.process import Ended, run_child

CHILD = """\
import subprocess, sys
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(grandchild.pid))
"""
FOR_EVER = "while True: pass"


async def run_python(code: str, *arguments: str, timeout_s: float = 30.0, max_bytes: int = 1000) -> Ended:
    return await run_child(
        [sys.executable, "-S", "-c", code, *arguments],
        folder=Path("/"),
        environment={},
        timeout_s=timeout_s,
        max_bytes=max_bytes,
    )


def has_noted(note: Path) -> bool:
    """Whether a child has noted what it started."""
    return note.exists() and note.read_text() != ""


async def until_noted(note: Path) -> None:
    """Wait for that."""
    while not has_noted(note):  # noqa: ASYNC110 - no event comes from another program
        await asyncio.sleep(0.01)


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or dead and about to be; one that was killed still needs a moment for that."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], 60)[0])
    finally:
        os.close(process)


async def test_both_outputs_and_the_exit_code_are_kept() -> None:
    ended = await run_python("import sys; print('a', flush=True); print('b', file=sys.stderr); sys.exit(3)")

    assert ended == Ended(3, "a\nb\n", is_late=False, is_noisy=False)


async def test_a_child_that_takes_too_long_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    """The whole group, not only the one that was started."""
    note = tmp_path / "pid"
    loop = asyncio.get_running_loop()
    shown = loop.time
    task = asyncio.create_task(run_python(CHILD + FOR_EVER, str(note), timeout_s=600))
    await until_noted(note)
    loop.time = lambda: shown() + 600  # its time is over, however fast this machine is

    ended = await task

    assert (ended.code, ended.is_late) == (-9, True)
    assert has_ended(int(note.read_text()))


async def test_a_child_that_says_too_much_is_killed_at_once() -> None:
    ended = await run_python("while True: print('x' * 10_000)", max_bytes=50_000)

    assert (ended.is_noisy, ended.is_late, len(ended.said)) == (True, False, 50_000)


async def test_a_cancelled_child_is_killed_before_the_cancellation_goes_on(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    task = asyncio.create_task(run_python(CHILD + FOR_EVER, str(note)))
    await until_noted(note)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert has_ended(int(note.read_text()))


async def test_a_child_has_no_environment_but_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """No secret of the host's reaches it."""
    monkeypatch.setenv("CANARY", "secret")

    ended = await run_python("import os; print(dict(os.environ))")

    assert os.environ["CANARY"] == "secret"
    assert "CANARY" not in ended.said


async def test_bytes_that_are_no_text_are_no_problem() -> None:
    ended = await run_python("import os; os.write(1, b'\\xff\\xfe')")

    assert ended.said == "\ufffd\ufffd"
