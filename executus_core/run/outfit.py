"""The toolbox of one run: registry, palettes, extra tools, session tools, in this order."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, cast

from attrs import evolve

from executus_core.errors import ConfigError, PluginError, ToolPermissionError, did_you_mean
from executus_core.record.run import Note
from executus_core.record.session import AgentSession, SessionTools
from executus_core.run.delegate import find_delegates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.record.session import SessionToolFactory
    from executus_core.record.tool import Tool
    from executus_core.run.session import Session
    from executus_core.tool.registry import Toolbox


async def build_toolbox(session: Session) -> None:
    """Build the toolbox and arm what its session tools want done at the end.

    Raises:
        ConfigError: An unknown tool, or two tools of one name.
        ToolPermissionError: A required tool was not granted.
    """
    plan, invocation = session.plan, session.invocation
    packs = session.host.ports.session_tools
    toolbox = await _from_registry(session)
    if plan.delegates or invocation.extra_tools or invocation.session_tool_factory or packs:
        session.toolbox = toolbox  # there from now on, so that whatever is armed is settled
        if plan.delegates:
            _add(toolbox, await find_delegates(session))
        _add(toolbox, [_from_here(tool, "extra_tools") for tool in invocation.extra_tools])
        for name in plan.names:
            if name in packs:
                _add(toolbox, await _from_factory(session, packs[name], f"session pack {name}"))
        if invocation.session_tool_factory is not None:
            _add(toolbox, await _from_factory(session, invocation.session_tool_factory, "session tools"))
    if plan.agent.required_tools:
        _check_required(session, toolbox)
    toolbox.seal()
    session.toolbox = toolbox
    session.tools = toolbox.tools
    is_own = invocation.extra_tools or invocation.session_tool_factory or packs.keys() & plan.names
    if plan.is_simple and not is_own and not toolbox.left_out:
        plan.keep(toolbox, invocation.visibility, session.host.registry)


def _add(toolbox: Toolbox, tools: Iterable[Tool]) -> None:
    for tool in tools:
        toolbox.add(tool)


async def _from_registry(session: Session) -> Toolbox:
    """Build what the agent gets from the registry, and record what it does not get."""
    packs = session.host.ports.session_tools
    names = [name for name in session.plan.names if name not in packs]
    try:
        toolbox = await session.host.registry.build(names, session.invocation, session.caller)
    except ConfigError as error:
        raise _unknown_tool(session, names) or error from error
    for left_out in toolbox.left_out:
        session.log_event("tool.left_out", {"name": left_out.name, "reason": left_out.reason})
        session.guard.notes.append(Note("permission", left_out.name, f"left out: {left_out.reason}"))
    return toolbox


def _unknown_tool(session: Session, names: list[str]) -> ConfigError | None:
    """Say which agent names which tool that nobody has."""
    known = [*session.host.registry.names(), *session.host.ports.session_tools]
    unknown = next(
        (name for name in names if name not in known and not any(mark in name for mark in "*?[")), None
    )
    if unknown is None:
        return None
    return ConfigError(
        f"agent '{session.plan.agent.name}' names the tool '{unknown}', which is not installed."
        f"{did_you_mean(unknown, known)}"
    )


async def _from_factory(session: Session, factory: SessionToolFactory, origin: str) -> list[Tool]:
    """Call a session tool factory, and arm its cleanup before anything else can fail."""
    agent_session = AgentSession(
        session.plan.agent,
        session.invocation,
        session.info,
        session.caller,
        session.mailbox.attach_images,
        session.attachments.add,
        session.tally,
    )
    seconds = session.host.defaults.port_timeout_s
    made = await session.guard.ask(factory, agent_session, seconds=seconds)
    if isinstance(made, AbstractAsyncContextManager):
        manager = cast("AbstractAsyncContextManager[object]", made)
        made = await session.guard.ask(manager.__aenter__, seconds=seconds)

        async def leave() -> None:
            await manager.__aexit__(None, None, None)

        session.cleanups = (*session.cleanups, ("cleanup", origin, leave))
    if not isinstance(made, SessionTools):
        raise PluginError(f"{origin}: the factory gave {made!r:.100}, not SessionTools", plugin=origin)
    if made.cleanup is not None:
        session.cleanups = (*session.cleanups, ("cleanup", origin, made.cleanup))
    if made.post_run is not None:
        session.post_runs = (*session.post_runs, made.post_run)
    return [_from_here(tool, origin) for tool in made.tools]


def _from_here(tool: Tool, origin: str) -> Tool:
    """Say where a tool came in, unless it says better itself."""
    return evolve(tool, origin=origin) if tool.origin == "code" else tool


def _check_required(session: Session, toolbox: Toolbox) -> None:
    reasons = {left_out.name: left_out.reason for left_out in toolbox.left_out}
    for name in session.plan.agent.required_tools:
        if name not in toolbox.tools and name not in session.host.ports.session_tools:
            raise ToolPermissionError(
                f"agent '{session.plan.agent.name}' requires the tool '{name}': {reasons.get(name, 'no tool matches it')}"
            )
