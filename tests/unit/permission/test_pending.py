"""An approver that waits for somebody to answer by the request's id."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from executus_core import Agent, Caller, Executor, Invocation, Ports, tool
from executus_core.errors import ApprovalRequestError
from executus_core.llm.message import ToolCall
from executus_core.permission import PendingApprovals
from executus_core.permission.pending import REMEMBERED
from executus_core.record.permission import Approval, ApprovalRequest
from executus_core.record.run import RunInfo
from executus_core.testing import ScriptedModel, call, no_leaks

if TYPE_CHECKING:
    from collections.abc import Callable

AGENT = Agent(name="x", tools=("publish",))


@tool(needs_approval=True)
async def publish(path: str) -> str:
    """Publish."""
    return f"published {path}"


def _request(request_id: str) -> ApprovalRequest:
    call = ToolCall("call_1", "publish", "{}")
    return ApprovalRequest(RunInfo("r"), Caller("alice"), "publish", call, {}, "because", request_id)


async def _until(is_so: Callable[[], object]) -> None:
    while not is_so():  # noqa: ASYNC110 - the run sets no event of ours
        await asyncio.sleep(0)


async def test_a_request_waits_until_it_is_answered_by_its_id() -> None:
    """Each answer goes to its own call, and who gave it is on it."""
    pending = PendingApprovals()
    model = ScriptedModel([[call("publish", path="a"), call("publish", path="b")], "done"])
    executor = Executor(models=model, registry=[publish], ports=Ports(approver=pending))

    async with no_leaks():
        run = executor.start(AGENT, "go", Invocation(caller_id="alice"))
        await _until(lambda: len(pending.list_pending()) == 2)
        first, second = pending.list_pending()
        assert [one.arguments for one in (first, second)] == [{"path": "a"}, {"path": "b"}]
        assert first.id != second.id
        assert pending.get_pending(second.id) is second
        pending.answer(second.id, Approval("allow", by="carol"))
        pending.answer(first.id, Approval("deny", "not this one"))
        result = await run

    assert [step.result.text for step in result.steps] == [
        "error: the call of 'publish' was denied: not this one",
        "published b",
    ]
    assert pending.list_pending() == []


async def test_each_request_is_answered_once_and_only_while_it_waits() -> None:
    """A button that is pressed twice, late, or for nothing says so."""
    pending = PendingApprovals()
    asked = asyncio.create_task(pending.approve(_request("one")))
    await asyncio.sleep(0)

    pending.answer("one", Approval("allow"))
    with pytest.raises(ApprovalRequestError, match="the request 'one' has its answer; list_pending"):
        pending.answer("one", Approval("deny"))
    assert pending.list_pending() == []
    assert await asked == Approval("allow", request_id="one")
    with pytest.raises(ApprovalRequestError, match="'one' has its answer") as caught:
        pending.answer("one", Approval("deny"))
    assert caught.value.request_id == "one"
    with pytest.raises(ApprovalRequestError, match="nobody asked 'two'"):
        pending.answer("two", Approval("allow"))
    with pytest.raises(ApprovalRequestError, match="nobody asked 'two'"):
        pending.get_pending("two")


async def test_an_approval_for_another_request_answers_nothing() -> None:
    """The one that waits goes on waiting."""
    pending = PendingApprovals()
    asked = asyncio.create_task(pending.approve(_request("one")))
    await asyncio.sleep(0)

    with pytest.raises(ApprovalRequestError, match="for the request 'two', not for 'one'"):
        pending.answer("one", Approval("allow", request_id="two"))

    assert [request.id for request in pending.list_pending()] == ["one"]
    pending.answer("one", Approval("allow", request_id="one"))
    assert (await asked).verdict == "allow"


async def test_a_run_that_is_cancelled_leaves_nothing_behind() -> None:
    """Its request is no longer listed, and an answer to it is told why."""
    pending = PendingApprovals()
    model = ScriptedModel([call("publish", path="a")])
    executor = Executor(models=model, registry=[publish], ports=Ports(approver=pending))

    async with no_leaks():
        run = executor.start(AGENT, "go")
        await _until(pending.list_pending)
        (request,) = pending.list_pending()
        run.cancel("enough")
        result = await run

    assert result.status == "cancelled"
    assert pending.list_pending() == []
    with pytest.raises(ApprovalRequestError, match="is no longer waited for"):
        pending.answer(request.id, Approval("allow"))


@pytest.mark.parametrize("is_async", [True, False])
async def test_the_host_is_told_of_each_request_once_it_can_be_answered(is_async: bool) -> None:
    """So that it may even answer at once."""
    shown: list[str] = []

    def show(request: ApprovalRequest) -> None:
        shown.append(request.reason)
        pending.answer(request.id, Approval("allow"))

    async def show_later(request: ApprovalRequest) -> None:
        await asyncio.sleep(0)
        show(request)

    pending = PendingApprovals(show_later if is_async else show)

    assert (await pending.approve(_request("one"))).verdict == "allow"
    assert shown == ["because"]


async def test_a_request_that_can_not_be_shown_is_a_denial() -> None:
    """Nobody could ever answer it."""

    def fail(request: ApprovalRequest) -> None:
        raise OSError("no chat")

    model = ScriptedModel([call("publish", path="a"), "done"])
    ports = Ports(approver=PendingApprovals(fail))

    result = await Executor(models=model, registry=[publish], ports=ports).run(AGENT, "go")

    assert result.steps[0].result.text == "error: the call of 'publish' was denied: the approver failed"


async def test_what_is_remembered_of_the_past_is_bounded() -> None:
    """A host that runs for a year does not fill up."""
    pending = PendingApprovals(lambda request: pending.answer(request.id, Approval("allow")))

    for number in range(REMEMBERED + 1):
        await pending.approve(evolve(_request("x"), id=str(number)))

    with pytest.raises(ApprovalRequestError, match="nobody asked '0'"):
        pending.get_pending("0")
    with pytest.raises(ApprovalRequestError, match="'1' has its answer"):
        pending.get_pending("1")
