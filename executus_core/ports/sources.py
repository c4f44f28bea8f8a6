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

    Contract: returns at once: no network. Read while the host is built, and again for ``reload_models``; each time it gives
    a mapping of its own, as things stand then.
    """

    def read(self) -> Mapping[str, object]:
        """Give the settings as nested tables."""
        ...


class ChangingConfigSource(ConfigSource, Protocol):
    """A layer of settings that can change while the host runs. What it says of models holds for the runs that begin then.

    Contract: nothing is missed: what changed since the last ``read`` ends the next wait at once. Whoever waits may be
    cancelled at any time, which lets go of what the wait held. One waits at a time.
    """

    async def wait_for_change(self) -> None:
        """Wait until ``read`` would give something else than it gave last."""
