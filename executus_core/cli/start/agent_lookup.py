"""Agents by name: files in ``agents`` folders first, and then what the installed agent sources know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from attrs import frozen

from executus_core.cli.start.agent_files import FOLDER, FORMATS, find_agent_files
from executus_core.errors import ConfigError, did_you_mean
from executus_core.plugin.asking import ask_provider
from executus_core.plugin.loading import describe
from executus_core.record.agent import Agent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.plugin.executor import Executor


@frozen
class KnownAgents:
    """The agents that can be asked for by name.

    Attributes:
        places: Where each stands, by name: a file's path, or "plugin 'NAME'".
        problems: Why some may be missing.
    """

    places: dict[str, str]
    problems: tuple[str, ...] = ()


async def list_agents(executor: Executor) -> KnownAgents:
    """List the agents that can be asked for by name, in order of name; of two of one name, the one that serves it."""
    places = {name: str(path) for name, path in find_agent_files(executor.configuration.path).items()}
    problems: list[str] = []
    for source in executor.ports.agents:
        plugin = executor.ports.name_of(source)
        try:
            listed = await ask_provider(
                executor.ports, source.list_agents, seconds=executor.defaults.port_timeout_s
            )
            for name in _as_names(listed):
                places.setdefault(name, f"plugin '{plugin}'")
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything
            problems.append(f"plugin '{plugin}' can't list its agents: {describe(error)}")
    return KnownAgents(dict(sorted(places.items())), tuple(problems))


async def get_agent(name: str, executor: Executor) -> Agent:
    """Get an agent: from the file that is named, from an ``agents`` folder, or from an installed source.

    Args:
        name: A file's path, or a name.
        executor: Knows the configuration and the sources; it is open.

    Raises:
        ConfigError: The file is missing or wrong, or nobody knows the name.
    """
    file = _find_file(name, executor)
    if file is not None:
        return Agent.load(file)
    agent, problems = await _find_saved(name, executor)
    if agent is not None:
        return agent
    known = await list_agents(executor)
    said = "".join(f"; {problem}" for problem in dict.fromkeys((*problems, *known.problems)))
    near = did_you_mean(name, known.places) if known.places else _how_to_name()
    raise ConfigError(f"there is no agent '{name}'.{near}{said}")


def _find_file(name: str, executor: Executor) -> Path | None:
    """Find the file that is meant: what looks like a file is one, also when it is missing."""
    path = Path(name)
    looks_like_file = path.is_file() or path.suffix.lower() in FORMATS
    return path if looks_like_file else find_agent_files(executor.configuration.path).get(name)


async def _find_saved(name: str, executor: Executor) -> tuple[Agent | None, list[str]]:
    """Ask one source after the other; one that fails does not hide the next one's agent."""
    problems: list[str] = []
    for source in executor.ports.agents:
        plugin = executor.ports.name_of(source)
        try:
            found = await ask_provider(
                executor.ports, source.find_agent, name, seconds=executor.defaults.port_timeout_s
            )
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything
            problems.append(f"plugin '{plugin}' can't say whether it knows it: {describe(error)}")
            continue
        if isinstance(found, Agent):
            return cast("Agent", found), problems
        if found is not None:
            problems.append(f"plugin '{plugin}' gave a {type(found).__name__} in place of an agent")
    return None, problems


def _as_names(listed: object) -> Sequence[str]:
    if isinstance(listed, (list, tuple)):
        return [str(name) for name in cast("Sequence[object]", listed)]
    raise TypeError(f"list_agents gave a {type(listed).__name__}, not a sequence of names")


def _how_to_name() -> str:
    return f" Name a file, or put one into {FOLDER}/: {FOLDER}/NAME.toml"
