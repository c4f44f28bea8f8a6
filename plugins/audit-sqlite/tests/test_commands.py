"""``executus runs``, as people and programs use it."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter

from executus_audit_sqlite.audit import SqliteAudit
from executus_audit_sqlite.commands.tailing import follow
from executus_audit_sqlite.reader import open_audit
from executus_audit_sqlite.settings import Settings
from executus_audit_sqlite.stored import RunDetail, StoredRun, TailLine
from executus_core.llm import Message, Response, ToolCall, Usage
from executus_core.ports import RunStats, RunStatus

FAILED = RunStats(RunStatus.ERROR, "", "ModelUnavailableError: the provider answered 503", 1, 0, 61.2)
EXECUTUS = [sys.executable, "-c", "import sys; from executus_core.cli import main; sys.exit(main())"]


def ids_of(result):
    return [run.run_id for run in TypeAdapter(list[StoredRun]).validate_json(result.stdout)]


# ------------------------------------------------------------------------------------------------------------- list


def test_list_shows_the_newest_run_first(executus, recorded):
    """Each run is one line that begins with the shortest unique beginning of its id."""
    recorded(3)
    result = executus("list")

    head, *lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert " ".join(head.split()) == "RUN STARTED AGENT STATUS TOOK STEPS TOOLS TOKENS COST INPUT OR ERROR"
    assert [line.split()[0] for line in lines] == ["019a1b2c-3d42", "019a1b2c-3d41", "019a1b2c-3d40"]
    assert re.search(r"reviewer +ok +1\.5 s +2 +1 +2,520 +\$0\.004 +Review this$", lines[0])


def test_list_says_why_a_run_failed(executus, recorded):
    """In place of the input stands the error: it is what people look for."""
    recorded(stats=FAILED)

    assert "ModelUnavailableError: the provider answered 503" in executus("list").stdout
    assert "1 min 01 s" in executus("list").stdout


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--status", "error"),
        ("--agent", "tester"),
        ("--caller", "bob"),
        ("--tenant", "acme"),
        ("--parent", "run-0"),
    ],
)
def test_list_picks_runs(executus, recorded, option, value):
    """Every filter lets its runs through and no other."""
    recorded(2)
    (other,) = recorded(
        first=5, stats=FAILED, name="tester", caller_id="bob", tenant="acme", parent_run_id="run-0"
    )

    assert ids_of(executus("list", option, value, "--json")) == [other]


def test_list_gives_at_most_so_many(executus, recorded):
    """The limit counts from the newest."""
    run_ids = recorded(5)

    assert ids_of(executus("list", "--limit", "2", "--json")) == run_ids[:2:-1]


def test_list_says_that_no_run_matches(executus, recorded):
    """A filter that nothing passes is no empty database."""
    recorded()

    assert executus("list", "--agent", "nobody").stdout == "No run matches.\n"


@pytest.mark.parametrize(
    "arguments", [("list",), ("show", "--last"), ("show", "abc"), ("tail",)], ids=" ".join
)
def test_an_empty_database_says_how_to_get_a_run(executus, path, arguments):
    """A newcomer who looks too early is told what to do; and looking makes no file."""
    result = executus(*arguments)

    assert "No runs are recorded" in result.stdout + result.stderr
    assert "executus run " in result.stdout + result.stderr
    assert result.exit_code == (2 if arguments[0] == "show" else 0)
    assert not path.exists()


# ------------------------------------------------------------------------------------------------------------- show


def test_show_tells_a_run_step_by_step(executus, recorded):
    """The head, the input, each step with its calls and results, and the output, in this order."""
    (run_id,) = recorded()
    result = executus("show", run_id)

    places = [
        result.stdout.index(text)
        for text in (
            f"run      {run_id}",
            "agent    reviewer",
            "status   ok",
            "model    openai/gpt-x (asked for fast)",
            "took     1.5 s",
            "steps    2 steps, 1 tool call",
            "tokens   2,400 in (1,024 cached), 120 out (10 thinking)",
            "cost     $0.004",
            "plugins  audit-sqlite 0.1.0",
            "input\n  Review this",
            "step 1",
            "  Let me look.",
            '  → read_file(path="a.py")  12 ms',
            "    x = 1",
            "step 2",
            "output\n  Looks good.",
        )
    ]
    assert places == sorted(places)
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "part", [slice(None, 13), slice(-4, None), slice(None)], ids=["beginning", "end", "whole"]
)
def test_show_takes_as_much_of_an_id_as_tells_it_from_others(executus, recorded, part):
    """The beginning that ``list`` shows is enough, and so is the end."""
    run_id = recorded(3)[1]

    assert RunDetail.model_validate_json(executus("show", run_id[part], "--json").stdout).run.run_id == run_id


def test_show_last_is_the_newest_run(executus, recorded):
    """``--last`` needs no id."""
    run_ids = recorded(3)

    assert json.loads(executus("show", "--last", "--json").stdout)["run"]["run_id"] == run_ids[-1]


def test_show_of_an_unknown_id_names_the_nearest(executus, recorded):
    """A wrong id is one line on the error stream and exit code 2."""
    recorded(3)
    result = executus("show", "019a1b2c-3d49")

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: there is no run '019a1b2c-3d49'; near it: 019a1b2c-3d4")
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_show_of_an_id_that_fits_several_asks_for_more(executus, recorded):
    """Which run is meant is never guessed."""
    recorded(3)
    result = executus("show", "019a")

    assert result.exit_code == 2
    assert "may be any of 3 runs" in result.stderr
    assert "give more of the id" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("abc", "--last")])
def test_show_wants_one_of_id_and_last(executus, arguments):
    """Neither and both are usage errors."""
    assert executus("show", *arguments).exit_code == 2


@pytest.fixture
def long_run(path, info_of, run_apart):
    """A run with a long result, a failed call, a call without result, and hostile text."""

    async def record():
        async with SqliteAudit(Settings(path=path)) as audit:
            recorder = await audit.start_run(
                info_of("run-1", started_at=datetime.now(UTC) - timedelta(hours=2))
            )
            good, bad, lost = (
                ToolCall("c1", "cat", "{}"),
                ToolCall("c2", "grep", '{"cut'),
                ToolCall("c3", "send", "{}"),
            )
            recorder.on_step(
                1, Response(Message.assistant("\x1b]0;title\x07", [good, bad, lost]), Usage(1, 1))
            )
            recorder.on_tool(
                good, Message.tool(good, "\n".join(f"line {number}" for number in range(40))), 0.0
            )
            recorder.on_tool(bad, Message.tool(bad, "these are not JSON", is_error=True), 0.0)
            recorder.log_event("run.compacted", {"messages_before": 9})
            recorder.log_error("the sink failed")
            await recorder.close(FAILED)

    run_apart(record())


def test_show_cuts_what_is_long_and_says_so(executus, long_run):
    """Of a long result there is the beginning, and how much more; ``-v`` shows all."""
    assert "line 7\n    … 32 more lines: -v shows all" in executus("show", "run-1").stdout
    assert "line 39" in executus("show", "run-1", "-v").stdout
    assert "more line" not in executus("show", "run-1", "-v").stdout


def test_show_marks_what_failed_and_what_has_no_result(executus, long_run):
    """A failed call, a call nobody answered, an event, an error: each has its sign."""
    shown = executus("show", "run-1").stdout

    assert '✗ grep({"cut)' in shown
    assert "? send()  no result is recorded" in shown
    assert 'run.compacted  {"messages_before": 9}' in shown
    assert "! the sink failed" in shown
    assert "error\n  ModelUnavailableError" in shown
    assert "(2 h ago)" in shown


def test_foreign_text_can_not_drive_the_terminal(executus, long_run):
    """Control characters of models and tools are made visible."""
    for command in (("show", "run-1"), ("tail",), ("list",)):
        assert not set(executus(*command).stdout) & {
            chr(code) for code in (*range(9), *range(11, 32), *range(127, 160))
        }
    assert r"\x1b]0;title\x07" in executus("show", "run-1").stdout


def test_what_goes_into_a_pipe_has_no_colours_and_no_padding(executus, recorded):
    """A file gets plain lines."""
    recorded(2)
    for command in (("list",), ("show", "--last"), ("tail",)):
        lines = executus(*command).stdout.splitlines()
        assert lines
        assert all(line == line.rstrip() and "\x1b" not in line for line in lines)


# ------------------------------------------------------------------------------------------------------------- tail


def test_tail_shows_what_happened_last(executus, recorded):
    """One line for each event: when, which run, whose, what."""
    recorded(2)
    lines = executus("tail", "-n", "3").stdout.splitlines()

    said = [line.split(" ", 3)[3] for line in lines]
    assert said == ['→ read_file(path="a.py")  12 ms  x = 1', "step 2 Looks good.", "ok"]
    assert all(re.match(r"\d\d:\d\d:\d\d 00000001 reviewer ", line) for line in lines)


def test_tail_of_one_run_shows_no_other(executus, recorded):
    """An id picks the run."""
    run_ids = recorded(3)
    lines = [
        TailLine.model_validate_json(line)
        for line in executus("tail", run_ids[0], "--json").stdout.splitlines()
    ]

    assert {line.run_id for line in lines} == {run_ids[0]}
    assert [line.event.kind for line in lines] == ["start", "event", "step", "tool", "step", "end"]


async def test_following_a_run_ends_with_it(audit, path, info_of, record_run):
    """What comes is shown as it comes, of that run only, until its end; nothing is shown twice."""
    recorder = await audit.start_run(info_of("run-1"))
    recorder.log_error("first")
    await record_run(audit, "run-2")

    async def look(looks):
        return await asyncio.to_thread(next, looks, None)

    async def happen(number):
        recorder.log_error(f"look {number}")
        await record_run(audit, f"other-{number}")

    looks = follow(path, 20, "run-1", pause=lambda: None)
    seen = [line.event for line in await look(looks)]
    for number in range(2):
        await happen(number)
        seen += [line.event for line in await look(looks)]
    await recorder.close(RunStats(RunStatus.OK))
    seen += [line.event for line in await look(looks)]

    assert await look(looks) is None
    assert [getattr(event, "message", event.kind) for event in seen] == [
        "start",
        "first",
        "look 0",
        "look 1",
        "end",
    ]


def test_ctrl_c_ends_following_without_a_word(path, recorded):
    """On a real terminal, Ctrl-C is how a person stops; it is no error and shows none."""
    recorded()
    main, side = pty.openpty()
    command = [*EXECUTUS, "runs", "tail", "--follow", "--db", str(path)]
    child = subprocess.Popen(
        command, stdin=side, stdout=side, stderr=side, env={**os.environ, "TERM": "xterm"}
    )
    os.close(side)
    shown = b""
    while b"mok\x1b[" not in shown:  # the end of the run, in its colour
        shown += os.read(main, 65536)
    child.send_signal(signal.SIGINT)
    while chunk := _read(main):
        shown += chunk
    os.close(main)

    assert child.wait() == 0
    assert b"\x1b[" in shown, "a terminal gets colours"
    assert b"Traceback" not in shown
    assert b"Abort" not in shown


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side has gone
        return b""


# ----------------------------------------------------------------------------------------------------------- the file


def test_reading_leaves_no_trace(executus, path, recorded):
    """Looking at a database whose writer has gone makes no file beside it and changes nothing in it."""
    recorded()
    before = path.read_bytes()
    for command in (("list",), ("show", "--last"), ("tail",)):
        assert executus(*command).exit_code == 0

    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before


async def test_reading_does_not_wait_for_a_writer_nor_make_it_wait(audit, path, record_run, executus):
    """The commands work while a run is being recorded, and a writer while somebody reads."""
    await record_run(audit, "run-1")
    with open_audit(path) as reader:
        assert len(reader.list_runs()) == 1
        await record_run(audit, "run-2")
        assert len(reader.list_runs()) == 1, "a reader sees one moment"
    assert ids_of(executus("list", "--json")) == ["run-2", "run-1"]


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: path.mkdir(), "is a directory"),
        (
            lambda path: path.write_text("a letter, not a database" * 100),
            "is not a SQLite database",
        ),
    ],
)
def test_a_database_that_cannot_be_read_is_one_clear_line(executus, path, make, problem):
    """What is wrong, where, and what to do, with exit code 1."""
    make(path)
    result = executus("list")

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert problem in result.stderr
    assert str(path) in result.stderr


def test_a_record_that_was_changed_by_hand_is_one_clear_line(executus, path, recorded):
    """Stored data is validated; what does not fit is told, not shown."""
    recorded()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE events SET batch = '[{}]'")

    result = executus("show", "--last")
    assert result.exit_code == 1
    assert "holds a record that can't be read" in result.stderr


def test_the_command_is_part_of_executus(path, recorded):
    """Installed, it is there; and it finds the database where the plugin's settings say."""
    (run_id,) = recorded()
    environment = {**os.environ, "EXECUTUS_AUDIT_SQLITE__PATH": str(path)}
    command = [*EXECUTUS, "runs", "list", "--json"]
    shown = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)

    assert [run["run_id"] for run in json.loads(shown.stdout)] == [run_id]
