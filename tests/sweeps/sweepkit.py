"""What the sweeps share: one run that uses every port, in memory, and what must hold of it whatever goes wrong."""

from __future__ import annotations

import asyncio
import functools
import types
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, TypeVar  # noqa: TID251 - what a coroutine is sent is anybody's

from attrs import define, evolve, field

from executus_core.config.defaults import Defaults
from executus_core.llm.message import ImagePart, Message
from executus_core.llm.usage import Usage
from executus_core.ports import Ports
from executus_core.record.agent import Agent
from executus_core.record.artifact import Artifact, InputFile, PostRunResult
from executus_core.record.caller import Caller, Target
from executus_core.record.events import RunFinished, RunStarted, ToolFinished, ToolStarted
from executus_core.record.invocation import Invocation
from executus_core.record.permission import Approval
from executus_core.record.session import AgentSession, SessionTools
from executus_core.record.tool import ToolContext  # noqa: TC001 - a tool's annotations are read at run time
from executus_core.run.executor import Executor
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryBudget,
    MemoryCheckpoints,
    MemoryDelivery,
    MemoryIdentity,
    MemoryInputFiles,
    MemoryModels,
    MemoryObserver,
    MemoryPalette,
    MemoryStandingApprovals,
    MemoryTraceSink,
    MemoryUsageSink,
    ScriptedApprover,
    ScriptedAsker,
    ScriptedCritic,
    ScriptedModel,
    ScriptedPolicy,
    call,
)
from executus_core.tool import ToolRegistry, tool

if TYPE_CHECKING:
    from executus_core.ports.compactor import CompactionRun, Compactor
    from executus_core.record.events import RunEvent
    from executus_core.record.result import Result
    from executus_core.record.run import RunInfo
    from executus_core.testing.script import Entry

T = TypeVar("T")
Wrap = Callable[[str, object], object]
"""Puts something between a run and a provider; told the provider's plugin name."""

PICTURE = ImagePart(b"\x89PNG")


class Proxy:
    """A provider with some attributes replaced; a replacement made by ``Computed`` is computed at each look."""

    def __init__(self, inner: object, **replaced: object) -> None:
        self._inner = inner
        self._replaced = replaced

    def __getattr__(self, name: str) -> object:
        if name in self._replaced:
            value = self._replaced[name]
            return value.compute() if isinstance(value, Computed) else value
        return getattr(self._inner, name)

    def __call__(self, *args: object) -> object:
        return self._replaced.get("__call__", self._inner)(*args)  # type: ignore[operator]


@define
class Computed:
    """An attribute that is computed at each look, as a property is."""

    compute: Callable[[], object]


class QuietCompactor:
    """A compactor that looks and leaves the transcript as it is."""

    def __init__(self) -> None:
        self.asked = 0

    def bind(self, run: CompactionRun) -> None:
        self.run = run

    async def compact(self, messages: Sequence[Message], tokens: int) -> Sequence[Message] | None:
        assert messages
        assert tokens
        self.asked += 1
        return None


class AsyncObserver:
    """An observer whose methods are coroutines that really wait."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def on_run_start(self, run: RunInfo) -> None:
        await asyncio.sleep(0)
        self.seen.append("start")

    async def on_event(self, run: RunInfo, event: RunEvent) -> None:
        await asyncio.sleep(0)
        self.seen.append(type(event).__name__)

    async def on_run_end(self, run: RunInfo, result: Result[object]) -> None:
        await asyncio.sleep(0)
        self.seen.append("end")


_CALLED: ContextVar[list[str]] = ContextVar("called")
"""Where the tools say that they ran: they are made once, since making one costs more than a run."""


@tool(visibility="public")
def add(a: int, b: int) -> int:
    """Add two numbers on a worker thread."""
    _CALLED.get().append("add")
    return a + b


@tool(visibility="public", timeout_s=5)
async def wait(turns: int) -> str:
    """Wait some turns of the event loop."""
    _CALLED.get().append("wait")
    for _ in range(turns):
        await asyncio.sleep(0)
    return "waited"


@tool(visibility="public", scopes={"net"})
async def guarded(what: str) -> str:
    """Do what a person must allow."""
    _CALLED.get().append("guarded")
    return f"did {what}"


@tool(visibility="public")
async def broken() -> str:
    """Fail."""
    _CALLED.get().append("broken")
    raise ValueError("broken inside")


@tool(visibility="public")
async def look(ctx: ToolContext) -> str:
    """Show a picture."""
    _CALLED.get().append("look")
    ctx.attach_images("look at this", PICTURE)
    return "shown"


@tool(visibility="public")
async def note(ctx: ToolContext, text: str) -> str:
    """Note something: a session tool."""
    _CALLED.get().append("note")
    await asyncio.sleep(0)
    ctx.attach(Artifact("note.txt", "text/plain", text.encode()))
    return "noted"


@tool(visibility="public")
async def consult(ctx: ToolContext, question: str) -> str:
    """Ask a person."""
    _CALLED.get().append("consult")
    return await ctx.ask(question)


AGENT = Agent(
    name="everything",
    system_prompt="Use everything.",
    tools=("add", "wait", "guarded", "broken", "look", "consult"),
    skills=("sum",),
    sub_agents=("aid",),
    critic=True,
    durable=True,
)
"""An agent that uses everything."""


@define(eq=False)
class World:
    """Every port in memory, a scripted model, and tools that use all of them.

    Attributes:
        script: What the model answers.
        wrap: Put between the run and each provider.
        tools_called: Which tools really ran, in order.
        sessions: How often session tools were made.
        cleanups: How often the session was cleaned up.
        post_runs: How often its post-run hook ran.
        events: What the invocation's listener was told.
    """

    script: Sequence[Entry] = ()
    wrap: Wrap = lambda _name, provider: provider
    streams: bool = False
    defaults: Defaults = field(factory=lambda: Defaults(compaction_threshold_ratio=0.001))
    clock: FakeClock = field(factory=FakeClock)
    audit: MemoryAudit = field(factory=MemoryAudit)
    budget: MemoryBudget = field(factory=lambda: MemoryBudget(max_cost_usd=10.0, reserve_usd=1.0))
    critic: ScriptedCritic = field(factory=ScriptedCritic)
    checkpoints: MemoryCheckpoints = field(factory=MemoryCheckpoints)
    palette: MemoryPalette = field(
        factory=lambda: MemoryPalette(skills={"sum": "summed"}, agents={"aid": "helped"})
    )
    delivery: MemoryDelivery = field(factory=lambda: MemoryDelivery(["memory"]))
    files: MemoryInputFiles = field(factory=MemoryInputFiles)
    identity: MemoryIdentity = field(
        factory=lambda: MemoryIdentity([Caller("alice", scopes=frozenset({"net"}))])
    )
    policy: ScriptedPolicy = field(factory=lambda: ScriptedPolicy({"guarded": "ask"}))
    approver: ScriptedApprover = field(
        factory=lambda: ScriptedApprover([Approval("allow", scope="always")] * 9, strict=False)
    )
    standing: MemoryStandingApprovals = field(factory=MemoryStandingApprovals)
    asker: ScriptedAsker = field(factory=lambda: ScriptedAsker(["blue"] * 9, strict=False))
    usage_sink: MemoryUsageSink = field(factory=MemoryUsageSink)
    trace_sink: MemoryTraceSink = field(factory=MemoryTraceSink)
    observer: MemoryObserver = field(factory=MemoryObserver)
    async_observer: AsyncObserver = field(factory=AsyncObserver)
    compactor: QuietCompactor = field(factory=QuietCompactor)
    tools_called: list[str] = field(factory=list)
    sessions: int = 0
    cleanups: int = 0
    post_runs: int = 0
    events: list[RunEvent] = field(factory=list)
    model: ScriptedModel = field(init=False)
    executor: Executor = field(init=False)

    def __attrs_post_init__(self) -> None:
        _CALLED.set(self.tools_called)
        self.model = ScriptedModel(
            self.script,
            context_tokens=1_000,
            clock=self.clock,
            strict=False,
            usage=Usage(10, 5, cost_usd=0.01),
        )
        wrapped = {
            "audit": self.audit,
            "budget": self.budget,
            "critic": self.critic,
            "checkpointer": self.checkpoints,
            "palette": self.palette,
            "delivery": self.delivery,
            "input_files": self.files,
            "identity": self.identity,
            "policy": self.policy,
            "approver": self.approver,
            "standing": self.standing,
            "asker": self.asker,
            "usage": self.usage_sink,
            "trace": self.trace_sink,
            "observer": self.observer,
            "async_observer": self.async_observer,
            "compactor": self._make_compactor,
            "models": MemoryModels({"fast": self.model}),
        }
        provider = {name: self.wrap(name, inner) for name, inner in wrapped.items()}
        ports = Ports(
            audit=provider["audit"],  # type: ignore[arg-type]
            budget=provider["budget"],  # type: ignore[arg-type]
            critic=provider["critic"],  # type: ignore[arg-type]
            checkpointer=provider["checkpointer"],  # type: ignore[arg-type]
            palette=provider["palette"],  # type: ignore[arg-type]
            delivery=provider["delivery"],  # type: ignore[arg-type]
            input_files=provider["input_files"],  # type: ignore[arg-type]
            identity=provider["identity"],  # type: ignore[arg-type]
            policies=provider["policy"],  # type: ignore[arg-type]
            approver=provider["approver"],  # type: ignore[arg-type]
            standing_approvals=provider["standing"],  # type: ignore[arg-type]
            asker=provider["asker"],  # type: ignore[arg-type]
            usage_sink=provider["usage"],  # type: ignore[arg-type]
            trace_sink=provider["trace"],  # type: ignore[arg-type]
            observers=[provider["observer"], provider["async_observer"]],  # type: ignore[list-item]
            compactor=provider["compactor"],  # type: ignore[arg-type]
            clock=self.clock,
            names={id(each): f"plugin-{name}" for name, each in provider.items()},
        )
        self.executor = Executor(
            models=provider["models"],  # type: ignore[arg-type]
            registry=ToolRegistry([add, wait, guarded, broken, look, consult]),
            ports=ports,
            defaults=self.defaults,
        )

    @property
    def invocation(self) -> Invocation:
        """An invocation that uses everything."""
        return Invocation(
            caller_id="alice",
            idempotency_key="once",
            images=(PICTURE,),
            input_files=(InputFile("notes.txt", "text/plain", b"notes"),),
            session_tool_factory=self.wrap("session", self._open_session),  # type: ignore[arg-type]
            delivery=Target("memory", "inbox"),
            on_event=self.wrap("on_event", self.events.append),  # type: ignore[arg-type]
        )

    async def run(self) -> Result[None]:
        """Run the agent to its result, in the caller's task, or streamed beside it."""
        if not self.streams:
            return await self.executor.run(AGENT, "Use everything.", self.invocation)
        async with self.executor.stream(AGENT, "Use everything.", self.invocation) as run:
            async for _ in run:
                pass
            return await run

    def _make_compactor(self, threshold: int, on_fire: Callable[[int, int], None]) -> Compactor:
        return self.compactor

    async def _open_session(self, _session: AgentSession) -> SessionTools:
        await asyncio.sleep(0)

        async def post_run(
            transcript: Sequence[Message], output: str, error: BaseException | None
        ) -> PostRunResult:
            self.post_runs += 1
            await asyncio.sleep(0)
            return PostRunResult(
                [Artifact("end.txt", "text/plain", output.encode())], {"messages": len(transcript)}
            )

        async def cleanup() -> None:
            self.cleanups += 1
            await asyncio.sleep(0)

        self.sessions += 1
        tools = SessionTools([note], post_run, cleanup)
        return evolve(
            tools,
            post_run=self.wrap("post_run", post_run),
            cleanup=self.wrap("cleanup", cleanup),
        )


EVERYTHING: tuple[Entry, ...] = (
    [call("add", a=1, b=2), call("wait", turns=2), call("note", text="hello")],
    [call("broken")],
    [call("skill__sum", prompt="sum"), call("agent__aid", prompt="aid")],
    [call("guarded", what="it")],
    [call("look"), call("consult", question="Which colour?")],
    "all done",
)
"""A script that uses every port of ``World``."""


def assert_whole(messages: Sequence[Message]) -> None:
    """Check that a transcript is one that a provider would take: each call has its one result, right after it."""
    waiting: list[str] = []
    for message in messages:
        if message.role == "tool":
            assert message.tool_call_id in waiting, f"a result without its call: {message}"
            waiting.remove(message.tool_call_id)
            continue
        assert not waiting, f"calls without a result: {waiting}"
        waiting = [each.id for each in message.tool_calls]
        assert len(set(waiting)) == len(waiting), f"ids used twice: {waiting}"
        assert message.role == "assistant" or not waiting, "only a model calls tools"
    assert not waiting, f"calls without a result: {waiting}"


def outcome(result: Result[None]) -> tuple[object, ...]:
    """Give what an observer's fault must leave as it is."""
    steps = [(step.index, step.tool_call, step.result, step.is_error) for step in result.steps]
    return (result.status, result.output, steps, result.usage, result.messages, repr(result.error))


def assert_paired(events: Sequence[RunEvent]) -> None:
    """Check that each start has its one end, in order, and that nothing comes after the run's."""
    if not events:
        return
    assert [type(event) for event in events].count(RunStarted) == 1
    assert type(events[0]) is RunStarted
    assert [type(event) for event in events].count(RunFinished) == 1
    assert type(events[-1]) is RunFinished, f"after the end: {events[-1]}"
    going_on: list[str] = []
    for event in events:
        if isinstance(event, ToolStarted):
            assert event.call.id not in going_on
            going_on.append(event.call.id)
        elif isinstance(event, ToolFinished):
            assert event.call.id in going_on, f"an end without its start: {event}"
            going_on.remove(event.call.id)
    assert not going_on, f"starts without their end: {going_on}"


@define(eq=False)
class Suspensions:
    """Counts every suspension of a task and of all tasks that it starts, and acts at some of them.

    Attributes:
        act: Called with the number of each suspension, counted from 1, while the task that suspends still runs.
        count: How many there were.
    """

    act: Callable[[int], None] = lambda _number: None
    count: int = 0

    async def drive(self, clock: FakeClock, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run a coroutine to its end, whatever that is, and give its task."""
        loop = asyncio.get_running_loop()
        context = copy_context()
        context.run(_SUSPENSIONS.set, self)
        before = loop.get_task_factory()
        loop.set_task_factory(_make_counted_task)
        try:
            task = loop.create_task(coroutine, context=context)
            await clock.run_until(asyncio.wait([task]))
        finally:
            loop.set_task_factory(before)
        return task

    def suspended(self) -> None:
        """Count one."""
        self.count += 1
        self.act(self.count)


_SUSPENSIONS: ContextVar[Suspensions | None] = ContextVar("suspensions", default=None)


@types.coroutine
def _counted(coroutine: Coroutine[Any, Any, T], suspensions: Suspensions) -> Generator[Any, Any, T]:
    """Drive a coroutine, telling of each of its suspensions."""
    step = functools.partial(coroutine.send, None)
    while True:
        try:
            waits_for = step()
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        suspensions.suspended()
        try:
            yield waits_for
        except BaseException as error:
            step = functools.partial(coroutine.throw, error)
        else:
            step = functools.partial(coroutine.send, None)


async def _as_coroutine(coroutine: Coroutine[Any, Any, T], suspensions: Suspensions) -> T:
    return await _counted(coroutine, suspensions)


def _make_counted_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
    context = options.get("context")
    suspensions = context.get(_SUSPENSIONS) if context is not None else _SUSPENSIONS.get()
    if suspensions is not None:
        coroutine = _as_coroutine(coroutine, suspensions)
    return asyncio.Task(coroutine, loop=loop, **options)
