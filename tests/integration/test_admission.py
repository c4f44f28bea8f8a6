"""Stages 1 and 2 of permission: every tool of a run passes them, wherever it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from executus_core import (
    Agent,
    Caller,
    ConfigError,
    Executor,
    Invocation,
    Ports,
    SessionTools,
    ToolContext,
    ToolRegistry,
    tool,
)
from executus_core.errors import ToolPermissionError
from executus_core.testing import MemoryAudit, MemoryIdentity, MemoryPalette, ScriptedModel, call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core import AgentSession, Result
    from executus_core.llm import JsonValue
    from executus_core.tool import Tool

WAYS = ("registry", "extra", "factory", "pack", "palette")


def make(name: str, **options: object) -> Tool:
    """Make a tool that does nothing."""
    return tool(name=name, **options)(lambda: None)  # type: ignore[call-overload,no-any-return]


class World:
    """One tool that comes in one way, and all that may refuse it."""

    def __init__(
        self,
        way: str,
        brought: Tool,
        *,
        allow: Sequence[str] = ("*",),
        deny: Sequence[str] = (),
        answers: int = 1,
    ) -> None:
        def factory(_session: AgentSession) -> SessionTools:
            self.opened.append(way)
            return SessionTools([brought])

        self.opened: list[str] = []
        self.audit = MemoryAudit()
        self.model = ScriptedModel(["done"] * answers)
        self.name = "agent__helper" if way == "palette" else brought.name
        named = {"registry": brought.name, "pack": "kit"}.get(way)
        self.agent = Agent(
            name="x", tools=(named,) if named else (), sub_agents=("helper",) if way == "palette" else ()
        )
        self.invocation = Invocation(
            caller_id="al",
            extra_tools=[brought] if way == "extra" else (),
            session_tool_factory=factory if way == "factory" else None,
        )
        self.executor = Executor(
            models=self.model,
            registry=ToolRegistry([brought] if way == "registry" else (), allow=allow, deny=deny),
            ports=Ports(
                audit=self.audit,
                identity=MemoryIdentity([Caller("al")]),
                palette=MemoryPalette(agents={"helper": "helped"}),
                session_tools={"kit": factory},
            ),
        )

    async def run(self, **changes: object) -> Result:
        """Run the agent once."""
        return await self.executor.run(self.agent, "go", evolve(self.invocation, **changes))

    def events(self, kind: str) -> list[Mapping[str, JsonValue]]:
        """List what the last run put into the record of one kind."""
        *_, record = self.audit.records.values()
        return [event.payload for event in record.events if event.type == kind]

    @property
    def offered(self) -> list[str]:
        """Names of the tools that the model saw in the last run."""
        return [spec.name for spec in self.model.requests[-1].tools]


async def _check_refused(world: World, result: Result, reason: str) -> None:
    assert result.status == "ok", result.error
    assert world.offered == []
    assert world.events("tool.left_out") == [{"name": world.name, "reason": reason}]
    assert [str(note) for note in result.notes] == [f"permission ({world.name}): left out: {reason}"]


@pytest.mark.parametrize("way", WAYS)
async def test_what_passes_is_offered_and_recorded_with_its_origin(way: str) -> None:
    """One event says what the run was granted, and where each tool comes from."""
    world = World(way, make("probe"))

    result = await world.run()

    origins = {
        "registry": "code",
        "extra": "extra_tools",
        "factory": "session tools",
        "pack": "session pack kit",
        "palette": "palette MemoryPalette",
    }
    assert (world.offered, result.notes) == ([world.name], ())
    assert world.events("tools.granted") == [{"tools": [{"name": world.name, "origin": origins[way]}]}]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("lists", "reason"),
    [
        ({"deny": ["probe", "agent__*"]}, "the host denies '{}'"),
        ({"allow": ["other_*"]}, "the host's allow list does not name it"),
    ],
)
async def test_the_hosts_lists_hold_for_every_way_in(
    way: str, lists: dict[str, list[str]], reason: str
) -> None:
    """Stage 1: an extra tool is no way round what the host denies."""
    world = World(way, make("probe"), **lists)  # type: ignore[arg-type]

    await _check_refused(world, await world.run(), reason.format("agent__*" if way == "palette" else "probe"))


@pytest.mark.parametrize("way", WAYS)
async def test_the_palette_of_the_run_holds_for_every_way_in(way: str) -> None:
    """Stage 2: what a skill may use is all that there is."""
    world = World(way, make("probe"), answers=2)

    refused = await world.run(allowed_tools=["other"])
    await _check_refused(world, refused, "the run's allowed_tools do not name it")
    await world.run(allowed_tools=[world.name])
    assert world.offered == [world.name]


@pytest.mark.parametrize("way", [way for way in WAYS if way != "palette"])
@pytest.mark.parametrize(
    ("options", "changes", "reason"),
    [
        ({}, {"visibility": "shared"}, "it is only safe on a private surface"),
        ({"scopes": ["net"]}, {}, "the caller 'al' lacks the scopes net"),
    ],
)
async def test_surface_and_scopes_hold_for_every_way_in(
    way: str, options: dict[str, object], changes: dict[str, object], reason: str
) -> None:
    """What a tool says of itself is asked wherever it comes from; what a palette knows is safe anywhere."""
    world = World(way, make("probe", **options))

    await _check_refused(world, await world.run(**changes), reason)


@pytest.mark.parametrize("lists", [{"deny": ["pack:k*"]}, {"deny": ["*"]}, {"allow": ["plugin:other"]}])
async def test_a_pack_that_is_denied_as_a_whole_is_not_even_opened(lists: dict[str, list[str]]) -> None:
    """Opening one may make folders and start processes."""
    world = World("pack", make("probe"), **lists)  # type: ignore[arg-type]

    await world.run()

    assert world.opened == []
    assert [event["name"] for event in world.events("tool.left_out")] == ["kit"]


async def test_a_pack_can_not_say_that_it_comes_from_elsewhere() -> None:
    """What it is goes by who installed it."""
    posing = make("probe")
    posing.source = evolve(posing.source, plugin="trusted", pack="trusted")

    world = World("pack", posing, allow=["plugin:trusted", "pack:trusted"])
    await world.run()

    assert world.offered == []


@pytest.mark.parametrize("way", WAYS)
async def test_what_the_agent_requires_may_come_any_way_and_fails_the_run_when_it_is_refused(
    way: str,
) -> None:
    """The agent said that it is of no use without it."""
    world = World(way, make("probe"))
    world.agent = Agent(**{**dict(world.agent), "required_tools": ("kit" if way == "pack" else world.name,)})

    granted = await world.run()
    refused = await world.run(allowed_tools=[])

    assert granted.status == "ok", granted.error
    assert isinstance(refused.error, ToolPermissionError)
    assert "the run's allowed_tools do not name it" in str(refused.error)
    assert len(world.events("tool.left_out")) == 1


@pytest.mark.parametrize(
    ("required", "error", "said"),
    [
        ("prob", ConfigError, "names the tool 'prob', which is not installed. Did you mean 'probe'?"),
        ("web_*", ToolPermissionError, "requires the tool 'web_*': no tool that the run may have matches it"),
    ],
)
async def test_what_is_required_and_nowhere_to_be_found_fails_the_run(
    required: str, error: type[Exception], said: str
) -> None:
    """A misspelt requirement is no requirement that nobody checks."""
    world = World("extra", make("probe"), answers=0)
    world.agent = Agent(name="x", required_tools=(required,))

    result = await world.run()

    assert isinstance(result.error, error)
    assert said in str(result.error)


async def test_what_is_no_tool_is_refused_by_what_brought_it() -> None:
    """A plain function among the extra tools is a common slip."""
    result = await Executor(models=ScriptedModel()).run(
        Agent(name="x"),
        "go",
        Invocation(extra_tools=[len]),  # type: ignore[list-item]
    )

    assert isinstance(result.error, ConfigError)
    assert "extra_tools: <built-in function len> is not a Tool; decorate" in str(result.error)


@pytest.mark.parametrize("first", [None, ["read"], ["*"]])
@pytest.mark.parametrize("second", [None, ["write"], ["*"]])
@pytest.mark.parametrize("recording", [True, False])
async def test_what_is_kept_of_one_run_never_widens_or_narrows_another(
    first: list[str] | None, second: list[str] | None, recording: bool
) -> None:
    """Runs of one agent share what is worked out once, and each gets its own tools."""
    audit = MemoryAudit()
    model = ScriptedModel(["a", "b", "c"])
    executor = Executor(
        models=model,
        registry=[make("read"), make("write")],
        ports=Ports(audit=audit if recording else ()),
    )
    agent = Agent(name="x", tools=("*",))

    for allowed in (first, second, None):
        await executor.run(agent, "go", Invocation(allowed_tools=allowed))

    every = ["read", "write"]
    expected = [every if not allowed or "*" in allowed else allowed for allowed in (first, second, None)]
    assert [[spec.name for spec in request.tools] for request in model.requests] == expected
    granted = [
        [one["name"] for one in event.payload["tools"]]  # type: ignore[index,union-attr,call-overload]
        for record in audit.records.values()
        for event in record.events
        if event.type == "tools.granted"
    ]
    assert granted == (expected if recording else [])


@pytest.mark.parametrize(
    ("outer", "inner", "offered"),
    [
        (None, None, ["read", "write"]),
        (["delegate", "read"], None, ["read"]),
        (["delegate", "read"], ["*"], ["read"]),
        (["delegate", "read"], ["write"], []),
        (["delegate", "*"], ["write"], ["write"]),
        (None, ["write"], ["write"]),
    ],
)
async def test_a_run_inside_of_a_run_gets_no_more_than_both_may_have(
    outer: list[str] | None, inner: list[str] | None, offered: list[str]
) -> None:
    """Whoever starts the inner one, by a tool or a palette, need not hand on what the outer one may not use."""
    model = ScriptedModel(["inner is done"])

    @tool
    async def delegate() -> str:
        """Start another agent."""
        agent = Agent(name="inner", tools=("read", "write"))
        return (await executor.run(agent, "go", Invocation(run_id="inner", allowed_tools=inner))).output

    audit = MemoryAudit()
    executor = Executor(
        models={"fast": model, "outer": ScriptedModel([call("delegate"), "done"])},
        registry=[delegate, make("read"), make("write")],
        ports=Ports(audit=audit),
    )
    agent = Agent(name="outer", tools=("delegate",), model_tier="outer")

    result = await executor.run(agent, "go", Invocation(run_id="outer", allowed_tools=outer))

    assert result.status == "ok", result.error
    assert [spec.name for spec in model.requests[0].tools] == offered
    reasons = {
        event.payload["reason"] for event in audit.records["inner"].events if event.type == "tool.left_out"
    }
    known = {
        "the run 'outer', which this one is inside of, may not use it",
        "the run's allowed_tools do not name it",
    }
    assert reasons <= known
    assert bool(reasons) == (len(offered) < 2)


async def test_a_synchronous_tool_starts_no_wider_run_either() -> None:
    """The narrowing follows onto worker threads."""
    import asyncio

    model = ScriptedModel(["inner is done"])

    @tool
    def delegate(ctx: ToolContext) -> str:
        """Start another agent from a thread."""
        inner = Executor(models=model, registry=[make("read"), make("write")])
        return asyncio.run(inner.run(Agent(name="inner", tools=("*",)), ctx.run.run_id)).output

    executor = Executor(models=ScriptedModel([call("delegate"), "done"]), registry=[delegate])
    invocation = Invocation(allowed_tools=["delegate", "read"])
    result = await executor.run(Agent(name="outer", tools=("delegate",)), "go", invocation)

    assert result.status == "ok", result.error
    assert [spec.name for spec in model.requests[0].tools] == ["read"]
