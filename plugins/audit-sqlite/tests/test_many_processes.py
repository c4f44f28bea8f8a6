"""Real child processes: many that write at once, and one that is killed."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from executus_audit_sqlite import schema
from executus_audit_sqlite.audit import SqliteAudit
from executus_audit_sqlite.reader import RunFilter, open_audit
from executus_audit_sqlite.settings import Settings

WRITER = """
import asyncio, sys
from executus_audit_sqlite.audit import SqliteAudit
from executus_audit_sqlite.settings import Settings
from executus_core.llm import Message, Response, Usage
from executus_core.ports import RunInfo, RunStats, RunStatus

async def run(audit, run_id):
    recorder = await audit.start_run(RunInfo(run_id, name="child"))
    for index in range(1, 6):
        recorder.on_step(index, Response(Message.assistant(f"step {index}"), Usage(10, 5)))
        await asyncio.sleep(0)
    await recorder.close(RunStats(RunStatus.OK, steps=5))

async def main(path, name):
    async with SqliteAudit(Settings(path=path, close_timeout_s=60)) as audit:
        for batch in range(5):
            await asyncio.gather(*(run(audit, f"{name}-{batch}-{number}") for number in range(10)))

asyncio.run(main(*sys.argv[1:]))
"""

VICTIM = """
import asyncio, sys
from executus_audit_sqlite.audit import SqliteAudit
from executus_audit_sqlite.settings import Settings
from executus_core.llm import Message, Response, ToolCall, Usage
from executus_core.ports import RunInfo, RunStats, RunStatus

async def main(path):
    audit = SqliteAudit(Settings(path=path, flush_interval_s=3600))
    finished, going = [await audit.start_run(RunInfo(run_id, name="child")) for run_id in ("finished", "going")]
    calls = [ToolCall("c1", "send", "{}")]
    going.on_step(1, Response(Message.assistant("I send it.", calls), Usage(10, 5)))
    going.log_error("saved soon")
    await finished.close(RunStats(RunStatus.OK, "done"))  # a later transaction than what was to be saved soon
    going.log_event("run.unsaved", {})
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)

asyncio.run(main(sys.argv[1]))
"""


def start(script, *arguments):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_many_processes_write_one_file_at_once(path):
    """Four processes that begin together, on a file that is not there yet, lose nothing and end well."""
    children = [start(WRITER, path, f"child{number}") for number in range(4)]
    for child in children:
        child.communicate()

    with open_audit(path) as reader:
        runs = reader.list_runs()
        steps = [sum(event.kind == "step" for event in reader.read_run(run).events) for run in runs]
    assert [child.returncode for child in children] == [0, 0, 0, 0]
    assert len(runs) == 4 * 50
    assert {run.status for run in runs} == {"ok"}
    assert steps == [5] * len(runs)


def test_a_file_in_which_another_process_makes_the_tables_is_no_strangers(path):
    """Whenever the other one does it: between two looks at the file it was once taken for another program's."""

    class Overtaken(sqlite3.Connection):
        statements = 0

        def execute(self, *arguments):
            if self.statements:
                with closing(sqlite3.connect(path, isolation_level=None)) as other:
                    schema.ensure(other, path)
            self.statements += 1
            return super().execute(*arguments)

    with closing(sqlite3.connect(path, isolation_level=None, factory=Overtaken)) as connection:
        assert not schema.check(connection, path)
        assert schema.check(connection, path)


@pytest.fixture
def killed(path):
    """A database whose writer was killed: one run was over, one went on."""
    child = start(VICTIM, path)
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    return path


def test_a_killed_process_loses_only_what_was_not_saved(killed):
    """What was committed before kill -9 is there, and a run that was over is whole."""
    with open_audit(killed) as reader:
        finished, going = (reader.read_run(reader.get_run(run_id)) for run_id in ("finished", "going"))

    assert (finished.run.status, finished.run.stats.output) == ("ok", "done")
    assert [event.kind for event in going.events] == ["start", "step", "error"]


def test_a_run_whose_process_was_killed_is_interrupted(killed):
    """It is never shown as ok, nor as going on, and can be asked for."""
    with open_audit(killed) as reader:
        assert reader.get_run("going").status == "interrupted"
        assert [run.run_id for run in reader.list_runs(RunFilter(status="interrupted"))] == ["going"]
        assert reader.list_runs(RunFilter(status="open")) == []


def test_a_run_of_a_process_that_lives_is_open(path):
    """As long as its process is there, a run without an end goes on."""
    child = start(VICTIM, path)
    assert child.stdout.readline() == "ready\n"

    with open_audit(path) as reader:
        assert reader.get_run("going").status == "open"
        assert [run.run_id for run in reader.list_runs(RunFilter(status="open"))] == ["going"]
    child.communicate()  # closes its input, upon which it ends


async def test_the_next_process_takes_up_where_a_killed_one_left(killed, record_run):
    """A log that a killed process left behind is no obstacle to the next writer."""
    async with SqliteAudit(Settings(path=killed)) as audit:
        await record_run(audit, "next")

    with open_audit(killed) as reader:
        assert {run.run_id: run.status for run in reader.list_runs()} == {
            "finished": "ok",
            "going": "interrupted",
            "next": "ok",
        }
