"""The toolbox of one run: registry, palettes, extra tools, session tools, in this order."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, cast

from attrs import evolve

from executus_core.errors import ConfigError, PluginError, ToolPermissionError, did_you_mean
from executus_core.record.run import Note
from executus_core.record.session import AgentSession, SessionTools
from executus_core.record.tool import Tool
from executus_core.run.delegate import find_delegates
from executus_core.tool.admission import Narrowing
from executus_core.tool.registry import LeftOut, is_glob

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.dispatchguard import Ancestor
    from executus_core.llm.json import JsonValue
    from executus_core.record.session import SessionToolFactory
    from executus_core.run.session import Session
    from executus_core.tool.registry import Toolbox


async def build_toolbox(session: Session) -> None:
    """Build the toolbox and arm what its session tools want done at the end.

    Every tool goes through ``Toolbox.add``, which leaves out what stages 1 and 2 of permission refuse.

    Raises:
        ConfigError: An unknown tool, or two tools of one name.
        ToolPermissionError: A required tool was not granted.
    """
    plan, invocation = session.plan, session.invocation
    toolbox = await _from_registry(session)
    packs = session.host.ports.session_tools
    try:
        if plan.delegates or invocation.extra_tools or invocation.session_tool_factory or packs:
            session.toolbox = toolbox  # there from now on, so that whatever is armed is settled
            await _add_others(session, toolbox)
    finally:
        _record_left_out(session, toolbox)
    if plan.agent.required_tools:
        _check_required(session, toolbox)
    toolbox.seal()
    session.toolbox = toolbox
    session.tools = toolbox.tools
    is_own = invocation.extra_tools or invocation.session_tool_factory or packs.keys() & plan.names
    if plan.is_simple and not is_own and not toolbox.left_out:
        plan.keep(toolbox, invocation.visibility, session.host.registry)


def find_narrowings(lineage: Iterable[Ancestor]) -> list[Narrowing]:
    """Find what the runs that a run is inside of leave it of tools: what one may not use, none that it starts may."""
    return [
        Narrowing.parse(
            ancestor.allowed_tools,
            f"the run '{ancestor.run_id}', which this one is inside of, may not use it",
        )
        for ancestor in lineage
        if ancestor.allowed_tools is not None
    ]


def record_granted(session: Session) -> None:
    """Put into the record which tools the run has, and where they come from."""
    granted: list[JsonValue] = [{"name": tool.name, "origin": tool.origin} for tool in session.tools.values()]
    session.log_event("tools.granted", {"tools": granted})


async def _add_others(session: Session, toolbox: Toolbox) -> None:
    """Add what does not stand in the registry, in the order of the run contract."""
    invocation, packs = session.invocation, session.host.ports.session_tools
    if session.plan.delegates:
        _add(toolbox, await find_delegates(session))
    _add(toolbox, [_from_here(tool, "extra_tools") for tool in invocation.extra_tools])
    for name in session.plan.names:
        if name in packs:
            await _add_pack(session, toolbox, name)
    if invocation.session_tool_factory is not None:
        made = await _open_factory(session, invocation.session_tool_factory, "session tools")
        _add(toolbox, [_from_here(tool, "session tools") for tool in made])


async def _add_pack(session: Session, toolbox: Toolbox, name: str) -> None:
    """Open a session pack and add its tools; one that the host refuses as a whole is not even opened."""
    factory, origin = session.host.ports.session_tools[name], f"session pack {name}"
    source = session.host.ports.source_of(factory, name)
    if reason := toolbox.admission.lists.find_refusal_of_all(source):
        toolbox.left_out.append(LeftOut(name, reason))
        return
    refused_before = len(toolbox.left_out)
    for tool in await _open_factory(session, factory, origin):
        known = _from_here(tool, origin)
        # what a plugin brings can't say of itself that it comes from elsewhere
        toolbox.add(evolve(known, source=source, origin=source.plugin or known.origin))
    if name in session.plan.agent.required_tools and len(toolbox.left_out) > refused_before:
        refused = toolbox.left_out[refused_before]
        raise _lacks(session, name, f"its '{refused.name}' was left out: {refused.reason}")


def _add(toolbox: Toolbox, tools: Iterable[Tool]) -> None:
    for tool in tools:
        toolbox.add(tool)


def _record_left_out(session: Session, toolbox: Toolbox) -> None:
    for left_out in toolbox.left_out:
        session.log_event("tool.left_out", {"name": left_out.name, "reason": left_out.reason})
        session.guard.notes.append(Note("permission", left_out.name, f"left out: {left_out.reason}"))


async def _from_registry(session: Session) -> Toolbox:
    """Build what the agent gets from the registry."""
    registry, agent = session.host.registry, session.plan.agent
    packs = session.host.ports.session_tools
    names = [name for name in session.plan.names if name not in packs]
    # What is only required may come from elsewhere; whether it came is looked at when all is there.
    names = [name for name in names if name in agent.tools or registry.find(name) or is_glob(name)]
    try:
        return await registry.build(names, session.invocation, session.caller, inside=session.narrowings)
    except ConfigError as error:
        raise _find_unknown_tool(session, names) or error from error


def _find_unknown_tool(session: Session, names: Iterable[str]) -> ConfigError | None:
    """Say which agent names which tool that nobody has."""
    known = [*session.host.registry.names(), *session.host.ports.session_tools]
    unknown = next((name for name in names if name not in known and not is_glob(name)), None)
    return None if unknown is None else _unknown_tool(session, unknown, known)


def _unknown_tool(session: Session, name: str, known: Iterable[str]) -> ConfigError:
    agent = session.plan.agent.name
    return ConfigError(
        f"agent '{agent}' names the tool '{name}', which is not installed.{did_you_mean(name, known)}"
    )


async def _open_factory(session: Session, factory: SessionToolFactory, origin: str) -> Iterable[Tool]:
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
    return made.tools


def _from_here(tool: Tool, origin: str) -> Tool:
    """Say where a tool came in, unless it says better itself.

    Raises:
        ConfigError: It is no tool.
    """
    if not isinstance(tool, Tool):
        raise ConfigError(f"{origin}: {tool!r:.100} is not a Tool; decorate the function with @tool")
    return evolve(tool, origin=origin) if tool.origin == "code" else tool


def _check_required(session: Session, toolbox: Toolbox) -> None:
    """Look for each tool without which the run must not start, among all that it has; a pack was looked at when it came."""
    reasons = {left_out.name: left_out.reason for left_out in toolbox.left_out}
    packs = session.host.ports.session_tools
    for name in session.plan.agent.required_tools:
        if name in reasons:
            raise _lacks(session, name, reasons[name])
        if name in packs or any(fnmatchcase(known, name) for known in toolbox.tools):
            continue
        if is_glob(name):
            raise _lacks(session, name, "no tool that the run may have matches it")
        raise _unknown_tool(session, name, [*session.host.registry.names(), *packs, *toolbox.tools])


def _lacks(session: Session, name: str, reason: str) -> ToolPermissionError:
    return ToolPermissionError(f"agent '{session.plan.agent.name}' requires the tool '{name}': {reason}")
