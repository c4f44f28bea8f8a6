"""What providers in memory offer a test beyond the contracts of their ports."""

from __future__ import annotations

import asyncio

import pytest

from executus_core import tool
from executus_core.errors import BudgetExceededError, ConfigError, ToolError
from executus_core.llm import Message, ModelAttempt, ModelRequest, Response, ToolCall, Usage
from executus_core.record.budget import Estimate, Reservation, Spend
from executus_core.record.caller import Caller
from executus_core.record.permission import Approval, ApprovalRequest, Decision
from executus_core.record.question import Question
from executus_core.record.run import KillCause, RunInfo, RunStats, RunStatus
from executus_core.testing import (
    MemoryAudit,
    MemoryBudget,
    MemoryCheckpoints,
    MemoryObserver,
    MemoryPalette,
    MemoryTraceSink,
    MemoryUsageSink,
    ScriptedApprover,
    ScriptedAsker,
    ScriptedCritic,
    ScriptedPolicy,
    SecretRedactor,
)

RUN = RunInfo("run-1", durable=True)
CALL = ToolCall("call_1", "add", "{}")
RESPONSE = Response(Message.assistant("", [CALL]), Usage(10, 5, cost_usd=0.01), "vendor/model")


def do_nothing() -> str:
    """Do nothing."""
    return "done"


def approval_request() -> ApprovalRequest:
    return ApprovalRequest(RUN, Caller("alice"), "add", CALL, {}, "because")


# ------------------------------------------------------------------------------------------------------- audit


async def test_a_record_is_sorted_for_the_test() -> None:
    """Steps, tools, events and errors can be asked for by themselves, and the order is kept too."""
    audit = MemoryAudit()
    record = await audit.start_run(RUN)

    record.log_event("run.input", {"input": "Hello"})
    record.on_step(1, RESPONSE)
    record.on_tool(CALL, Message.tool(CALL, "no", is_error=True), 0.5)
    record.log_error("no")
    assert not record.closed
    await record.close(RunStats(RunStatus.OK))

    assert audit.records["run-1"] is record
    assert [step.index for step in record.steps] == [1]
    assert [(step.index, step.is_error, step.duration) for step in record.tools] == [(1, True, 0.5)]
    assert [event.type for event in record.events] == ["run.input"]
    assert record.errors == ["no"]
    assert [type(entry).__name__ for entry in record.entries] == [
        "RecordedEvent",
        "RecordedStep",
        "Step",
        "RecordedError",
    ]
    assert (record.closed, record.stats.status) == (True, "ok")


async def test_an_audit_may_skip_runs() -> None:
    """What a predicate does not pick has no record."""
    audit = MemoryAudit(only=lambda info: info.run_id != "run-1")

    assert await audit.start_run(RUN) is None
    assert audit.records == {}


# ------------------------------------------------------------------------------------------------------ budget


async def test_fifty_runs_that_reserve_thirty_cents_share_a_dollar() -> None:
    """Three are admitted, and not more than a dollar is spent."""
    budget = MemoryBudget(max_cost_usd=1.0, reserve_usd=0.3)

    async def run() -> None:
        reservation = await budget.check("alice", Estimate())
        await asyncio.sleep(0)
        for _ in range(3):
            budget.record_usage(reservation, Usage(cost_usd=0.1))
        await budget.commit(reservation, Spend(1.0, Usage(cost_usd=0.3)))

    outcomes = await asyncio.gather(*(run() for _ in range(50)), return_exceptions=True)

    assert sum(outcome is None for outcome in outcomes) == 3
    assert budget.spent_usd == pytest.approx(0.9)
    assert (budget.runs, budget.running, budget.reserved_usd) == (3, 0, 0)


async def test_a_run_gets_more_than_it_reserved_while_there_is_more() -> None:
    """The reservation grows with what is spent, and stops the run at the ceiling."""
    budget = MemoryBudget(max_cost_usd=1.0, reserve_usd=0.3)
    first = await budget.check("alice", Estimate())

    budget.record_usage(first, Usage(cost_usd=0.6))
    assert budget.reserved_usd == pytest.approx(0.6)
    second = await budget.check("bob", Estimate())
    with pytest.raises(BudgetExceededError, match=r"\$0\.8000, more than the \$0\.6 it reserved"):
        budget.record_usage(first, Usage(cost_usd=0.2))

    await budget.commit(first, Spend(1.0, Usage(cost_usd=0.6)))
    await budget.commit(second, Spend())
    assert budget.spent_usd == pytest.approx(0.6)


async def test_an_unknown_price_counts_as_the_whole_reservation() -> None:
    """What nobody can price is not free."""
    budget = MemoryBudget(max_cost_usd=1.0, reserve_usd=0.3)
    reservation = await budget.check("alice", Estimate())

    budget.record_usage(reservation, Usage(cost_usd=None))
    await budget.commit(reservation, Spend(1.0, Usage(cost_usd=None)))

    assert budget.spent_usd == 0.3


async def test_a_refusal_says_what_is_used_up_and_what_to_do() -> None:
    """Each ceiling has its words."""
    runs, dollars = MemoryBudget(max_runs=1), MemoryBudget(max_cost_usd=0.5, reserve_usd=0.3)
    for budget in (runs, dollars):
        await budget.check("alice", Estimate())

    with pytest.raises(
        BudgetExceededError, match=r"budget of 1 runs is used up \(0 done, 1 running\); raise max_runs"
    ):
        await runs.check("alice", Estimate())
    with pytest.raises(
        BudgetExceededError, match=r"budget of \$0\.5 has \$0\.2000 left, and a run reserves \$0\.3"
    ) as refusal:
        await dollars.check("alice", Estimate())
    assert refusal.value.budget == "memory"


def test_a_ceiling_in_dollars_needs_a_reservation() -> None:
    """Without one, runs that start together would each see the whole budget."""
    with pytest.raises(ConfigError, match="max_cost_usd needs reserve_usd"):
        MemoryBudget(max_cost_usd=1.0)


async def test_a_reservation_that_is_not_open_is_refused() -> None:
    """Settling twice is a mistake of the host, and told."""
    with pytest.raises(LookupError, match="'nobody' is not open"):
        await MemoryBudget(max_runs=1).commit(Reservation("nobody", "alice"), Spend())


# ------------------------------------------------------------------------------------------------------ critic


async def test_a_critic_follows_its_script() -> None:
    """What it does is said once, as functions of what it sees."""
    looks: list[str] = []
    critic = ScriptedCritic(
        on_start=lambda handle: handle.set_max_steps(20),
        on_step=lambda handle, index, response: handle.send(f"That was step {index}."),
        on_tool_start=lambda handle, call: handle.kill(f"no {call.name}", kind="tool"),
    )
    handle = await critic.monitor(RUN, 90.0)
    handle.on_change(lambda: looks.append("look"))

    handle.record_step(1, RESPONSE)
    handle.set_deadline(30.0)
    handle.record_tool_start(CALL)
    handle.kill("too late")
    await handle.stop()

    assert critic.handles["run-1"] is handle
    assert (handle.max_steps(), handle.deadline()) == (20, 30.0)
    assert [message.text for message in handle.steer()] == ["That was step 1."]
    assert handle.kill_cause() == KillCause("no add", "tool")
    assert looks == ["look"] * 3
    assert (handle.steps, handle.tool_starts, handle.times_stopped) == ([RESPONSE], [CALL], 1)


async def test_a_critic_may_say_any_message() -> None:
    """Pictures too."""
    handle = await ScriptedCritic().monitor(RUN, 90.0)

    handle.send(Message.system("Stop."))

    assert handle.steer() == [Message.system("Stop.")]
    assert handle.steer() == ()


# ------------------------------------------------------------------------------------------------- checkpoints


async def test_a_journal_says_how_it_ended() -> None:
    """Once closed it takes nothing more."""
    checkpoints = MemoryCheckpoints()
    journal = await checkpoints.begin(RUN)
    assert await checkpoints.begin(RUN) is journal

    error = ValueError("no")
    await journal.fail(error)

    assert (journal.state, journal.error) == ("failed", error)
    with pytest.raises(
        RuntimeError, match=r"complete\(\) on the journal of run 'run-1', which is failed already"
    ):
        await journal.complete()


async def test_every_run_can_be_made_durable() -> None:
    """For tests of runs whose agents did not ask."""
    assert await MemoryCheckpoints().begin(RunInfo("run-1")) is None
    assert await MemoryCheckpoints(every_run=True).begin(RunInfo("run-1")) is not None


# ----------------------------------------------------------------------------------------------------- palette


async def test_a_palette_keeps_how_it_was_used() -> None:
    """Inputs and run are there to be looked at; a docstring is the description."""

    def greet(inputs: object, run: RunInfo) -> str:
        """Says hello."""
        return f"Hello from {run.run_id}"

    palette = MemoryPalette(skills={"greet": greet, "wave": "*waves*"})

    assert (await palette.resolve_skill("greet")).description == "Says hello."
    assert (await palette.resolve_skill("wave")).description == "The skill 'wave'."
    assert await palette.invoke_skill("greet", {"prompt": "x"}, RUN) == "Hello from run-1"
    with pytest.raises(ToolError, match=r"no agent named 'greet'\. There are none"):
        await palette.invoke_agent("greet", {}, RUN)
    assert [(use.kind, use.name, use.inputs) for use in palette.uses] == [
        ("skill", "greet", {"prompt": "x"}),
        ("agent", "greet", {}),
    ]


# -------------------------------------------------------------------------------------------------- permission


async def test_a_policy_decides_by_the_tools_name() -> None:
    """By word, decision or function; anything else by its default."""
    policy = ScriptedPolicy(
        {
            "add": "ask",
            "drop": Decision("deny", "never"),
            "pay": lambda arguments, caller: Decision("allow", caller.id),
        }
    )
    strict = ScriptedPolicy(otherwise="deny")
    tools = {name: tool(name=name)(do_nothing) for name in ("add", "drop", "pay", "other")}

    decisions = {name: await policy.decide(tool, {"a": 1}, Caller("alice")) for name, tool in tools.items()}

    assert decisions == {
        "add": Decision("ask", "the scripted policy says ask for 'add'"),
        "drop": Decision("deny", "never"),
        "pay": Decision("allow", "alice"),
        "other": Decision("allow"),
    }
    assert (await strict.decide(tools["add"], {}, Caller())).verdict == "deny"
    assert [question.tool for question in policy.questions] == ["add", "drop", "pay", "other"]


async def test_an_approver_follows_its_script() -> None:
    """Words, approvals, exceptions and functions, one per question."""

    async def later(request: ApprovalRequest) -> Approval:
        return Approval("allow", request.tool)

    approver = ScriptedApprover(
        [
            "allow",
            "deny",
            Approval("ask", "nobody is here"),
            later,
            lambda request: Approval("deny", "no"),
            OSError("gone"),
        ]
    )

    answers = [await approver.approve(approval_request()) for _ in range(5)]
    with pytest.raises(OSError, match="gone"):
        await approver.approve(approval_request())

    assert [(answer.verdict, answer.reason) for answer in answers] == [
        ("allow", ""),
        ("deny", "the scripted approver says deny"),
        ("ask", "nobody is here"),
        ("allow", "add"),
        ("deny", "no"),
    ]
    assert len(approver.requests) == 6
    assert approver.problems() == []


async def test_an_asker_follows_its_script() -> None:
    """Answers, exceptions and functions, one per question."""

    async def later(question: Question) -> str:
        return question.choices[0]

    asker = ScriptedAsker(["blue", later, lambda question: question.text, OSError("gone")])
    question = Question("1", RunInfo("r"), Caller("alice"), "Which?", ("red", "blue"))

    answers = [await asker.ask(question) for _ in range(3)]
    with pytest.raises(OSError, match="gone"):
        await asker.ask(question)

    assert answers == ["blue", "red", "Which?"]
    assert asker.questions == [question] * 4
    assert asker.problems() == []


async def test_an_asker_that_is_asked_too_much_says_so() -> None:
    """A run goes on without an answer, so it is remembered."""
    asker = ScriptedAsker([], strict=False)

    with pytest.raises(AssertionError, match="got 1 of the 0 questions of its script: 'Which"):
        await asker.ask(Question("1", RunInfo("r"), Caller("alice"), "Which?"))

    assert len(asker.problems()) == 1


async def test_an_approver_that_is_asked_too_much_says_so() -> None:
    """A run takes it for a denial, so it is remembered."""
    approver = ScriptedApprover([], strict=False)

    with pytest.raises(AssertionError, match="got 1 of the 0 questions of its script, about 'add'"):
        await approver.approve(approval_request())

    assert len(approver.problems()) == 1


# ------------------------------------------------------------------------------------------ sinks and observer


def test_sinks_keep_what_they_see() -> None:
    """In order, by reference."""
    usage, trace = MemoryUsageSink(), MemoryTraceSink()
    request = ModelRequest([])

    attempt = ModelAttempt("run-1", "", "fast", "vendor/model", 1, "answered", 0.5)

    usage.record_usage(attempt)
    trace.record_call(attempt, request, RESPONSE)

    assert usage.seen == [attempt]
    assert trace.seen[0].attempt is attempt
    assert (trace.seen[0].request, trace.seen[0].response) == (request, RESPONSE)


def test_a_redactor_masks_its_secrets_wherever_they_stand() -> None:
    """Deep, in keys, the longer secret first; the payload itself stays."""
    payload = {"token sk-1": ["use sk-12 or sk-1", {"a": "sk-1"}, 7, None, True], "b": "nothing"}
    before = repr(payload)

    clean = SecretRedactor(["sk-1", "sk-12", ""]).redact(payload)

    assert clean == {"token ***": ["use *** or ***", {"a": "***"}, 7, None, True], "b": "nothing"}
    assert repr(payload) == before


def test_an_observer_keeps_what_it_is_told() -> None:
    """Starts, events by run, and ends."""
    observer = MemoryObserver()

    observer.on_run_start(RUN)
    observer.on_event(RUN, "event")
    observer.on_run_end(RUN, "result")

    assert (observer.started, observer.events, observer.ended) == (
        [RUN],
        {"run-1": ["event"]},
        {"run-1": "result"},
    )
