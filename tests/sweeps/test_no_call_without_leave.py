"""No path reaches a tool's body without a recorded decision that allows exactly the arguments which the body got.

Over any tools, policies, people, standing approvals and calls, whatever any of them does wrong.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, cast

import pytest
from attrs import define, evolve, field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executus_core import (
    Agent,
    Executor,
    Invocation,
    Plugin,
    Ports,
    Provider,
    SessionTools,
    ToolContext,
    ToolRegistry,
    hookimpl,
    tool,
)
from executus_core.permission import PermissionRule, RulePolicy
from executus_core.plugin.executor import Executor as DiscoveringExecutor
from executus_core.record.permission import Approval, Decision, StandingApproval
from executus_core.testing import (
    FakeClock,
    MemoryAudit,
    MemoryModels,
    MemoryPalette,
    MemoryRecord,
    MemoryStandingApprovals,
    ScriptedModel,
    call,
    raw_call,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from executus_core import Result
    from executus_core.llm.json import JsonValue
    from executus_core.record.run import RunInfo
    from executus_core.record.tool import ApprovalRule, Tool
    from executus_core.testing.script import Call

pytestmark = pytest.mark.usefixtures("quiet")

NAMES = ("plain", "on_a_thread", "with_context", "of_the_run", "extra", "skill__echo")
DEFAULTS: dict[str, object] = {"number": 0, "items": None}


# ------------------------------------------------------------------------------------------ what happened, in order


@define
class Timeline:
    """Decisions as they are recorded and bodies as they begin, in one order."""

    entries: list[tuple[str, Mapping[str, object]]] = field(factory=list)

    def begin(self, name: str, **arguments: object) -> str:
        """A tool's body begins, with what it got."""
        self.entries.append(("body", {"tool": name, "arguments": arguments}))
        return "done"


class Witness(MemoryAudit):
    """An audit that puts each decision on the timeline, too."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self._timeline = timeline

    async def start_run(self, info: RunInfo) -> MemoryRecord:
        timeline = self._timeline

        class Record(MemoryRecord):
            def log_event(self, type: str, payload: Mapping[str, JsonValue]) -> None:  # noqa: A002
                if type == "permission":
                    timeline.entries.append(("decision", payload))
                super().log_event(type, payload)

        self.records[info.run_id] = Record(info)
        return self.records[info.run_id]


def make_tools(timeline: Timeline, needs: Mapping[str, ApprovalRule]) -> dict[str, Tool]:
    """Make one tool of each kind, all with the same arguments."""

    @tool
    async def plain(word: str, number: int = 0, items: list[str] | None = None) -> str:
        """Await nothing."""
        return timeline.begin("plain", word=word, number=number, items=items)

    @tool
    def on_a_thread(word: str, number: int = 0, items: list[str] | None = None) -> str:
        """Run on a thread."""
        return timeline.begin("on_a_thread", word=word, number=number, items=items)

    @tool(timeout_s=5)
    async def with_context(
        ctx: ToolContext, word: str, number: int = 0, items: list[str] | None = None
    ) -> str:
        """Take a context."""
        return timeline.begin("with_context", word=word, number=number, items=items)

    @tool(sequential=True)
    async def of_the_run(word: str, number: int = 0, items: list[str] | None = None) -> str:
        """Live as long as the run."""
        return timeline.begin("of_the_run", word=word, number=number, items=items)

    @tool
    async def extra(word: str, number: int = 0, items: list[str] | None = None) -> str:
        """Come with the invocation."""
        return timeline.begin("extra", word=word, number=number, items=items)

    made = (plain, on_a_thread, with_context, of_the_run, extra)
    return {one.name: evolve(one, needs_approval=needs.get(one.name, False)) for one in made}


# ------------------------------------------------------------------------------------------- those who decide wrong


async def hang() -> None:
    await asyncio.get_running_loop().create_future()


class EqualToAll:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


GARBAGE = (
    None,
    "allow",
    True,
    object(),
    Decision("Allow"),  # type: ignore[arg-type]
    Decision(EqualToAll()),  # type: ignore[arg-type]
    Decision("allow", arguments=5),  # type: ignore[arg-type]
    Decision("allow", arguments={"word": object()}),
    Decision("allow", arguments={"word": 5}),
    Approval("allow"),
)
RAISED = (OSError("no"), SystemExit("no"), asyncio.CancelledError("no"), StopIteration("no"))


@define
class Policy:
    """Does one thing, right or wrong, after some time."""

    does: str
    about: str
    verdict: str
    value: object
    seconds: float
    clock: FakeClock

    async def decide(self, tool, arguments, caller):
        if self.seconds:
            await self.clock.sleep(self.seconds)
        if self.does == "raise":
            raise cast("BaseException", self.value)
        if self.does == "hang":
            await hang()
        if self.does == "garbage":
            return self.value
        if self.does == "scribble":
            (arguments.get("items") or []).append("scribbled")
            return Decision("allow")
        if self.about not in (tool.name, "*"):
            return Decision("allow")
        if self.does == "change":
            return Decision(self.verdict, "r", arguments={**arguments, "word": self.value})  # type: ignore[arg-type]
        return Decision(self.verdict, "because")  # type: ignore[arg-type]


def policies(clock: FakeClock) -> st.SearchStrategy[object]:
    """Any policy."""

    def of(does: str, value: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
        verdicts = ["allow", "ask"] if does == "change" else ["allow", "allow", "ask", "deny", "terminate"]
        return st.builds(
            Policy,
            st.just(does),
            st.sampled_from(("*", *NAMES)),
            st.sampled_from(verdicts),
            value,
            st.sampled_from([0.0, 0.0, 1.0]),
            st.just(clock),
        )

    rules = st.builds(
        PermissionRule,
        st.sampled_from(("*", "plain", "*_*", "skill__*")),
        st.sampled_from(["allow", "ask", "deny", "terminate"]),
        st.dictionaries(
            st.sampled_from(["word", "number", "items"]), st.sampled_from(["a", "**", "1", "x*"])
        ),
    )
    return st.one_of(
        of("decide", st.none()),
        of("decide", st.none()),
        of("change", st.sampled_from(["changed", "a", 5])),
        of("scribble", st.none()),
        of("raise", st.sampled_from(RAISED)),
        of("hang", st.none()),
        of("garbage", st.sampled_from(GARBAGE)),
        st.builds(RulePolicy, st.lists(rules, max_size=3), default=st.sampled_from(["allow", "ask", "deny"])),
    )


ANSWERS = st.sampled_from(
    [
        *(Approval("allow", scope=scope) for scope in ("once", "run", "conversation", "always")),  # type: ignore[arg-type]
        *(Approval(verdict) for verdict in ("deny", "ask", "terminate", "yes")),  # type: ignore[arg-type]
        Approval("allow", scope="forever"),  # type: ignore[arg-type]
        Approval("allow", request_id="another"),
        "allow",
        None,
        OSError("no"),
        SystemExit("no"),
        "hang",
    ]
)


@define
class Person:
    """Answers in turn."""

    answers: list[object]
    asked: int = 0

    async def approve(self, request):
        answer = self.answers[self.asked % len(self.answers)]
        self.asked += 1
        (request.arguments.get("items") or []).append("scribbled")
        if answer == "hang":
            await hang()
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Liar(MemoryStandingApprovals):
    """Says of any call that somebody approved something."""

    async def find_approval(self, call):
        return StandingApproval("lie", evolve(call, arguments="{}"), "always")


class Wreck(MemoryStandingApprovals):
    """Can't be read."""

    async def find_approval(self, call):
        raise OSError("no disk")


STORES = st.sampled_from([None, MemoryStandingApprovals, Liar, Wreck])


def refuses(_arguments: Mapping[str, object]) -> bool:
    raise ValueError("no rule")


NEEDS = st.dictionaries(
    st.sampled_from(NAMES),
    st.sampled_from([True, refuses, lambda arguments: arguments.get("number", 0) > 0]),
    max_size=2,
)
ITEMS = st.lists(st.sampled_from("xy"), max_size=2)
CALLS = st.one_of(
    st.builds(
        lambda name, word, more: call(name, word=word, **more),
        st.sampled_from(NAMES),
        st.sampled_from("ab"),
        st.fixed_dictionaries({}, optional={"number": st.integers(0, 2), "items": ITEMS}),
    ),
    st.builds(
        raw_call,
        st.sampled_from((*NAMES, "nobody")),
        st.sampled_from(['{"word": "a", "word": "b"}', '{"word": 5}', "{", '{"number": 1}', "[]"]),
    ),
)
SCRIPTS = st.lists(st.lists(CALLS, min_size=1, max_size=4), min_size=1, max_size=3)


# -------------------------------------------------------------------------------------------------------- the hosts


@define
class World:
    """One run of a script under everything that decides."""

    clock: FakeClock
    script: Sequence[Sequence[Call]]
    policies: Sequence[object]
    person: Person | None
    store: MemoryStandingApprovals | None
    needs: Mapping[str, ApprovalRule]
    timeline: Timeline = field(factory=Timeline)
    audit: Witness = field(init=False)
    palette: MemoryPalette = field(init=False)
    model: ScriptedModel = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.audit = Witness(self.timeline)
        self.palette = MemoryPalette(skills={"echo": self._echo})
        self.model = ScriptedModel([*self.script, "done"], clock=self.clock, strict=False)

    def _echo(self, inputs: Mapping[str, JsonValue], _run: RunInfo) -> str:
        return self.timeline.begin("skill__echo", **inputs)

    async def run(self, make: Callable[[World, list[Tool]], Executor]) -> Result[None]:
        """Run it on a host that was made of these tools."""
        tools = make_tools(self.timeline, self.needs)
        ours = [tools[name] for name in ("plain", "on_a_thread", "with_context")]
        agent = Agent(name="x", tools=tuple(one.name for one in ours), skills=("echo",))
        invocation = Invocation(
            caller_id="alice",
            channel_id="general",
            extra_tools=(tools["extra"],),
            session_tool_factory=lambda _session: SessionTools([tools["of_the_run"]]),
        )
        return await self.clock.run_until(make(self, ours).run(agent, "go", invocation))


def make_explicit(world: World, tools: list[Tool]) -> Executor:
    """Compose a host by hand."""
    ports = Ports(
        audit=world.audit,
        palette=world.palette,
        policies=list(world.policies),  # type: ignore[arg-type]
        approver=world.person,
        standing_approvals=world.store,
        clock=world.clock,
    )
    return Executor(models=world.model, registry=ToolRegistry(tools), ports=ports)


@define
class Everything:
    """A plugin that provides the whole world."""

    world: World
    tools: list[Tool]
    plugin = Plugin(summary="Everything")

    @hookimpl
    def executus_provide_tools(self, context):
        yield from self.tools

    @hookimpl
    def executus_provide_model(self, context):
        yield Provider("scripted", lambda: MemoryModels({"fast": self.world.model}))

    @hookimpl
    def executus_provide_audit(self, context):
        yield Provider("witness", lambda: self.world.audit)

    @hookimpl
    def executus_provide_palette(self, context):
        yield Provider("memory", lambda: self.world.palette)

    @hookimpl
    def executus_provide_policies(self, context):
        for number, policy in enumerate(self.world.policies):
            yield Provider(f"policy-{number}", lambda policy=policy: policy)

    @hookimpl
    def executus_provide_approver(self, context):
        if self.world.person is not None:
            yield Provider("person", lambda: self.world.person)

    @hookimpl
    def executus_provide_standing_approvals(self, context):
        if self.world.store is not None:
            yield Provider("store", lambda: self.world.store)


def make_discovered(world: World, tools: list[Tool]) -> Executor:
    """Compose a host of plugins and of rules in its settings, as the command line does."""
    rules = [
        {"tool": "plugin:everything", "arguments": {"word": "b"}, "verdict": "deny"},
        {"tool": "extra", "verdict": "ask"},
    ]
    found = DiscoveringExecutor.discover(
        enable=[],
        plugins={"everything": Everything(world, tools)},
        settings={"permissions": {"default": "allow", "rules": rules}},
    )
    return DiscoveringExecutor(
        models=found._host.models, registry=found.registry, ports=evolve(found.ports, clock=world.clock)
    )


# -------------------------------------------------------------------------------------------------------- the check


def check(world: World, result: Result[None]) -> None:
    """Hold each body against the decisions before it."""
    calls = {one.id: one for message in result.messages for one in message.tool_calls}
    decided = [cast("str", what["call_id"]) for kind, what in world.timeline.entries if kind == "decision"]
    assert len(set(decided)) == len(decided), "a call was decided about twice"
    assert set(decided) <= set(calls)
    allowed: Counter[str] = Counter()
    is_over = False
    for kind, what in world.timeline.entries:
        if kind == "decision":
            is_over = is_over or what["verdict"] == "terminate"
            if what["verdict"] == "allow":
                allowed[_key(what["tool"], _final(calls[cast("str", what["call_id"])].arguments, what))] += 1
            continue
        key = _key(what["tool"], cast("Mapping[str, object]", what["arguments"]))
        allowed[key] -= 1
        assert allowed[key] >= 0, f"{key} ran, and nobody allowed it"
        # a thread that has started begins in its own time
        assert not is_over or what["tool"] == "on_a_thread", f"{key} ran after the run was over"


def _final(raw: str, decision: Mapping[str, object]) -> Mapping[str, object]:
    """Work out from the record alone with which arguments a call was allowed."""
    arguments: dict[str, object] = json.loads(raw)
    for change in cast("list[Mapping[str, Mapping[str, object]]]", decision.get("changes", [])):
        for name in change["before"]:
            del arguments[name]
        arguments.update(change["after"])
    return arguments


def _key(name: object, arguments: Mapping[str, object]) -> str:
    given = arguments if name == "skill__echo" else {**DEFAULTS, **arguments}
    return f"{name} {json.dumps(given, sort_keys=True)}"


def run_and_check(data: st.DataObject, make: Callable[[World, list[Tool]], Executor]) -> None:
    clock = FakeClock()
    store = data.draw(STORES)
    answers = data.draw(st.lists(ANSWERS, max_size=4))
    world = World(
        clock,
        data.draw(SCRIPTS),
        data.draw(st.lists(policies(clock), max_size=3)),
        Person(answers) if answers else None,
        store() if store else None,
        data.draw(NEEDS),
    )
    check(world, asyncio.run(world.run(make)))


THOROUGH = settings(
    max_examples=1000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@given(data=st.data())
@settings(parent=THOROUGH, max_examples=60)
def test_no_tool_runs_but_as_it_was_allowed(data: st.DataObject) -> None:
    """On a host of explicit parts."""
    run_and_check(data, make_explicit)


@given(data=st.data())
@settings(parent=THOROUGH, max_examples=15)
def test_no_tool_of_a_discovered_host_runs_but_as_it_was_allowed(data: st.DataObject) -> None:
    """With policies of plugins, and rules in its settings behind them."""
    run_and_check(data, make_discovered)


@pytest.mark.slow
@given(data=st.data())
@THOROUGH
def test_no_tool_runs_but_as_it_was_allowed_in_full(data: st.DataObject) -> None:
    """The same at length."""
    run_and_check(data, make_explicit)


def test_what_is_allowed_does_run() -> None:
    """Each kind of tool is reached, changed arguments and standing approvals too, so that the checks look at something."""
    clock = FakeClock()
    changed = Policy("change", "with_context", "allow", "changed", 0.0, clock)
    asked = Policy("decide", "extra", "ask", None, 0.0, clock)
    calls = [call(name, word="a", items=["x"]) for name in NAMES]
    person = Person([Approval("allow", scope="run")])
    world = World(clock, [calls, [call("extra", word="a", items=["x"])]], [changed, asked], person, None, {})

    result = asyncio.run(world.run(make_explicit))
    check(world, result)

    bodies = [what for kind, what in world.timeline.entries if kind == "body"]
    assert Counter(what["tool"] for what in bodies) == Counter((*NAMES, "extra"))
    words = {what["tool"]: cast("dict[str, object]", what["arguments"])["word"] for what in bodies}
    assert words["with_context"] == "changed"
    assert person.asked == 1


@pytest.mark.parametrize("fault", ["unrecorded", "other arguments", "after the end"])
def test_the_check_catches_a_call_that_nobody_allowed(fault: str) -> None:
    """A body that no decision stands for, that got something else, or that began when the run was over."""
    world = World(FakeClock(), [[call("plain", word="a")]], [], None, None, {})
    result = asyncio.run(world.run(make_explicit))
    check(world, result)

    entries = world.timeline.entries
    if fault == "unrecorded":
        del entries[0]
    elif fault == "other arguments":
        entries[1] = ("body", {"tool": "plain", "arguments": {"word": "b", **DEFAULTS}})
    else:
        entries.insert(0, ("decision", {"call_id": "call_1", "verdict": "terminate"}))
        entries[1] = ("decision", {**entries[1][1], "call_id": "call_2"})
        result.messages[1].tool_calls[0].id = "call_2"  # type: ignore[misc]

    with pytest.raises(AssertionError):
        check(world, result)
