"""What the tests share: a database of their own, and a way to record a run into it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from inspect import signature
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from executus_audit_sqlite.audit import SqliteAudit
from executus_audit_sqlite.commands import runs
from executus_audit_sqlite.reader import open_audit
from executus_audit_sqlite.settings import Settings
from executus_core.llm import Message, Response, ToolCall, Usage
from executus_core.ports import PluginUse, RunInfo, RunStats, RunStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
    from pathlib import Path

    from executus_audit_sqlite.recorder import SqliteRecorder
    from executus_audit_sqlite.stored import RunDetail


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings under which nothing waits for the disk, and a slow machine has time."""
    return Settings(path=tmp_path / "audit.db", close_timeout_s=30, synchronous="normal")


@pytest.fixture
def path(settings: Settings) -> Path:
    """The database."""
    return settings.path


@pytest.fixture
async def audit(settings: Settings) -> AsyncIterator[SqliteAudit]:
    """An audit that is stopped when the test ends."""
    async with SqliteAudit(settings) as audit:
        yield audit


@pytest.fixture
def read(path: Path) -> Callable[[str], RunDetail]:
    """Reads a run back."""

    def read(run_id: str) -> RunDetail:
        with open_audit(path) as reader:
            return reader.read_run(reader.get_run(run_id))

    return read


STATS = RunStats(RunStatus.OK, "Looks good.", "", 2, 1, 1.5, Usage(2400, 120, 10, 1024, 0.004, 2))


def make_info(run_id: str, **values: object) -> RunInfo:
    """Make what a run starts with."""
    known = {
        "name": "reviewer",
        "caller_id": "alice",
        "model_tier": "fast",
        "inputs": {"input": "Review this"},
    }
    plugins = (PluginUse("audit-sqlite", "executus-audit-sqlite", "0.1.0"),)
    return RunInfo(run_id, **{"plugins": plugins, **known, **values})


def make_steps(recorder: SqliteRecorder) -> None:
    """Record two steps with a tool call between them."""
    call = ToolCall("c1", "read_file", '{"path": "a.py"}')
    recorder.log_event("run.input", {"text": "Review this"})
    recorder.on_step(1, Response(Message.assistant("Let me look.", [call]), Usage(1200, 60), "openai/gpt-x"))
    recorder.on_tool(call, Message.tool(call, "x = 1"), 0.0125)
    recorder.on_step(2, Response(Message.assistant("Looks good."), Usage(1200, 60), "openai/gpt-x", "stop"))


async def make_run(audit: SqliteAudit, run_id: str, stats: RunStats = STATS, **values: object) -> None:
    """Record a whole run."""
    recorder = await audit.start_run(make_info(run_id, **values))
    make_steps(recorder)
    await recorder.close(stats)


@pytest.fixture
def info_of() -> Callable[..., RunInfo]:
    """Makes what a run starts with."""
    return make_info


@pytest.fixture
def record_steps() -> Callable[[SqliteRecorder], None]:
    """Records two steps with a tool call between them."""
    return make_steps


@pytest.fixture
def record_run() -> Callable[..., Awaitable[None]]:
    """Records a whole run."""
    return make_run


@pytest.fixture
def run_apart() -> Callable[[Coroutine[object, object, None]], None]:
    """Runs a coroutine in an event loop on a thread of its own, where it is no business of pytest's."""

    def run_apart(coroutine: Coroutine[object, object, None]) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, coroutine).result()

    return run_apart


@pytest.fixture
def recorded(
    path: Path, run_apart: Callable[[Coroutine[object, object, None]], None]
) -> Callable[..., list[str]]:
    """Records whole runs into the database from outside of any event loop, lets go of it, and gives their ids."""

    def record(count: int = 1, stats: RunStats = STATS, first: int = 0, **values: object) -> list[str]:
        run_ids = [f"019a1b2c-3d4{number}-7abc-8def-{number:012x}" for number in range(first, first + count)]

        async def record_all() -> None:
            async with SqliteAudit(Settings(path=path)) as audit:
                for run_id in run_ids:
                    await make_run(audit, run_id, stats, **values)

        run_apart(record_all())
        return run_ids

    return record


@pytest.fixture
def executus(path: Path) -> Callable[..., Result]:
    """Calls ``executus runs`` on the test's database, and gives the result."""

    def call(*arguments: str) -> Result:
        # Before click 8.2 the two streams had to be asked for.
        apart = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
        return CliRunner(**apart).invoke(runs, [*arguments, "--db", str(path)])

    return call
