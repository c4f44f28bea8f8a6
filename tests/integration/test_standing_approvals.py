"""Approvals that go on to hold: for the run, the conversation or always, and for the very call and caller only."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from attrs import define, evolve, field

from executus_core import Agent, Caller, Executor, Invocation, Ports, tool
from executus_core.record.permission import Approval, Decision, StandingApproval
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryIdentity,
    MemoryStandingApprovals,
    ScriptedApprover,
    ScriptedModel,
    ScriptedPolicy,
    call,
    raw_call,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core import Result
    from executus_core.record.permission import ApprovalScope
    from executus_core.testing.script import Entry


@tool(needs_approval=True)
async def publish(path: str, copies: int = 1) -> str:
    """Publish."""
    return "published"


AGENT = Agent(name="x", tools=("publish",))


@define
class Desk:
    """A person who approves what is shown, for as long as told, and counts how often that was."""

    scope: ApprovalScope = "once"
    asked: int = 0
    scopes: list[tuple[ApprovalScope, ...]] = field(factory=list)

    async def approve(self, request):
        self.asked += 1
        self.scopes.append(request.scopes)
        return Approval("allow", "go on", self.scope, by="carol")


@define
class House:
    """An executor whose runs call ``publish``, and what came of the last one."""

    desk: Desk
    ports: Mapping[str, object] = field(factory=dict)
    audit: MemoryAudit = field(factory=MemoryAudit)
    executor: Executor = field(init=False)
    _script: list[Entry] = field(factory=list)
    last: Result[None] = field(init=False)

    def __attrs_post_init__(self) -> None:
        model = ScriptedModel([lambda _request: self._script.pop(0)] * 50, strict=False)
        ports = Ports(approver=self.desk, audit=self.audit, **self.ports)  # type: ignore[arg-type]
        self.executor = Executor(models=model, registry=[publish], ports=ports)

    async def run(self, *calls: object, caller: str = "alice", channel: str = "", run_id: str = "") -> int:
        """Run these calls one after the other, and tell how often the person was asked."""
        before = self.desk.asked
        self._script.extend([*calls, "done"])  # type: ignore[list-item]
        invocation = Invocation(caller_id=caller, channel_id=channel, run_id=run_id)
        self.last = await self.executor.run(AGENT, "go", invocation)
        assert self.last.status == "ok", self.last.error
        return self.desk.asked - before

    @property
    def decisions(self) -> Sequence[Mapping[str, object]]:
        """What the record of the last run says was decided."""
        events = self.audit.records[self.last.run_id].events
        return [event.payload for event in events if event.type == "permission"]


CALL = call("publish", path="a")


async def test_an_approval_for_once_holds_for_nothing_else() -> None:
    """The same call is asked about again."""
    assert await House(Desk()).run(CALL, CALL) == 2


async def test_an_approval_for_the_run_holds_for_equal_calls_until_it_ends() -> None:
    """However the model spells them."""
    house = House(Desk("run"))
    spelled = raw_call("publish", ' {"copies" : 2,"path":"\\u0061"}')

    assert await house.run(call("publish", path="a", copies=2), spelled) == 1
    assert [one["decided_by"] for one in house.decisions] == ["person", "standing approval"]
    assert await house.run(call("publish", path="a", copies=2)) == 1


@pytest.mark.parametrize("other", [{"path": "b"}, {"path": "a", "copies": 1}, {"path": "A"}])
async def test_it_holds_for_no_other_arguments(other: Mapping[str, object]) -> None:
    """Not even for those that would come to the same by the tool's defaults: what is shown is what was approved."""
    assert await House(Desk("run")).run(CALL, call("publish", **other)) == 2


async def test_an_approval_for_the_conversation_holds_for_its_later_runs() -> None:
    """In the same channel and for the same caller."""
    house = House(Desk("conversation"))

    assert await house.run(CALL, channel="general") == 1
    assert await house.run(CALL, channel="general") == 0
    assert await house.run(CALL, channel="other") == 1
    assert await house.run(CALL, channel="general", caller="bob") == 1
    assert await house.run(CALL, channel="") == 1


async def test_an_approval_for_always_holds_wherever_its_store_does() -> None:
    """For other executors too, and until it is revoked."""
    store = MemoryStandingApprovals()
    here, there = (House(Desk("always"), {"standing_approvals": store}) for _ in range(2))

    assert await here.run(CALL, channel="general") == 1
    assert await there.run(CALL) == 0
    (approval,) = store.approvals
    assert await store.revoke_approval(Caller("alice"), approval.id)
    assert await there.run(CALL) == 1


async def test_callers_never_share_what_they_were_granted() -> None:
    """Neither those of another id nor those of another tenant."""
    identity = MemoryIdentity([Caller("alice", tenant="acme"), Caller("bob", tenant="acme")])
    store = MemoryStandingApprovals()
    acme = House(Desk("always"), {"standing_approvals": store, "identity": identity})
    other = House(Desk("always"), {"standing_approvals": store})

    assert await acme.run(CALL) == 1
    assert await acme.run(CALL) == 0
    assert await acme.run(CALL, caller="bob") == 1
    assert await other.run(CALL) == 1


async def test_a_tool_of_the_same_name_from_elsewhere_is_another_tool() -> None:
    """Its author was not approved of."""
    store = MemoryStandingApprovals()
    await House(Desk("always"), {"standing_approvals": store}).run(CALL)
    desk = Desk()
    executor = Executor(
        models=ScriptedModel([CALL, "done"]),
        registry=[evolve(publish, origin="strangers")],
        ports=Ports(approver=desk, standing_approvals=store),
    )

    await executor.run(AGENT, "go", Invocation(caller_id="alice"))

    assert desk.asked == 1


async def test_it_is_kept_with_who_gave_it_and_when() -> None:
    """And the record of each call that it answers says so."""
    store, clock = MemoryStandingApprovals(), FakeClock()
    house = House(Desk("always"), {"standing_approvals": store, "clock": clock})

    await clock.run_until(house.run(CALL, channel="general", run_id="run-1"))

    (kept,) = store.approvals
    assert (kept.scope, kept.by, kept.reason) == ("always", "carol", "go on")
    assert kept.given_at == datetime.fromtimestamp(clock.time(), UTC)
    assert (kept.call.tool, kept.call.origin, kept.call.arguments) == ("publish", "code", '{"path":"a"}')
    assert (kept.call.caller_id, kept.call.channel_id, kept.call.run_id) == ("alice", "general", "run-1")
    (given,) = house.decisions
    assert (given["scope"], given["approval_id"], given["decider"]) == ("always", kept.id, "carol")
    await clock.run_until(house.run(CALL))
    (used,) = house.decisions
    assert (used["decided_by"], used["decider"], used["by"]) == ("standing approval", kept.id, "carol")
    assert (used["verdict"], used["scope"]) == ("allow", "always")


async def test_a_denial_wins_over_a_standing_approval() -> None:
    """It answers questions, and nothing else."""
    verdicts = iter(["ask", "deny", "terminate", "ask"])
    policy = ScriptedPolicy(otherwise=lambda _given, _caller: Decision(next(verdicts), "rules"))  # type: ignore[arg-type]
    house = House(Desk("always"), {"standing_approvals": MemoryStandingApprovals(), "policies": policy})

    assert await house.run(CALL, CALL) == 1
    assert house.last.steps[1].result.text == "error: the call of 'publish' was denied: rules"
    with pytest.raises(AssertionError, match="ends the run: rules"):
        await house.run(CALL)
    house._script.clear()
    assert await house.run(CALL) == 0


async def test_it_is_bound_to_what_runs_and_not_to_what_the_model_wrote() -> None:
    """A policy that changes its mind changes what was approved of."""
    paths = iter("aba")
    policy = ScriptedPolicy(
        otherwise=lambda _given, _caller: Decision("ask", arguments={"path": next(paths)})
    )
    house = House(Desk("run"), {"policies": policy})

    assert await house.run(*(call("publish", path=path) for path in "xyz")) == 2


async def test_a_denial_is_not_kept_for_any_scope() -> None:
    """The next call asks again."""
    approver = ScriptedApprover([Approval("deny", "no", "run"), Approval("allow")])
    model = ScriptedModel([CALL, CALL, "done"])

    result = await Executor(models=model, registry=[publish], ports=Ports(approver=approver)).run(AGENT, "go")

    assert [step.is_error for step in result.steps] == [True, False]


# ------------------------------------------------------------------------------------------ what is possible here


@pytest.mark.parametrize(
    ("caller", "channel", "has_store", "possible"),
    [
        ("alice", "general", True, ("once", "run", "conversation", "always")),
        ("alice", "general", False, ("once", "run", "conversation")),
        ("alice", "", True, ("once", "run", "always")),
        ("alice", "", False, ("once", "run")),
        ("", "general", True, ("once", "run")),
    ],
)
async def test_an_approval_holds_as_long_as_is_possible_here_and_the_note_says_so(
    caller: str, channel: str, has_store: bool, possible: tuple[ApprovalScope, ...]
) -> None:
    """A request says what is possible; who gave more has at least given that."""
    store = MemoryStandingApprovals()
    house = House(Desk("always"), {"standing_approvals": store if has_store else None})

    assert await house.run(CALL, CALL, caller=caller, channel=channel) == 1

    assert house.desk.scopes == [possible]
    assert house.decisions[0]["scope"] == possible[-1]
    notes = [note.message for note in house.last.notes]
    assert len(notes) == (possible[-1] != "always")
    if notes:
        assert f"was given for 'always' and holds for '{possible[-1]}' only: " in notes[0]


@pytest.mark.parametrize(
    ("invocation", "scope", "why"),
    [
        (
            Invocation(channel_id="general"),
            "conversation",
            "the run's caller has no id to tell it from others",
        ),
        (Invocation(caller_id="alice"), "conversation", "the run is in no channel"),
        (Invocation(caller_id="alice"), "always", "no plugin keeps standing approvals"),
    ],
)
async def test_the_note_says_why(invocation: Invocation, scope: ApprovalScope, why: str) -> None:
    """So that a host knows what it would have to give."""
    model = ScriptedModel([CALL, "done"])
    executor = Executor(models=model, registry=[publish], ports=Ports(approver=Desk(scope)))

    result = await executor.run(AGENT, "go", invocation)

    assert [note.message.rpartition(": ")[2] for note in result.notes] == [why]


async def test_arguments_that_could_mean_two_things_are_approved_once() -> None:
    """A handler of somebody else's may read the first of two keys where another reads the last."""

    class Lenient:
        parameters = {"type": "object"}  # noqa: RUF012 - as a handler has it
        is_async = True
        takes_context = False

        def validate(self, arguments: str) -> Mapping[str, object]:
            return dict(json.loads(arguments))

        async def call(self, arguments: Mapping[str, object], context: object) -> str:
            return "published"

    desk = Desk("run")
    twice = raw_call("publish", '{"path": "a", "path": "b"}')
    executor = Executor(
        models=ScriptedModel([twice, twice, "done"]),
        registry=[evolve(publish, handler=Lenient())],
        ports=Ports(approver=desk),
    )

    result = await executor.run(AGENT, "go", Invocation(caller_id="alice"))

    assert (desk.asked, desk.scopes) == (2, [("once",)] * 2)
    assert "can't be told from others" in result.notes[0].message


# ---------------------------------------------------------------------------------------------- stores that fail


class Broken(MemoryStandingApprovals):
    """A store that can't be read, or can't be written, or lies."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self._fault = fault

    async def find_approval(self, call):
        if self._fault == "find":
            raise OSError("no disk")
        if self._fault == "garbage":
            return "yes"
        if self._fault == "lies":
            return StandingApproval("x", evolve(call, caller_id="bob"), "always")
        return await super().find_approval(call)

    async def save_approval(self, approval):
        if self._fault == "save":
            raise OSError("no disk")
        await super().save_approval(approval)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("find", "OSError: no disk"),
        ("garbage", "find_approval() gave 'yes', not a StandingApproval"),
        ("lies", "find_approval() gave 'x', which does not cover the call"),
        ("save", "OSError: no disk"),
    ],
)
async def test_of_a_store_that_fails_nothing_holds_and_the_person_is_asked(fault: str, said: str) -> None:
    """What the person allows runs all the same, and the note names the store."""
    house = House(Desk("run"), {"standing_approvals": Broken(fault)})

    assert await house.run(CALL, CALL) == 2

    assert {(note.port, note.message) for note in house.last.notes} == {("standing_approvals", said)}
    assert [step.result.text for step in house.last.steps] == ["published"] * 2
