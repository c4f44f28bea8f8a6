"""The agents that are known here, each read, and what is wrong with those that can't be."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from attrs import frozen

from executus_core.cli.start.agent_files import find_agent_files
from executus_core.cli.start.agent_lookup import get_agent, list_agents
from executus_core.errors import ConfigError, did_you_mean
from executus_core.record.agent import Agent

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from executus_core.plugin.executor import Executor


@frozen
class Entry:
    """One agent.

    Attributes:
        name: What it is asked for by.
        place: Where it stands: a file's path, or "plugin 'NAME'".
        agent: The agent; None when it can't be read.
        problem: Why it can't be read, or "".
    """

    name: str
    place: str
    agent: Agent | None
    problem: str = ""


@frozen
class Catalog:
    """All agents that are known here.

    Attributes:
        entries: In order of name.
        problems: Why some may be missing.
    """

    entries: tuple[Entry, ...]
    problems: tuple[str, ...]


async def read_catalog(executor: Executor) -> Catalog:
    """Read every agent that can be asked for by name; one that is broken hides no other."""
    known = await list_agents(executor)
    entries = [await _read(name, place, executor) for name, place in known.places.items()]
    return Catalog(tuple(entries), known.problems)


async def _read(name: str, place: str, executor: Executor) -> Entry:
    try:
        return Entry(name, place, await get_agent(name, executor))
    except ConfigError as error:
        return Entry(name, place, None, "; ".join(_problems_of(error, place)))


def check_files(files: Sequence[Path], executor: Executor) -> dict[Path, tuple[str, ...]]:
    """Check agent files as a run would read them.

    Args:
        files: The files; those of the ``agents`` folders when there are none.
        executor: Knows which tools are installed.

    Returns:
        What is wrong with each.

    Raises:
        ConfigError: There is nothing to check.
    """
    files = files or list(find_agent_files(executor.configuration.path).values())
    if not files:
        raise ConfigError("there is no file to check; name one, or put one into agents/: agents/NAME.toml")
    tools = [*executor.registry.names(), *executor.ports.session_tools]
    return {file: _check(file, tools) for file in files}


def _check(file: Path, tools: Collection[str]) -> tuple[str, ...]:
    try:
        agent: Agent = Agent.load(file)
    except ConfigError as error:
        return _problems_of(error, str(file))
    phases = [(f"phase '{phase.name}'", phase.tools or ()) for phase in agent.phases]
    return tuple(
        f"{place}: no installed tool is named '{name}'.{did_you_mean(name, tools)}"
        for place, names in (("tools", agent.tools), ("required_tools", agent.required_tools), *phases)
        for name in names
        if not any(fnmatchcase(tool, name) for tool in tools)
    )


def _problems_of(error: ConfigError, place: str) -> tuple[str, ...]:
    """Say what is wrong where the place is shown anyway."""
    return tuple(problem.removeprefix(f"{place}: ").removeprefix("agent: ") for problem in error.problems)
