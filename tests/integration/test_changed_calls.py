"""Policies that change a call or end the run, and what the record says of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from attrs import define

from executus_core import Agent, Caller, Executor, Invocation, Ports, SessionTools, ToolContext, tool
from executus_core.errors import RunTerminatedError, ToolLoopError
from executus_core.record.permission import Approval, Decision
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryCheckpoints,
    MemoryObserver,
    ScriptedApprover,
    ScriptedModel,
    ScriptedPolicy,
    SecretRedactor,
    call,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core import Result
    from executus_core.llm.json import JsonValue
    from executus_core.testing.script import Entry

called: list[dict[str, object]] = []


@tool
async def send(to: str, tags: list[str] | None = None, copies: int = 1) -> str:
    """Send."""
    called.append({"to": to, "tags": tags, "copies": copies})
    return "sent"


@tool(needs_approval=lambda arguments: arguments.get("copies", 1) > 5)
async def print_out(copies: int) -> str:
    """Print."""
    called.append({"copies": copies})
    return "printed"


AGENT = Agent(name="x", tools=("send", "print_out"))


@pytest.fixture(autouse=True)
def _forget_calls() -> None:
    called.clear()


def changes(**arguments: object) -> ScriptedPolicy:
    """A policy that sets arguments and leaves the others."""
    return ScriptedPolicy(
        otherwise=lambda given, _caller: Decision("allow", arguments={**given, **arguments})
    )


async def _run(
    script: Sequence[Entry], **ports: object
) -> tuple[Result[None], list[Mapping[str, JsonValue]]]:
    audit = MemoryAudit()
    executor = Executor(
        models=ScriptedModel(script),
        registry=[send, print_out],
        ports=Ports(audit=audit, **ports),  # type: ignore[arg-type]
    )
    result = await executor.run(AGENT, "go", Invocation(caller_id="alice"))
    events = audit.records[result.run_id].events
    return result, [event.payload for event in events if event.type == "permission"]


async def _texts(script: Sequence[Entry], **ports: object) -> list[str]:
    result, _ = await _run(script, **ports)
    assert result.status == "ok", result.error
    return [step.result.text for step in result.steps]


# --------------------------------------------------------------------------------------------- other arguments


async def test_a_policy_changes_what_runs_and_everybody_behind_it_sees_only_that() -> None:
    """Later policies, the person and the tool; the transcript keeps what the model wrote."""
    later = ScriptedPolicy(otherwise="ask")
    approver = ScriptedApprover(["allow"])

    result, (event,) = await _run(
        [call("send", to="all@example.com"), "done"],
        policies=[changes(to="list@example.com"), changes(copies=2), later],
        approver=approver,
    )

    changed = {"to": "list@example.com", "copies": 2}
    assert called == [{**changed, "tags": None}]
    assert (later.questions[0].arguments, approver.requests[0].arguments) == (changed, changed)
    assert approver.requests[0].call.arguments == '{"to": "all@example.com"}'
    assert result.steps[0].tool_call.arguments == '{"to": "all@example.com"}'
    assert (event["verdict"], event["changed"]) == ("allow", ["copies", "to"])
    assert event["changes"] == [
        {
            "policy": "ScriptedPolicy",
            "rule": "",
            "before": {"to": "all@example.com"},
            "after": {"to": "list@example.com"},
        },
        {"policy": "ScriptedPolicy", "rule": "", "before": {}, "after": {"copies": 2}},
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"to": 5}, "ToolArgumentError"),
        ({"to": "a", "unknown": 1}, "ToolArgumentError"),
        ({}, "ToolArgumentError"),
        ({"to": object()}, "ValueError"),
        ({"to": float("nan")}, "ValueError"),
        ("to", "ValueError"),
    ],
)
async def test_other_arguments_that_the_tool_does_not_take_deny_the_call(
    arguments: Mapping[str, object], said: str
) -> None:
    """A policy that would hand the tool anything else has failed, and is noted."""
    policy = ScriptedPolicy(otherwise=Decision("allow", arguments=arguments))

    result, (event,) = await _run([call("send", to="a"), "done"], policies=policy)

    assert result.steps[0].result.text == "error: the call of 'send' was denied: a policy failed"
    assert called == []
    assert [(note.port, note.message.split(":")[0]) for note in result.notes] == [("policies", said)]
    assert (event["verdict"], event["decided_by"]) == ("deny", "policy")


async def test_arguments_that_are_the_same_again_are_no_change() -> None:
    """A policy may always hand back what it was given, in another order or as other objects."""
    _, (event,) = await _run(
        [call("send", to="a", tags=["x"]), "done"],
        policies=ScriptedPolicy(
            otherwise=lambda given, _caller: Decision("allow", arguments=dict(reversed(given.items())))
        ),
    )

    assert called == [{"to": "a", "tags": ["x"], "copies": 1}]
    assert "changes" not in event


async def test_a_refusal_takes_no_other_arguments() -> None:
    """They would never run."""
    policy = ScriptedPolicy(otherwise=Decision("deny", "no", arguments={"to": 5}))

    assert await _texts([call("send", to="a"), "done"], policies=policy) == [
        "error: the call of 'send' was denied: no"
    ]


async def test_what_a_tool_asks_for_itself_is_asked_of_what_would_run() -> None:
    """A call that a policy makes harmless needs nobody, and one that it makes bigger does."""
    script: list[Entry] = [call("print_out", copies=9), "done"]
    assert await _texts(script, policies=changes(copies=1), approver=ScriptedApprover()) == ["printed"]

    script = [call("print_out", copies=1), "done"]
    texts = await _texts(script, policies=changes(copies=9))
    assert texts == [
        "error: the call of 'print_out' was denied: 'print_out' needs approval, and nobody is there to ask"
    ]


async def test_what_is_shown_is_what_runs() -> None:
    """Nobody who looks at the arguments changes with that what runs, however deep he reaches."""

    class Scribbles:
        async def decide(self, tool, arguments, caller):
            arguments["tags"].append("policy")
            return Decision("ask")

        async def approve(self, request):
            request.arguments["tags"].append("approver")
            return Approval("allow")

    await _texts(
        [call("send", to="a", tags=["x"]), "done"], policies=[Scribbles(), Scribbles()], approver=Scribbles()
    )

    assert called == [{"to": "a", "tags": ["x"], "copies": 1}]


async def test_redactors_see_what_was_changed_before_it_is_on_record() -> None:
    """A secret that a policy put in, or took out, is not kept."""
    _, (event,) = await _run(
        [call("send", to="sk-before"), "done"],
        policies=changes(to="sk-after"),
        redactor=SecretRedactor(["sk-before", "sk-after"]),
    )

    assert "sk-" not in str(event)
    assert event["changed"] == ["to"]


async def test_every_kind_of_tool_gets_what_policies_made_of_its_arguments() -> None:
    """A synchronous one on its thread, one with a context and a time-out, one of the run's own."""
    got: list[str] = []

    @tool
    def on_a_thread(word: str) -> None:
        """Run on a thread."""
        got.append(word)

    @tool(timeout_s=5)
    async def with_context(ctx: ToolContext, word: str) -> None:
        """Run with a context."""
        got.append(word)

    @tool
    async def of_the_run(word: str) -> None:
        """Live as long as the run."""
        got.append(word)

    names = ("on_a_thread", "with_context", "of_the_run")
    model = ScriptedModel([[call(name, word="model") for name in names], "done"])
    invocation = Invocation(
        extra_tools=(with_context,), session_tool_factory=lambda session: SessionTools([of_the_run])
    )
    ports = Ports(policies=changes(word="policy"))

    await Executor(models=model, registry=[on_a_thread], ports=ports).run(
        Agent(name="x", tools=("on_a_thread",)), "go", invocation
    )

    assert got == ["policy"] * 3


# -------------------------------------------------------------------------------------------------- terminate


async def test_a_policy_can_end_the_run() -> None:
    """What was done stays; the call is answered with the reason, and nobody is asked any more."""
    checkpoints = MemoryCheckpoints(every_run=True)

    result, (event,) = await _run(
        [["I look.", call("send", to="a")]],
        policies=[ScriptedPolicy(otherwise="ask"), ScriptedPolicy(otherwise=Decision("terminate", "enough"))],
        approver=ScriptedApprover(),
        checkpointer=checkpoints,
    )

    assert (result.status, result.output) == ("error", "I look.")
    assert isinstance(result.error, RunTerminatedError)
    assert (result.error.tool, result.error.call_id) == ("send", "call_1")
    assert result.messages[-1].text == "error: the call of 'send' was refused, which ends the run: enough"
    assert called == []
    assert (event["verdict"], event["reason"]) == ("terminate", "enough")
    assert [journal.state for journal in checkpoints.journals.values()] == ["failed"]


async def test_a_person_can_end_the_run() -> None:
    """A no that is meant for all of it."""
    result, (event,) = await _run(
        [call("print_out", copies=9)], approver=ScriptedApprover([Approval("terminate", "stop it", by="bob")])
    )

    assert isinstance(result.error, RunTerminatedError)
    assert (event["verdict"], event["decided_by"], event["decider"]) == ("terminate", "person", "bob")


@pytest.mark.parametrize("order", [["terminate", "deny", "ask"], ["deny", "terminate"], ["ask", "terminate"]])
async def test_terminate_wins_over_deny_and_ask(order: list[str]) -> None:
    """In whatever order the policies stand, also behind one that failed."""

    class Fails:
        async def decide(self, tool, arguments, caller):
            raise OSError("no rules")

    policies = [Fails(), *(ScriptedPolicy(otherwise=verdict) for verdict in order)]  # type: ignore[arg-type]

    result, _ = await _run([call("send", to="a")], policies=policies)

    assert isinstance(result.error, RunTerminatedError)


async def test_a_call_that_ends_the_run_stops_those_beside_it() -> None:
    """Those that have not begun don't, and every call is answered once."""
    clock, began = FakeClock(), asyncio.Event()

    class Waits:
        async def decide(self, tool, arguments, caller):
            if arguments["to"] == "end":
                await began.wait()
                return Decision("terminate", "enough")
            began.set()
            await clock.sleep(5 if arguments["to"] == "late" else 0)
            return Decision("allow")

    calls = [call("send", to=to) for to in ("soon", "end", "late")]
    audit = MemoryAudit()
    model = ScriptedModel([calls])
    executor = Executor(
        models=model, registry=[send], ports=Ports(policies=Waits(), audit=audit, clock=clock)
    )

    result = await clock.run_until(executor.run(Agent(name="x", tools=("send",)), "go"))

    assert isinstance(result.error, RunTerminatedError)
    assert "late" not in [one["to"] for one in called]
    answers = [message for message in result.messages if message.role == "tool"]
    assert [message.tool_call_id for message in answers] == ["call_1", "call_2", "call_3"]
    assert "which ends the run: enough" in answers[1].text


async def test_a_call_that_is_allowed_at_the_moment_the_run_ends_does_not_run() -> None:
    """Between a policy's word and the tool's body the run may have been stopped by the call beside it."""
    gate = asyncio.Event()

    class Together:
        async def decide(self, tool, arguments, caller):
            await gate.wait()
            return Decision("terminate" if arguments["to"] == "end" else "allow")

    model = ScriptedModel([[call("send", to="end"), call("send", to="a"), call("send", to="b")]])
    audit = MemoryAudit()
    executor = Executor(models=model, registry=[send], ports=Ports(policies=Together(), audit=audit))
    run = executor.start(Agent(name="x", tools=("send",)), "go")
    for _ in range(9):
        await asyncio.sleep(0)
    gate.set()
    result = await run

    assert isinstance(result.error, RunTerminatedError)
    assert called == []
    events = [event.payload for event in audit.records[result.run_id].events if event.type == "permission"]
    assert [(event["verdict"], event["decided_by"]) for event in events] == [
        ("terminate", "policy"),
        ("deny", "run"),
        ("deny", "run"),
    ]


async def test_a_call_that_nobody_asks_about_does_not_run_either_once_the_run_is_over() -> None:
    """Its task may begin after the one beside it has ended the run."""
    result, events = await _run(
        [[call("print_out", copies=9), call("send", to="a")]], approver=ScriptedApprover(["terminate"])
    )

    assert isinstance(result.error, RunTerminatedError)
    assert called == []
    assert [(event["verdict"], event["decided_by"]) for event in events] == [
        ("terminate", "person"),
        ("deny", "run"),
    ]


async def test_a_run_that_is_ended_is_not_said_to_go_in_circles() -> None:
    """The call that ends it may well be the last of many errors in a row."""
    policy = ScriptedPolicy(
        otherwise=lambda given, _caller: Decision("terminate" if given["to"] == "3" else "deny", "no")
    )

    result, _ = await _run([call("send", to=to) for to in "123"], policies=policy)

    assert isinstance(result.error, RunTerminatedError)
    assert not isinstance(result.error, ToolLoopError)


async def test_a_tool_can_not_end_its_run_by_raising_what_a_policy_does() -> None:
    """It is the tool's failure, and the model is told its class."""

    @tool
    async def pretend() -> None:
        """Pretend to be a policy."""
        raise RunTerminatedError("enough")

    model = ScriptedModel([call("pretend"), "done"])
    result = await Executor(models=model, registry=[pretend]).run(Agent(name="x", tools=("pretend",)), "go")

    assert (result.status, result.steps[0].result.text) == (
        "ok",
        "error: the tool 'pretend' failed (RunTerminatedError)",
    )


# -------------------------------------------------------------------------------------------------- the record


async def test_a_call_that_nobody_has_anything_to_say_about_is_on_record_too() -> None:
    """With no policy installed, and for each call of a response."""
    _, events = await _run([[call("send", to="a"), call("print_out", copies=1)], "done"])

    assert events == [
        {
            "call_id": f"call_{number}",
            "tool": name,
            "origin": "code",
            "verdict": "allow",
            "reason": "",
            "decided_by": "default",
        }
        for number, name in ((1, "send"), (2, "print_out"))
    ]


async def test_a_call_that_was_no_call_is_no_decision() -> None:
    """Unknown tools and arguments that did not validate never came so far."""
    _, events = await _run([[call("nothing"), call("send", to=5)], "done"])

    assert events == []


async def test_the_record_says_who_decided() -> None:
    """Each policy by its plugin's name, a rule of it, a person, or that nobody was there."""
    rules = ScriptedPolicy({"send": Decision("deny", "no", rule="rule 7")})
    ports = {"policies": rules, "names": {id(rules): "house-rules"}}
    script: list[Entry] = [[call("send", to="a"), call("print_out", copies=9)], "done"]

    _, events = await _run(script, approver=ScriptedApprover([Approval("allow", "go", by="bob")]), **ports)
    _, lonely = await _run(script, **ports)

    by_tool = {event["tool"]: event for event in events}
    denied, allowed = by_tool["send"], by_tool["print_out"]
    assert (denied["decided_by"], denied["decider"], denied["rule"]) == ("policy", "house-rules", "rule 7")
    assert (allowed["decided_by"], allowed["decider"], allowed["asked_by"]) == ("person", "bob", "tool")
    assert allowed["request_id"]
    assert {event["tool"]: event["decided_by"] for event in lonely}["print_out"] == "nobody"


async def test_a_question_that_pauses_the_run_is_on_record() -> None:
    """As a decision that is still open."""
    audit = MemoryAudit()
    ports = Ports(audit=audit, approver=ScriptedApprover(["ask"]), checkpointer=MemoryCheckpoints())
    model = ScriptedModel([call("print_out", copies=9)])
    agent = Agent(name="x", tools=("print_out",), durable=True)

    result = await Executor(models=model, registry=[print_out], ports=ports).run(agent, "go")

    events = [event.payload for event in audit.records[result.run_id].events if event.type == "permission"]
    assert (result.status, [event["verdict"] for event in events]) == ("paused", ["ask"])


@define
class EqualToAll:
    """Says yes to every comparison."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("word", ["Allow", "allow ", "yes", True, None, EqualToAll(), ["allow"]])
async def test_only_the_exact_word_allows(word: object) -> None:
    """From a policy and from a person."""
    policy = ScriptedPolicy(otherwise=Decision(word))  # type: ignore[arg-type]
    approver = ScriptedApprover([Approval(word)])  # type: ignore[arg-type]

    denied = "error: the call of 'send' was denied: a policy failed"
    assert await _texts([call("send", to="a"), "done"], policies=policy) == [denied]
    denied = "error: the call of 'print_out' was denied: the approver failed"
    assert await _texts([call("print_out", copies=9), "done"], approver=approver) == [denied]
    assert called == []


async def test_each_question_has_an_id_of_its_own_and_an_answer_to_another_is_a_denial() -> None:
    """Two runs that ask the same ask two things; listeners are told the id."""
    observer = MemoryObserver()
    approver = ScriptedApprover(
        [
            lambda request: Approval("allow", request_id=request.id),
            lambda _request: Approval("allow", request_id=approver.requests[0].id),
        ]
    )
    ports = {"approver": approver, "observers": observer}

    script: list[Entry] = [call("print_out", copies=9), "done"]
    assert await _texts(script, **ports) == ["printed"]
    result, (event,) = await _run(script, **ports)

    first, second = approver.requests
    assert first.id != second.id
    assert result.steps[0].result.text == "error: the call of 'print_out' was denied: the approver failed"
    assert (event["decided_by"], event["request_id"]) == ("approver", second.id)
    assert f"answered the request '{first.id}', not '{second.id}'" in result.notes[0].message
    shown = [
        event.request_id
        for events in observer.events.values()
        for event in events
        if type(event).__name__ == "ApprovalRequested"
    ]
    assert shown == [first.id, second.id]


async def test_a_request_says_where_the_tool_comes_from_and_for_how_long_it_could_be_approved() -> None:
    """As long as whoever is to hold it can tell whose it is."""
    approver = ScriptedApprover(["allow"])

    await _run([call("print_out", copies=9), "done"], approver=approver)

    (request,) = approver.requests
    assert (request.origin, request.scopes, request.caller) == ("code", ("once", "run"), Caller("alice"))
