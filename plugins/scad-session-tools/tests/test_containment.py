"""What is contained reads and writes its own folder, and nothing else of the machine: with real programs."""

from __future__ import annotations

import asyncio
import json
import os
import select
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from executus_core import ToolError
from executus_scad_session_tools.containment import (
    LAUNCHER,
    Cage,
    find_containment,
    has_bubblewrap,
    has_landlock,
)
from executus_scad_session_tools.launcher import landlock_version
from executus_scad_session_tools.process import run_child
from executus_scad_session_tools.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from executus_scad_session_tools.containment import Containment

PYTHON = str(Path(sys.executable).resolve())
REQUIRED = bool(os.environ.get("EXECUTUS_TEST_SCAD"))


@pytest.fixture(params=["landlock", "bubblewrap"])
async def containment(request: pytest.FixtureRequest) -> Containment:
    """Each that this machine has; where CI asks for all, one of them."""
    known = {"landlock": has_landlock(), "bubblewrap": await has_bubblewrap()}
    if REQUIRED and not any(known.values()):
        pytest.fail("neither Landlock nor bubblewrap works on this machine")
    if not known[request.param]:
        pytest.skip(f"{request.param} does not work on this machine")
    return request.param


@pytest.fixture
def cage(tmp_path: Path) -> Cage:
    """A folder to read and one to write, beside a canary."""
    for name in ("read", "write", "private"):
        (tmp_path / name).mkdir()
    (tmp_path / "private" / "canary").write_text("the canary")
    (tmp_path / "read" / "own").write_text("its own")
    (tmp_path / "read" / "link").symlink_to(tmp_path / "private" / "canary")
    # Python itself, in place of OpenSCAD, may be anywhere
    python = {Path(sys.executable), Path(sys.executable).resolve(), Path(sys.base_prefix)}
    return Cage((*python, tmp_path / "read"), (tmp_path / "write",), 2**30, 2**20, 30, {})


@pytest.fixture
def attempt(cage: Cage, containment: Containment, tmp_path: Path) -> Callable[..., Awaitable[str]]:
    """Runs a line of Python contained, and gives what it says."""

    async def attempt(code: str, cage: Cage = cage) -> str:
        program = [PYTHON, "-I", "-S", "-c", f"import os, socket\n{code}"]
        ended = await run_child(
            cage.wrap(containment, program),
            folder=tmp_path / "read",
            environment=cage.environment,
            timeout_s=30,
            max_bytes=10_000,
        )
        return ended.said

    return attempt


async def test_it_reads_and_writes_what_is_its_own(
    attempt: Callable[..., Awaitable[str]], tmp_path: Path
) -> None:
    said = await attempt(f"open('{tmp_path}/write/new', 'w').write(open('own').read())")

    assert said == ""
    assert (tmp_path / "write" / "new").read_text() == "its own"


@pytest.mark.parametrize(
    "code",
    [
        "print(open('{tmp}/private/canary').read())",
        "print(open('../private/canary').read())",
        "print(open('link').read())",
        "print(os.listdir('{tmp}/private'))",
        "print(open('/proc/%d/environ' % os.getppid()).read())",
        "os.symlink('{tmp}/private/canary', '{tmp}/write/l'); print(open('{tmp}/write/l').read())",
        "os.link('{tmp}/private/canary', '{tmp}/write/l'); print(open('{tmp}/write/l').read())",
    ],
)
async def test_it_reads_nothing_else(
    code: str, attempt: Callable[..., Awaitable[str]], tmp_path: Path
) -> None:
    """By no name for it, nor a link to it."""
    said = await attempt(code.replace("{tmp}", str(tmp_path)))

    assert "the canary" not in said
    assert "PATH" not in said
    assert "Error" in said


@pytest.mark.parametrize(
    "code",
    [
        "open('{tmp}/read/own', 'w').write('changed')",
        "os.remove('{tmp}/read/own')",
        "open('{tmp}/private/canary', 'w').write('changed')",
        "os.truncate('{tmp}/private/canary', 0)",
        "os.remove('{tmp}/private/canary')",
        "os.rename('{tmp}/private/canary', '{tmp}/write/canary')",
    ],
)
async def test_it_changes_nothing_else(
    code: str, containment: Containment, attempt: Callable[..., Awaitable[str]], tmp_path: Path
) -> None:
    if "truncate" in code and containment == "landlock" and landlock_version() < 3:
        pytest.skip("this kernel's Landlock does not know truncate(2), which OpenSCAD does not call")

    said = await attempt(code.replace("{tmp}", str(tmp_path)))

    assert "Error" in said
    assert (tmp_path / "private" / "canary").read_text() == "the canary"
    assert (tmp_path / "read" / "own").read_text() == "its own"


async def test_it_reaches_no_server(containment: Containment, attempt: Callable[..., Awaitable[str]]) -> None:
    """Not even one on this machine."""
    if containment == "landlock" and landlock_version() < 4:
        pytest.skip("this kernel's Landlock does not know TCP")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = await attempt(f"socket.create_connection(('127.0.0.1', {port}), 5)")

    assert "Error" in said


async def test_it_takes_no_more_memory_than_it_may(attempt: Callable[..., Awaitable[str]]) -> None:
    said = await attempt("b'x' * 2**31")

    assert "MemoryError" in said


async def test_it_writes_no_larger_file_than_it_may(
    attempt: Callable[..., Awaitable[str]], tmp_path: Path
) -> None:
    await attempt(f"open('{tmp_path}/write/big', 'wb').write(b'x' * 2**22)")

    assert (tmp_path / "write" / "big").stat().st_size <= 2**20


@pytest.mark.parametrize("version", range(1, 8))
async def test_an_older_landlock_holds_files_too(version: int, tmp_path: Path) -> None:
    """It is asked for no more than it knows."""
    if not has_landlock():
        pytest.skip("landlock does not work on this machine")
    (tmp_path / "canary").write_text("the canary")
    code = f"""
import sys
sys.path.insert(0, {str(LAUNCHER.parent)!r})
import launcher
known = launcher.landlock_version()
launcher.landlock_version = lambda: min(known, {version})
launcher.restrict_files(["/usr"], [])
print(open({str(tmp_path / "canary")!r}).read())
"""

    ended = await run_child(
        [PYTHON, "-I", "-S", "-c", code], folder=tmp_path, environment={}, timeout_s=30, max_bytes=10_000
    )

    assert "PermissionError" in ended.said
    assert "the canary" not in ended.said


async def test_it_dies_with_the_host(cage: Cage, tmp_path: Path) -> None:
    """Also when that is killed, and can't kill anybody any more."""
    note = tmp_path / "write" / "pid"
    program = [
        PYTHON,
        "-S",
        "-c",
        f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)",
    ]
    code = f"""
import os, subprocess
command = {cage.wrap("none", program)!r}
command[-1] = command[-1].replace('"parent": {os.getpid()}', f'"parent": {{os.getpid()}}')
subprocess.run(command)
"""
    host = await asyncio.create_subprocess_exec(PYTHON, "-c", code)
    while not (note.exists() and note.read_text()):  # noqa: ASYNC110 - no event comes from another program
        await asyncio.sleep(0.01)
    child = os.pidfd_open(int(note.read_text()))

    host.kill()
    await host.wait()

    assert select.select([child], [], [], 60)[0]
    os.close(child)


async def test_a_host_that_is_gone_already_starts_nothing(cage: Cage, tmp_path: Path) -> None:
    """The launcher sees that somebody else has adopted it."""
    command = cage.wrap("none", [PYTHON, "-c", "print('ran')"])
    order = {**json.loads(command[-1]), "parent": 2**22 + 1}

    ended = await run_child(
        [*command[:-1], json.dumps(order)], folder=tmp_path, environment={}, timeout_s=30, max_bytes=1000
    )

    assert (ended.code, ended.said) == (125, "")


async def test_what_the_system_lacks_is_left_out(
    attempt: Callable[..., Awaitable[str]], cage: Cage, tmp_path: Path
) -> None:
    """No system has every folder of the list."""
    said = await attempt("print('ran')", evolve(cage, read=(*cage.read, tmp_path / "not there")))

    assert said == "ran\n"


async def test_where_nothing_contains_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loudly, with what to do; a host may say that it trusts every source."""
    monkeypatch.setattr("executus_scad_session_tools.containment.has_landlock", lambda: False)
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ToolError, match=r"can't be contained.*install bubblewrap.*unsafe = true"):
        await find_containment(Settings())

    assert await find_containment(Settings(unsafe=True)) == "none"


async def test_a_containment_that_is_asked_for_is_the_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one does not stand in for it."""
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ToolError, match="can't be contained"):
        await find_containment(Settings(containment="bubblewrap"))
