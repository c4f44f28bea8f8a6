"""The toolbox of one run: registry, palettes, extra tools, session tools, in this order."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from attrs import evolve

from executus_core.errors import ConfigError, PluginError, ToolPermissionError, did_you_mean
from executus_core.record.run import Note
from executus_core.record.session import AgentSession, SessionTools
from executus_core.run.delegate import find_delegates
from executus_core.tool.registry import Toolbox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.record.session import SessionToolFactory
    from executus_core.record.tool import Tool
    from executus_core.run.session import Session


async def build_toolbox(session: Session) -> None:
    """Build the toolbox and arm what its session tools want done at the end.

    Raises:
        ConfigError: An unknown tool, or two tools of one name.
        ToolPermissionError: A required tool was not granted.
    """
    agent, invocation = session.agent, session.invocation
    packs = session.host.ports.session_tools
    names = dict.fromkeys((*agent.tools, *agent.required_tools))
    if names:
        toolbox = await _from_registry(session, [name for name in names if name not in packs])
    else:
        toolbox = Toolbox()
    session.toolbox = toolbox
    if agent.skills or agent.sub_agents:
        _add(toolbox, await find_delegates(session))
    _add(toolbox, invocation.extra_tools)
    for name in names:
        if name in packs:
            _add(toolbox, await _from_factory(session, packs[name], f"session pack {name}"))
    if invocation.session_tool_factory is not None:
        _add(toolbox, await _from_factory(session, invocation.session_tool_factory, "session tools"))
    _check_required(session, toolbox)


def _add(toolbox: Toolbox, tools: Iterable[Tool]) -> None:
    for tool in tools:
        toolbox.add(tool)


async def _from_registry(session: Session, names: list[str]) -> Toolbox:
    registry = session.host.registry
    try:
        toolbox = await registry.build(names, session.invocation, session.caller)
    except ConfigError as error:
        known = [*registry.names(), *session.host.ports.session_tools]
        unknown = next((name for name in names if name not in known and not any(c in name for c in "*?[")), None)
        if unknown is None:
            raise
        raise ConfigError(
            f"agent '{session.agent.name}' names the tool '{unknown}', which is not installed."
            f"{did_you_mean(unknown, known)}"
        ) from error
    for left_out in toolbox.left_out:
        session.log_event("tool.left_out", {"name": left_out.name, "reason": left_out.reason})
        session.guard.notes.append(Note("permission", left_out.name, f"left out: {left_out.reason}"))
    return toolbox


async def _from_factory(session: Session, factory: SessionToolFactory, origin: str) -> list[Tool]:
    """Call a session tool factory, and arm its cleanup before anything else can fail."""
    agent_session = AgentSession(
        session.agent,
        session.invocation,
        session.info,
        session.caller,
        session.mailbox.attach_images,
        session.artifacts.append,
        session.tally,
    )
    seconds = session.host.defaults.port_timeout_s
    made = await session.guard.ask(factory, agent_session, seconds=seconds)
    if isinstance(made, AbstractAsyncContextManager):
        manager = made
        made = await session.guard.ask(manager.__aenter__, seconds=seconds)

        async def leave() -> None:
            await manager.__aexit__(None, None, None)

        session.cleanups.append(("cleanup", origin, leave))
    if not isinstance(made, SessionTools):
        raise PluginError(f"{origin}: the factory gave {made!r:.100}, not SessionTools", plugin=origin)
    if made.cleanup is not None:
        session.cleanups.append(("cleanup", origin, made.cleanup))
    if made.post_run is not None:
        session.post_runs.append(made.post_run)
    return [evolve(tool, origin=origin) if tool.origin == "code" else tool for tool in made.tools]


def _check_required(session: Session, toolbox: Toolbox) -> None:
    reasons = {left_out.name: left_out.reason for left_out in toolbox.left_out}
    for name in session.agent.required_tools:
        if name not in toolbox.tools and name not in session.host.ports.session_tools:
            raise ToolPermissionError(
                f"agent '{session.agent.name}' requires the tool '{name}': {reasons.get(name, 'no tool matches it')}"
            )
