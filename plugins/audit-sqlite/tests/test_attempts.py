"""Attempts at model calls, as ``executus runs show`` and ``tail`` have them."""

from __future__ import annotations

import pytest

from executus_audit_sqlite.audit import SqliteAudit
from executus_audit_sqlite.settings import Settings

EVENTS = (
    {
        "candidate": "x/a",
        "outcome": "failed",
        "duration_s": 1.5,
        "error": "ModelUnavailableError: no\n\x1bmore",
    },
    {"candidate": "x/b", "outcome": "answered", "duration_s": 0.5, "error": ""},
    {"withheld": "[withheld: a redactor failed]"},
)


@pytest.fixture
def attempted(path, info_of, run_apart):
    """A run whose first model failed, with an attempt that a redactor withheld."""

    async def record():
        async with SqliteAudit(Settings(path=path)) as audit:
            recorder = await audit.start_run(info_of("run-1"))
            for event in EVENTS:
                recorder.log_event("model.attempt", event)

    run_apart(record())


def test_show_says_which_attempts_failed_and_why(executus, attempted):
    """One that was answered has its step."""
    shown = executus("show", "run-1").stdout

    assert r"↻ x/a failed  1.5 s  ModelUnavailableError: no \x1bmore" in shown
    assert "x/b" not in shown
    assert "withheld" in shown
    assert '"candidate": "x/b"' in executus("show", "run-1", "-v").stdout


def test_tail_has_a_line_for_each_attempt(executus, attempted):
    """In its place among the events."""
    lines = executus("tail", "run-1").stdout.splitlines()

    assert sum("↻ " in line for line in lines) == 2
    assert any("↻ x/b answered  500 ms" in line for line in lines)
