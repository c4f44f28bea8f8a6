"""The source ports: saved agents and skills, and layered settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core.record.agent import Agent


class AgentSource(Protocol):
    """Knows saved agents. Several may be installed: the first that knows a name serves it."""

    async def list_agents(self) -> Sequence[str]:
        """List the names it knows, sorted."""
        ...

    async def find_agent(self, name: str) -> Agent | None:
        """Find a saved agent, or give None."""
        ...


class WritableAgentSource(AgentSource, Protocol):
    """An agent source that can also save."""

    async def save_agent(self, agent: Agent) -> None:
        """Save an agent under its name."""


class SkillSource(Protocol):
    """Knows saved skills as text with front matter. Several may be installed: the first that knows a name serves it."""

    async def list_skills(self) -> Sequence[str]:
        """List the names it knows, sorted."""
        ...

    async def find_skill(self, name: str) -> str | None:
        """Find the text of a saved skill, or give None."""
        ...


class ConfigSource(Protocol):
    """A layer of settings. Several may be installed; a later one in the order is laid over the earlier ones.

    Contract: read once, while the host is built; no network.
    """

    def read(self) -> Mapping[str, object]:
        """Give the settings as nested tables."""
        ...
