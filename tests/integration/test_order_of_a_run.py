"""What one run does, in order: opening, bounds, loop, settling, cleanup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from typing_extensions import override

from executus_core import Agent, Caller, Executor, InputFile, Invocation, Ports, SessionTools, Target
from executus_core.record.budget import Reservation
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryJournal,
    MemoryRecord,
    ScriptedCriticHandle,
    ScriptedModel,
    delay,
)
from executus_core.testing.memory.critic import ScriptedCritic

if TYPE_CHECKING:
    from executus_core.llm import Model
    from executus_core.record.budget import Estimate, Spend
    from executus_core.record.run import RunInfo, RunStats


class Diary:
    """Every port of a run in one, writing down what it is asked and when."""

    kinds = ("diary",)
    model: Model

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        self.lines.append(line)

    async def start_run(self, info: RunInfo) -> MemoryRecord:
        self.write("audit opens")
        return NotedRecord(self, info)

    async def check(self, caller_id: str, estimate: Estimate) -> Reservation:
        self.write(f"budget checks {caller_id}")
        return Reservation("r", caller_id, estimate)

    async def commit(self, reservation: Reservation, spend: Spend) -> None:
        self.write("budget commits")

    async def monitor(self, info: RunInfo, soft_timeout: float) -> ScriptedCriticHandle:
        self.write("critic begins")
        return NotedHandle(self, info, soft_timeout)

    async def begin(self, info: RunInfo) -> MemoryJournal:
        self.write("checkpoint begins")
        return NotedJournal(self, info)

    async def interrupted(self) -> list[object]:
        return []

    async def resolve(self, asked: object) -> object:
        if isinstance(asked, Invocation):
            self.write("identity resolves")
            return Caller("alice")
        self.write(f"model resolves {asked}")
        return self.model

    async def stage(self, run_id: str, agent_id: str, name: str, media_type: str, content: bytes) -> str:
        self.write(f"stager keeps {name}")
        return f"id-of-{name}"

    async def deliver(self, target: Target, output: str, artifacts: object) -> None:
        self.write(f"delivers {output}")

    async def deliver_error(self, target: Target, error: BaseException) -> None:
        self.write(f"delivers {type(error).__name__}")


class NotedRecord(MemoryRecord):
    """A record that notes its end."""

    def __init__(self, diary: Diary, info: RunInfo) -> None:
        super().__init__(info)
        self.diary = diary

    @override
    async def close(self, stats: RunStats) -> None:
        self.diary.write(f"audit closes: {stats.status}")


class NotedJournal(MemoryJournal):
    """A journal that notes its end."""

    def __init__(self, diary: Diary, info: RunInfo) -> None:
        super().__init__(info)
        self.diary = diary

    @override
    async def complete(self) -> None:
        self.diary.write("checkpoint completes")

    @override
    async def fail(self, error: BaseException) -> None:
        self.diary.write(f"checkpoint fails: {type(error).__name__}")


class NotedHandle(ScriptedCriticHandle):
    """A supervision that notes its end."""

    def __init__(self, diary: Diary, info: RunInfo, soft_timeout: float) -> None:
        super().__init__(ScriptedCritic(), info, soft_timeout)
        self.diary = diary

    @override
    async def stop(self) -> None:
        self.diary.write("critic stops")


def _everything(diary: Diary) -> tuple[Executor, Invocation]:
    def factory(session: object) -> SessionTools:
        diary.write("session tools")
        return SessionTools(
            post_run=lambda transcript, output, error: diary.write(
                f"post-run '{output}' {type(error).__name__}"
            ),
            cleanup=lambda: diary.write("session cleanup"),
        )

    ports = Ports(
        audit=diary,
        budget=diary,
        critic=diary,
        checkpointer=diary,
        identity=diary,
        input_files=diary,
        delivery=diary,
    )
    invocation = Invocation(
        caller_id="alice",
        input_files=(InputFile("a.csv", "text/csv", b"1"), InputFile("b.csv", "text/csv", b"2")),
        session_tool_factory=factory,
        delivery=Target("diary", "1"),
    )
    return Executor(models=diary, ports=ports), invocation


OPENING = [
    "audit opens",
    "identity resolves",
    "budget checks alice",
    "model resolves fast",
    "stager keeps a.csv",
    "stager keeps b.csv",
    "session tools",
    "checkpoint begins",
    "critic begins",
    "model answers",
]


async def test_a_run_goes_through_its_stages_in_the_order_of_the_contract() -> None:
    """One run with everything on, from the audit's opening to the last cleanup."""
    diary = Diary()
    diary.model = ScriptedModel([lambda _: (diary.write("model answers"), "done")[1]])
    executor, invocation = _everything(diary)

    result = await executor.run(Agent(name="x", critic=True, durable=True), "go", invocation)

    assert result.notes == ()
    assert diary.lines == [
        *OPENING,
        "post-run 'done' NoneType",
        "audit closes: ok",
        "budget commits",
        "checkpoint completes",
        "delivers done",
        "critic stops",
        "session cleanup",
    ]


async def test_a_failed_run_is_settled_in_the_same_order() -> None:
    """A failure closes, commits, fails the checkpoint and delivers its error."""
    diary = Diary()

    def fail(_request: object) -> str:
        diary.write("model answers")
        raise OSError("no network")

    diary.model = ScriptedModel([fail])
    executor, invocation = _everything(diary)

    result = await executor.run(Agent(name="x", critic=True, durable=True), "go", invocation)

    assert result.status == "error"
    assert diary.lines == [
        *OPENING,
        "post-run '' OSError",
        "audit closes: error",
        "budget commits",
        "checkpoint fails: OSError",
        "delivers OSError",
        "critic stops",
        "session cleanup",
    ]


async def test_a_run_gets_a_fresh_sortable_id_or_keeps_the_invocations() -> None:
    """A fresh id is a UUIDv7, and later ones sort after earlier ones."""
    executor = Executor(models=ScriptedModel(["a", "b", "c"]))
    agent = Agent(name="x")

    first, second = [(await executor.run(agent, "go")).run_id for _ in range(2)]
    own = (await executor.run(agent, "go", Invocation(run_id="mine"))).run_id

    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)
    assert first < second
    assert own == "mine"


async def test_a_result_tells_when_the_run_started_and_how_long_it_took(fake_clock: FakeClock) -> None:
    """The time is the clock's."""
    model = ScriptedModel([delay(7, "done")], clock=fake_clock)
    started_at_s = fake_clock.time()

    result = await fake_clock.run_until(
        Executor(models=model, ports=Ports(clock=fake_clock)).run(Agent(name="x"), "go")
    )

    assert (result.started_at_s, result.duration) == (started_at_s, 7)


async def test_ports_learn_what_the_run_is() -> None:
    """The agent, the invocation and the caps that were filled in."""
    audit = MemoryAudit()
    invocation = Invocation(
        run_id="r", caller_id="al", channel_id="c", guild_id="g", parent_run_id="p", inputs={"topic": "bees"}
    )

    await Executor(models=ScriptedModel(["ok"]), ports=Ports(audit=audit)).run(
        Agent(id="a-1", name="x"), "go", invocation
    )

    info = audit.records["r"].info
    assert (info.run_id, info.subject_id, info.name, info.caller_id) == ("r", "a-1", "x", "al")
    assert (info.channel_id, info.guild_id, info.parent_run_id) == ("c", "g", "p")
    assert (info.model_tier, info.max_steps, info.max_runtime_s) == ("fast", 12, 60)
    assert info.inputs["topic"] == "bees"
    assert info.started_at is not None


async def test_the_audit_records_what_the_run_was_asked() -> None:
    """A record without its question is of little use."""
    audit = MemoryAudit()

    result = await Executor(models=ScriptedModel(["ok"]), ports=Ports(audit=audit)).run(
        Agent(name="x"), "What is up?"
    )

    event = audit.records[result.run_id].events[0]
    assert (event.type, event.payload["text"]) == ("run.input", "What is up?")


async def test_the_direct_path_is_exactly_one_model_call() -> None:
    """With an empty toolbox there is one question and one answer, and no tools are offered."""
    model = ScriptedModel(["hello"])

    result = await Executor(models=model).run(Agent(name="x"), "hi")

    assert (result.output, result.usage.requests, len(result.messages)) == ("hello", 1, 2)
    assert not model.requests[0].tools


async def test_the_hosts_header_stands_before_every_system_prompt() -> None:
    """House rules come first."""
    model = ScriptedModel(["a", "b"])
    executor = Executor(models=model, system_header="House rules.")

    await executor.run(Agent(name="x", system_prompt="Be brief."), "hi")
    await executor.run(Agent(name="y"), "hi")

    assert [request.messages[0].text for request in model.requests] == [
        "House rules.\n\nBe brief.",
        "House rules.",
    ]
