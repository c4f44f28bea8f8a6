"""A database that can't be used: a clear message, a run that goes on, and nobody who waits for long."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import stat
import threading
from contextlib import closing

import pytest

from executus_audit_sqlite.audit import SqliteAudit
from executus_audit_sqlite.errors import AuditDatabaseError
from executus_audit_sqlite.reader import open_audit
from executus_audit_sqlite.schema import APPLICATION_ID, VERSION
from executus_audit_sqlite.settings import Settings
from executus_core import Agent, Executor
from executus_core.ports import Ports, RunStats, RunStatus
from executus_core.testing import ScriptedModel


def make_directory(path):
    path.mkdir()


def make_text_file(path):
    path.write_text("This is a letter, not a database.\n" * 100)


def make_foreign_database(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE invoices (id INTEGER)")


def make_newer_database(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")


def make_damaged_database(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE runs (id INTEGER)")
    content = bytearray(path.read_bytes())
    content[100:] = os.urandom(len(content) - 100)
    path.write_bytes(content)


def make_read_only_database(path):
    # A write version that SQLite does not know (section 1.3.3 of its file format) is read-only, even for root.
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    content = bytearray(path.read_bytes())
    content[18] = 3
    path.write_bytes(content)


def make_its_folder_a_file(path):
    path.parent.write_text("not a folder")


BROKEN = {
    "is a directory": make_directory,
    "is not a SQLite database": make_text_file,
    "is the database of another program": make_foreign_database,
    f"has schema {VERSION + 1}": make_newer_database,
    "is damaged": make_damaged_database,
    "may not be written": make_read_only_database,
    "can't be opened": make_its_folder_a_file,
}


@pytest.fixture
def settings(tmp_path):
    """Settings for a folder that is not there yet."""
    return Settings(path=tmp_path / "state" / "audit.db", close_timeout_s=30, synchronous="normal")


@pytest.fixture
def impatient(settings):
    """Settings under which a run waits for a lock no longer than a test may."""
    return settings.model_copy(update={"busy_timeout_s": 0.02, "close_timeout_s": 1.0})


@pytest.fixture(params=BROKEN.items(), ids=list(BROKEN))
def broken(request, path):
    """A database that can't be used, and what a message must say of it."""
    problem, make = request.param
    if make is not make_its_folder_a_file:
        path.parent.mkdir()
    make(path)
    return problem


@pytest.fixture
def locked(settings, recorded):
    """A database that another program has locked; the lock is let go of by closing what the fixture gives."""
    recorded(first=7)
    with closing(sqlite3.connect(settings.path, isolation_level=None, check_same_thread=False)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield holder


async def run_an_agent(audit):
    """Run an agent with the audit, and give the result and how often the event loop went round meanwhile."""
    rounds = 0

    async def watch():
        nonlocal rounds
        while True:
            await asyncio.sleep(0)
            rounds += 1

    watcher = asyncio.create_task(watch())
    async with Executor(models=ScriptedModel(["Hello."]), ports=Ports(audit=audit)) as executor:
        result = await executor.run(Agent(name="greeter", system_prompt="Be brief."), "Good morning")
    watcher.cancel()
    await asyncio.wait([watcher])
    return result, rounds


async def test_a_broken_database_is_a_note_and_fails_no_run(broken, audit, path):
    """The run ends as it would without audit, and its one note names the file, what is wrong, and what to do."""
    result, _ = await run_an_agent(audit)

    assert (result.status, result.output) == ("ok", "Hello.")
    (note,) = result.notes
    assert note.port == "audit"
    assert str(path) in note.message
    assert broken in note.message
    assert "[plugin.audit-sqlite] path" in note.message or "move it away" in note.message


async def test_a_broken_database_is_left_as_it_is(broken, audit, path, record_run):
    """Nothing that was there before is changed: it may be somebody's."""
    before = path.read_bytes() if path.is_file() else None

    with pytest.raises(AuditDatabaseError):
        await record_run(audit, "run-1")

    assert (path.read_bytes() if path.is_file() else None) == before


async def test_a_locked_database_blocks_neither_the_loop_nor_the_end(locked, impatient):
    """While another program holds the lock the event loop goes round, and the run ends with a note."""
    async with SqliteAudit(impatient) as audit:
        result, rounds = await asyncio.wait_for(run_an_agent(audit), 60)

    assert result.status == "ok"
    (note,) = result.notes
    assert "is locked by another program" in note.message
    assert "raise busy_timeout_s" in note.message
    assert "kept in memory" in note.message
    assert rounds > 500  # where each try held it up it would be 50


async def test_what_waited_for_a_lock_is_written_when_it_goes(locked, impatient, path, record_run):
    """A run that was noted as not yet safe is in the database after all, once the lock is gone."""
    async with SqliteAudit(impatient) as audit:
        with pytest.raises(AuditDatabaseError, match="is locked"):
            await record_run(audit, "run-1")
        locked.execute("ROLLBACK")

    with open_audit(path) as reader:
        assert reader.get_run("run-1").status == "ok"


async def test_memory_is_bounded_while_nothing_can_be_written(locked, impatient, record_run, path):
    """Of the runs that wait for a lock only so many are kept; the newest are."""
    few = impatient.model_copy(update={"max_unsaved_runs": 3})
    async with SqliteAudit(few) as audit:
        ends = await asyncio.gather(
            *(record_run(audit, f"run-{number}") for number in range(8)), return_exceptions=True
        )
        locked.execute("ROLLBACK")

    assert all(isinstance(end, AuditDatabaseError) for end in ends)
    with open_audit(path) as reader:
        kept = {run.run_id for run in reader.list_runs()}
    assert kept >= {"run-5", "run-6", "run-7"}
    assert not kept & {"run-0", "run-1"}


async def test_stopping_says_what_is_lost(locked, impatient, record_run, caplog):
    """A host that stops while runs wait for a lock is told in its log how many are missing, and is not held up."""
    audit = SqliteAudit(impatient)
    with pytest.raises(AuditDatabaseError):
        await record_run(audit, "run-1")

    with caplog.at_level(logging.WARNING):
        await audit.__aexit__(None, None, None)

    assert "the audit trail lacks the last 1 of its runs" in caplog.text
    assert "is locked" in caplog.text


async def test_a_full_database_says_so_and_keeps_what_it_has(settings, info_of, record_run, path):
    """A run that does not fit any more is told so; those before it stay whole."""
    async with SqliteAudit(settings.model_copy(update={"max_size_mib": 1})) as audit:
        await record_run(audit, "run-1")
        recorder = await audit.start_run(info_of("run-2"))
        recorder.log_event("run.large", {"text": "x" * 2_000_000})
        with pytest.raises(
            AuditDatabaseError, match=r"has no room left .*; free space on its disk, raise max_size_mib"
        ):
            await recorder.close(RunStats(RunStatus.OK))

    with open_audit(path) as reader:
        assert [run.run_id for run in reader.list_runs()] == ["run-1"]


async def test_a_database_that_was_moved_away_is_begun_anew(audit, path, record_run):
    """Whoever archives the file, or removes a damaged one, gets a new one, without a restart."""
    await record_run(audit, "run-1")
    archive = path.with_name("archive.db")
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).rename(archive.with_name(archive.name + suffix))
    await record_run(audit, "run-2")

    for file, run_id in ((archive, "run-1"), (path, "run-2")):
        with open_audit(file) as reader:
            assert [run.run_id for run in reader.list_runs()] == [run_id]


async def test_a_database_that_was_mended_is_used_again(audit, path, record_run):
    """After a failure each run tries anew."""
    path.mkdir(parents=True)
    with pytest.raises(AuditDatabaseError, match="is a directory"):
        await record_run(audit, "run-1")

    path.rmdir()
    await record_run(audit, "run-2")

    with open_audit(path) as reader:
        assert [run.run_id for run in reader.list_runs()] == ["run-2"]


async def test_only_its_owner_may_read_the_database(audit, path, record_run):
    """What people told their agents is nobody else's business."""
    await record_run(audit, "run-1")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_leaving_ends_the_thread_and_leaves_one_file(settings, record_run, path):
    """A host that has closed leaves no thread, no lock and no log behind."""
    async with SqliteAudit(settings) as audit:
        await record_run(audit, "run-1")

    assert not [thread for thread in threading.enumerate() if thread.name == "executus-audit-sqlite"]
    assert [file.name for file in path.parent.iterdir()] == ["audit.db"]


def test_one_audit_serves_several_event_loops(settings, record_run, run_apart, path):
    """Each loop's runs are told when they are safe, also when loops come and go."""
    audit = SqliteAudit(settings)

    def serve(name):
        asyncio.run(record_run(audit, name))

    threads = [threading.Thread(target=serve, args=(f"run-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run_apart(audit.__aexit__(None, None, None))

    with open_audit(path) as reader:
        assert {run.run_id for run in reader.list_runs()} == {f"run-{number}" for number in range(4)}
