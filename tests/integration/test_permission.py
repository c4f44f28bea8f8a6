"""Permission of single calls: policies, approvals, and that everything fails closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from executus_core import Agent, Caller, Executor, Invocation, Ports, tool
from executus_core.record.events import ApprovalRequested
from executus_core.record.permission import Approval, Decision
from executus_core.testing import (
    MemoryAudit,
    MemoryIdentity,
    MemoryObserver,
    ScriptedApprover,
    ScriptedModel,
    ScriptedPolicy,
    call,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core import Result
    from executus_core.tool import Tool

called: list[str] = []


@tool
async def delete(path: str) -> str:
    """Delete."""
    called.append(path)
    return "deleted"


@tool(needs_approval=True)
async def publish(path: str) -> str:
    """Publish."""
    called.append(path)
    return "published"


@tool(needs_approval=lambda arguments: arguments["amount"] > 100)
async def pay(amount: int) -> str:
    """Pay."""
    called.append(str(amount))
    return "paid"


AGENT = Agent(name="x", tools=("delete", "publish", "pay"))


@pytest.fixture(autouse=True)
def _forget_calls() -> None:
    called.clear()


async def _answer(name: str, ports: Ports, **arguments: object) -> tuple[str, Result[None]]:
    """Have the model make one call, and give what it was told."""
    model = ScriptedModel([call(name, **arguments), "done"])
    executor = Executor(models=model, registry=[delete, publish, pay], ports=ports)
    result = await executor.run(AGENT, "go", Invocation(caller_id="alice"))
    assert result.status == "ok", result.error
    return result.steps[0].result.text, result


async def test_a_policy_sees_the_tool_the_validated_arguments_and_the_caller() -> None:
    """And lets through what it allows."""
    policy = ScriptedPolicy()
    alice = Caller("alice", scopes=frozenset({"files"}))

    text, _ = await _answer("delete", Ports(policies=policy, identity=MemoryIdentity([alice])), path="a")

    assert text == "deleted"
    (question,) = policy.questions
    assert (question.tool, question.arguments, question.caller) == ("delete", {"path": "a"}, alice)


async def test_a_denial_is_told_to_the_model_with_its_reason_and_the_tool_is_not_called() -> None:
    """It counts as a tool error."""
    policy = ScriptedPolicy({"delete": Decision("deny", "not on Fridays")})

    text, result = await _answer("delete", Ports(policies=policy), path="a")

    assert text == "error: the call of 'delete' was denied: not on Fridays"
    assert (called, result.steps[0].is_error) == ([], True)


async def test_a_call_that_does_not_validate_is_shown_to_no_policy() -> None:
    """What is shown is what would run."""
    policy = ScriptedPolicy()

    await _answer("delete", Ports(policies=policy), path=1)

    assert policy.questions == []


@pytest.mark.parametrize("order", [["allow", "ask", "deny"], ["deny", "ask", "allow"], ["ask", "deny"]])
async def test_deny_wins_over_ask_wins_over_allow(order: list[str]) -> None:
    """In whatever order the policies stand, and nobody is asked in vain."""
    ports = Ports(
        policies=[ScriptedPolicy(otherwise=verdict) for verdict in order], approver=ScriptedApprover()
    )  # type: ignore[arg-type]

    text, _ = await _answer("delete", ports, path="a")

    assert "was denied" in text
    assert called == []


async def test_ask_wins_over_allow_and_the_person_decides() -> None:
    """The request shows the run, the caller, the tool, the arguments and the reason."""
    approver = ScriptedApprover(["allow"])
    ports = Ports(
        policies=[ScriptedPolicy(), ScriptedPolicy(otherwise=Decision("ask", "it is gone then"))],
        approver=approver,
    )

    text, result = await _answer("delete", ports, path="a")

    assert (text, called) == ("deleted", ["a"])
    request = approver.requests[0]
    assert (request.run.run_id, request.caller.id, request.tool) == (result.run_id, "alice", "delete")
    assert (request.arguments, request.reason) == ({"path": "a"}, "it is gone then")
    assert request.call.name == "delete"


async def test_a_person_who_denies_is_heard() -> None:
    """The reason goes to the model."""
    ports = Ports(approver=ScriptedApprover([Approval("deny", "ask me tomorrow")]))

    text, _ = await _answer("publish", ports, path="a")

    assert text == "error: the call of 'publish' was denied: ask me tomorrow"
    assert called == []


async def test_a_tool_may_ask_for_approval_by_itself() -> None:
    """With no policy installed; and whoever watches sees the question."""
    observer = MemoryObserver()
    ports = Ports(approver=ScriptedApprover(["allow"]), observers=(observer,))

    text, result = await _answer("publish", ports, path="a")

    assert text == "published"
    asked = [event for event in observer.events[result.run_id] if isinstance(event, ApprovalRequested)]
    assert [(event.call.name, event.reason) for event in asked] == [("publish", "'publish' needs approval")]


async def test_a_tool_may_ask_depending_on_its_arguments() -> None:
    """Small sums need nobody."""
    small, _ = await _answer("pay", Ports(approver=ScriptedApprover()), amount=5)
    large, _ = await _answer("pay", Ports(approver=ScriptedApprover(["deny"])), amount=500)

    assert small == "paid"
    assert "was denied" in large
    assert called == ["5"]


async def test_without_an_approver_what_asks_is_denied() -> None:
    """Nobody is there to say yes."""
    text, _ = await _answer("publish", Ports(), path="a")

    assert (
        text
        == "error: the call of 'publish' was denied: 'publish' needs approval, and nobody is there to ask"
    )
    assert called == []


@pytest.mark.parametrize("error", [OSError("gone"), SystemExit(1), asyncio.CancelledError()])
async def test_a_policy_that_raises_denies(error: BaseException) -> None:
    """Fails closed, and the note names it."""

    class Broken:
        async def decide(self, tool: Tool, arguments: Mapping[str, object], caller: Caller) -> Decision:
            raise error

    text, result = await _answer("delete", Ports(policies=[ScriptedPolicy(), Broken()]), path="a")

    assert text == "error: the call of 'delete' was denied: a policy failed"
    assert (called, [note.port for note in result.notes]) == ([], ["policies"])


@pytest.mark.parametrize("answer", [None, True, "allow", Decision("yes")])  # type: ignore[arg-type]
async def test_a_policy_that_gives_garbage_denies(answer: object) -> None:
    """True is no decision."""

    class Broken:
        async def decide(self, tool: Tool, arguments: Mapping[str, object], caller: Caller) -> object:
            return answer

    text, _ = await _answer("delete", Ports(policies=Broken()), path="a")  # type: ignore[arg-type]

    assert (text, called) == ("error: the call of 'delete' was denied: a policy failed", [])


async def test_an_approver_that_raises_or_gives_garbage_denies() -> None:
    """Fails closed too."""
    garbage = ScriptedApprover([lambda request: Approval("sure")])  # type: ignore[arg-type]

    raised, _ = await _answer("publish", Ports(approver=ScriptedApprover([OSError("no screen")])), path="a")
    given, _ = await _answer("publish", Ports(approver=garbage), path="a")

    assert raised == given == "error: the call of 'publish' was denied: the approver failed"
    assert called == []


async def test_an_approval_rule_may_say_why() -> None:
    """Who is asked decides by the reason, and who is refused may mend the call by it; "" asks nobody."""

    @tool(needs_approval=lambda arguments: "the moon is far" if arguments["place"] == "moon" else "")
    async def travel(place: str) -> str:
        """Travel."""
        return f"in {place}"

    approver = ScriptedApprover(["allow"])
    model = ScriptedModel([call("travel", place="Rome"), call("travel", place="moon"), "done"])
    executor = Executor(models=model, registry=[travel], ports=Ports(approver=approver))
    result = await executor.run(Agent(name="x", tools=("travel",)), "go")

    assert [request.reason for request in approver.requests] == ["the moon is far"]
    assert [step.result.text for step in result.steps] == ["in Rome", "in moon"]


async def test_an_approval_rule_that_raises_denies() -> None:
    """A predicate is code of the tool, and no reason to let a call through."""

    @tool(needs_approval=lambda arguments: arguments["nothing"])  # type: ignore[return-value,arg-type]
    async def risky() -> str:
        """Risk."""
        called.append("risky")
        return "done"

    model = ScriptedModel([call("risky"), "done"])
    result = await Executor(models=model, registry=[risky]).run(Agent(name="x", tools=("risky",)), "go")

    assert result.steps[0].result.text == "error: the call of 'risky' was denied: its approval rule failed"
    assert called == []


async def test_an_ask_that_nobody_can_answer_now_is_denied_unless_the_run_is_durable() -> None:
    """There is nothing that could hold the run."""
    text, _ = await _answer("publish", Ports(approver=ScriptedApprover([Approval("ask")])), path="a")

    assert "nobody can answer now, and the run is not durable" in text


async def test_a_call_that_nobody_answered_for_is_on_record_as_nobodys_denial() -> None:
    """Whoever reads the record must not take a missing person for one who said no; the model is told why nobody answers."""
    audit = MemoryAudit()
    approver = ScriptedApprover([Approval("ask", "the office is closed until Monday")])

    text, _ = await _answer("publish", Ports(approver=approver, audit=audit), path="a")

    assert text == "error: the call of 'publish' was denied: the office is closed until Monday"
    (event,) = [
        event for record in audit.records.values() for event in record.events if event.type == "permission"
    ]
    assert (event.payload["verdict"], event.payload["decided_by"]) == ("deny", "nobody")
    assert event.payload.get("decider", "") == ""


async def test_every_verdict_is_in_the_audit_record() -> None:
    """Who was let through is as interesting as who was not."""
    audit = MemoryAudit()
    policy = ScriptedPolicy({"delete": "deny"})
    ports = Ports(policies=policy, audit=audit, approver=ScriptedApprover(["allow"]))
    model = ScriptedModel([[call("delete", path="a"), call("publish", path="b")], "done"])

    result = await Executor(models=model, registry=[delete, publish, pay], ports=ports).run(AGENT, "go")

    events = [event.payload for event in audit.records[result.run_id].events if event.type == "permission"]
    assert sorted((str(event["tool"]), str(event["verdict"])) for event in events) == [
        ("delete", "deny"),
        ("publish", "allow"),
    ]


async def test_without_policies_and_approvals_nobody_is_asked() -> None:
    """An approver alone has nothing to say about harmless tools."""
    text, _ = await _answer("delete", Ports(approver=ScriptedApprover()), path="a")

    assert text == "deleted"
