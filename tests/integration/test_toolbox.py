"""Building the toolbox: the order of its sources, clashes, what is left out, and what is cleaned up."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from executus_core import Agent, AgentSession, ConfigError, Executor, Invocation, Ports, SessionTools, tool
from executus_core.errors import PluginError, ToolPermissionError
from executus_core.testing import MemoryAudit, MemoryPalette, ScriptedModel, call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from executus_core.record.session import SessionToolFactory
    from executus_core.tool import Tool


def make(name: str, **options: object) -> Tool:
    """Make a tool that answers its own name."""

    async def work() -> str:
        return name

    return tool(name=name, **options)(work)  # type: ignore[call-overload,no-any-return]


async def _offered(agent: Agent, invocation: Invocation | None = None, **parts: object) -> list[str]:
    model = ScriptedModel(["ok"])
    result = await Executor(models=model, **parts).run(agent, "go", invocation)  # type: ignore[arg-type]
    assert result.status == "ok", result.error
    return [spec.name for spec in model.requests[0].tools]


async def test_tools_come_from_registry_palettes_invocation_and_factory_in_this_order() -> None:
    """What the host has, whom the agent may ask, what this run brings, what lives as long as the run."""
    palette = MemoryPalette(skills={"poetry": "a poem"}, agents={"helper": "helped"})
    agent = Agent(name="x", tools=("beta", "alpha"), skills=("poetry",), sub_agents=("helper",))
    invocation = Invocation(
        extra_tools=(make("extra"),), session_tool_factory=lambda session: SessionTools([make("lasting")])
    )

    offered = await _offered(
        agent, invocation, registry=[make("alpha"), make("beta")], ports=Ports(palette=palette)
    )

    assert offered == ["beta", "alpha", "skill__poetry", "agent__helper", "extra", "lasting"]


async def test_an_agent_may_name_session_packs_among_its_tools() -> None:
    """A pack that nobody names is not opened."""
    opened: list[str] = []

    def pack(name: str) -> SessionToolFactory:
        def factory(session: AgentSession) -> SessionTools:
            opened.append(name)
            return SessionTools([make(f"{name}_tool")])

        return factory

    ports = Ports(session_tools={"cad": pack("cad"), "shell": pack("shell")})

    assert await _offered(Agent(name="x", tools=("cad",)), ports=ports) == ["cad_tool"]
    assert opened == ["cad"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("registry", "extra tools"), ("registry", "session tools"), ("extra tools", "session tools")],
)
async def test_a_name_used_twice_is_an_error_that_names_both_origins(first: str, second: str) -> None:
    """Whoever reads it knows where to rename."""
    sources = {first, second}
    agent = Agent(name="x", tools=("same",) if "registry" in sources else ())
    invocation = Invocation(
        extra_tools=(make("same"),) if "extra tools" in sources else (),
        session_tool_factory=(
            (lambda session: SessionTools([make("same")])) if "session tools" in sources else None
        ),
    )
    registered = make("same")
    registered.origin = "the-plugin"

    result = await Executor(models=ScriptedModel(), registry=[registered]).run(agent, "go", invocation)

    assert isinstance(result.error, ConfigError)
    origins = {"registry": "the-plugin", "extra tools": "extra_tools", "session tools": "session tools"}
    assert f"two tools are named 'same': one from {origins[first]}, one from {origins[second]}" in str(
        result.error
    )


async def test_the_same_tool_given_twice_is_a_clash_too() -> None:
    """Being the same object does not tell the model which one it calls."""
    same = make("same")

    result = await Executor(models=ScriptedModel(), registry=[same]).run(
        Agent(name="x", tools=("same",)), "go", Invocation(extra_tools=(same,))
    )

    assert isinstance(result.error, ConfigError)


async def test_an_unknown_tool_names_the_agent_and_the_nearest_tool() -> None:
    """The error comes before any model call, and is recorded."""
    audit = MemoryAudit()
    executor = Executor(models=ScriptedModel(), registry=[make("search")], ports=Ports(audit=audit))

    result = await executor.run(Agent(name="finder", tools=("serch",)), "go")

    assert isinstance(result.error, ConfigError)
    assert str(result.error) == (
        "agent 'finder' names the tool 'serch', which is not installed. Did you mean 'search'?"
    )
    assert audit.records[result.run_id].closed


async def test_cleanup_is_armed_before_the_tools_are_added() -> None:
    """A clash with a session tool still cleans up."""
    cleaned: list[str] = []
    agent = Agent(name="x", tools=("same",))
    invocation = Invocation(
        session_tool_factory=lambda session: SessionTools(
            [make("same")], cleanup=lambda: cleaned.append("yes")
        )
    )

    result = await Executor(models=ScriptedModel(), registry=[make("same")]).run(agent, "go", invocation)

    assert result.status == "error"
    assert cleaned == ["yes"]


async def test_a_factory_may_be_async() -> None:
    """Opening a workspace may take a while."""

    async def factory(session: AgentSession) -> SessionTools:
        return SessionTools([make("lasting")])

    assert await _offered(Agent(name="x"), Invocation(session_tool_factory=factory)) == ["lasting"]


async def test_a_factory_may_be_a_context_manager_whose_exit_cleans_up() -> None:
    """The exit comes after the cleanup that was armed later."""
    ends: list[str] = []

    @asynccontextmanager
    async def factory(session: AgentSession) -> AsyncIterator[SessionTools]:
        try:
            yield SessionTools([make("lasting")], cleanup=lambda: ends.append("cleanup"))
        finally:
            ends.append("exit")

    assert await _offered(Agent(name="x"), Invocation(session_tool_factory=factory)) == ["lasting"]
    assert ends == ["cleanup", "exit"]


async def test_a_factory_that_gives_something_else_is_named() -> None:
    """A plain list of tools is a common slip."""
    result = await Executor(models=ScriptedModel()).run(
        Agent(name="x"),
        "go",
        Invocation(session_tool_factory=lambda session: [make("a")]),  # type: ignore[arg-type,return-value]
    )

    assert isinstance(result.error, PluginError)
    assert "the factory gave [" in str(result.error)


@pytest.mark.parametrize("error", [OSError("disk full"), SystemExit(1)])
async def test_a_factory_that_fails_ends_the_run_with_its_error(error: BaseException) -> None:
    """Its tools were asked for, so the run can't go on without them; an exit ends nothing else."""

    def factory(session: AgentSession) -> SessionTools:
        raise error

    result = await Executor(models=ScriptedModel()).run(
        Agent(name="x"), "go", Invocation(session_tool_factory=factory)
    )

    assert result.status == "error"
    assert type(error).__name__ in f"{result.error!r}"


async def test_a_factory_knows_its_run() -> None:
    """The agent, the invocation, the caller and the live counts."""
    seen: list[AgentSession] = []

    def factory(session: AgentSession) -> SessionTools:
        seen.append(session)
        return SessionTools([make("lasting")])

    agent = Agent(name="x")
    invocation = Invocation(run_id="r", caller_id="alice", session_tool_factory=factory)
    model = ScriptedModel([call("lasting"), "done"])
    await Executor(models=model).run(agent, "go", invocation)

    (session,) = seen
    assert (session.agent, session.invocation) == (agent, invocation)
    assert (session.run.run_id, session.caller.id) == ("r", "alice")
    assert (session.state.steps, session.state.tool_calls, session.state.usage.requests) == (2, 1, 2)


async def test_what_is_left_out_is_recorded_and_the_run_goes_on() -> None:
    """Notes and the audit say which tool and why."""
    audit = MemoryAudit()
    executor = Executor(models=ScriptedModel(["ok"]), registry=[make("secret")], ports=Ports(audit=audit))

    result = await executor.run(Agent(name="x", tools=("secret",)), "go", Invocation(visibility="public"))

    assert result.status == "ok"
    assert [str(note) for note in result.notes] == [
        "permission (secret): left out: it is only safe on a private surface"
    ]
    event = next(event for event in audit.records[result.run_id].events if event.type == "tool.left_out")
    assert event.payload == {"name": "secret", "reason": "it is only safe on a private surface"}


async def test_a_required_tool_that_is_not_granted_fails_the_run() -> None:
    """The agent said that it is of no use without it."""
    agent = Agent(name="x", required_tools=("fetch",))

    result = await Executor(models=ScriptedModel(), registry=[make("fetch", scopes={"net"})]).run(agent, "go")

    assert isinstance(result.error, ToolPermissionError)
    assert "agent 'x' requires the tool 'fetch': the caller '' lacks the scopes net" in str(result.error)


async def test_two_runs_of_one_agent_do_not_share_session_tools() -> None:
    """What is worked out once for an agent holds nothing of a run."""
    agent = Agent(name="x", tools=("kept",))
    model = ScriptedModel(["a", "b"])
    executor = Executor(models=model, registry=[make("kept")])

    await executor.run(agent, "go", Invocation(extra_tools=(make("extra"),)))
    await executor.run(agent, "go")

    assert [[spec.name for spec in request.tools] for request in model.requests] == [
        ["kept", "extra"],
        ["kept"],
    ]


async def test_a_tool_that_is_added_later_is_offered_from_then_on() -> None:
    """A registry may grow while the host runs."""
    model = ScriptedModel(["a", "b"])
    executor, agent = Executor(models=model, registry=[make("a_1")]), Agent(name="x", tools=("a_*",))

    await executor.run(agent, "go")
    executor.registry.add(make("a_2"))
    await executor.run(agent, "go")

    assert [len(request.tools) for request in model.requests] == [1, 2]
