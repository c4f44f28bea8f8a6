"""Decisions about tool calls, as ``executus runs show`` and ``tail`` have them."""

from __future__ import annotations

import pytest

from executus_audit_sqlite.audit import SqliteAudit
from executus_audit_sqlite.settings import Settings
from executus_core import Agent, Executor, Invocation, Ports, tool
from executus_core.record.permission import Approval, Decision
from executus_core.record.run import RunStats, RunStatus
from executus_core.testing import ScriptedApprover, ScriptedModel, ScriptedPolicy, call


@tool
async def search(query: str, limit: int = 9) -> str:
    """Search."""
    return "found"


@tool(needs_approval=True)
async def publish(page: str) -> str:
    """Publish."""
    return "published"


SAYS = {
    "nothing": Decision("allow"),
    "less": Decision(
        "allow", "enough", arguments={"query": "fewer", "limit": 1}, rule="rule 2 of executus.toml"
    ),
    "secret": Decision("deny", "not for you"),
    "end": Decision("terminate", "go away"),
}


@pytest.fixture
def decided(path, run_apart):
    """A run in which everybody decides."""
    policy = ScriptedPolicy({"search": lambda arguments, _caller: SAYS[arguments["query"]]})
    approver = ScriptedApprover(
        [Approval("allow", "go on", "run", by="carol"), Approval("deny", "no\n\x1bmore")]
    )
    script = [call("search", query=query) for query in ("less", "secret")]
    script += [call("publish", page=page) for page in ("news", "news", "else")]

    async def record():
        async with SqliteAudit(Settings(path=path)) as audit:
            ports = Ports(audit=audit, policies=policy, approver=approver, names={id(policy): "house"})
            model = ScriptedModel([script[:2], *script[2:], call("search", query="end")])
            executor = Executor(models=model, registry=[search, publish], ports=ports)
            await executor.run(
                Agent(name="x", tools=("search", "publish")),
                "go",
                Invocation(run_id="run-1", caller_id="alice"),
            )

    run_apart(record())


def test_show_says_who_decided_and_why(executus, decided):
    """Beside the call, on a line."""
    shown = executus("show", "run-1").stdout

    assert "◆ search allowed by house, rule 2 of executus.toml: enough (changed: limit, query)" in shown
    assert "◆ search denied by house: not for you" in shown
    assert "◆ publish allowed by carol, for run: go on" in shown
    assert "◆ publish allowed by a standing approval for run, given by carol: go on" in shown
    assert r"◆ publish denied by a person: no \x1bmore" in shown
    assert "◆ search ended the run by house: go away" in shown


def test_show_with_everything_has_every_field(executus, decided):
    """What was changed, from what to what."""
    assert '"before": {"query": "less"}' in executus("show", "run-1", "-v").stdout.replace("\n", " ")


def test_tail_has_a_line_for_each_decision(executus, decided):
    """In its place among the events."""
    lines = executus("tail", "run-1").stdout.splitlines()

    assert sum("◆ " in line for line in lines) == 6
    assert any(line.endswith("◆ search denied by house: not for you") for line in lines)


def test_a_call_that_nobody_had_anything_to_say_about_is_not_worth_a_line(executus, path, info_of, run_apart):
    """Only whoever wants everything sees it; what a redactor withheld is shown as it is."""

    async def record():
        async with SqliteAudit(Settings(path=path)) as audit:
            recorder = await audit.start_run(info_of("run-1"))
            plain = {"tool": "add", "verdict": "allow", "decided_by": "default", "reason": ""}
            recorder.log_event("permission", plain)
            recorder.log_event("permission", {"withheld": "[withheld: a redactor failed]"})
            recorder.log_event("permission", {**plain, "decided_by": "tool", "verdict": "ask", "reason": 5})
            await recorder.close(RunStats(RunStatus.OK))

    run_apart(record())

    shown = executus("show", "run-1").stdout
    assert "add allowed" not in shown
    assert 'permission  {"withheld": "[withheld: a redactor failed]"}' in shown
    assert '◆ add waits for a person for add itself: {"reason": 5}' in shown
    assert '"decided_by": "default"' in executus("show", "run-1", "-v").stdout
    assert "◆ add allowed" in executus("tail", "run-1").stdout
