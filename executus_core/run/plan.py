"""What is the same in every run of an agent by one executor, worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast  # noqa: TID251 - agents and results of any output type

from attrs import define, field

from executus_core.errors import ConfigError
from executus_core.llm.message import Message
from executus_core.record.agent import Agent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from executus_core.config.defaults import Defaults
    from executus_core.llm.json import JsonValue
    from executus_core.record.output import Output
    from executus_core.record.tool import Visibility
    from executus_core.tool.registry import Toolbox, ToolRegistry


@define(eq=False)
class AgentPlan:
    """An agent with its open caps filled in.

    Attributes:
        agent: The agent.
        subject_id: Its id, for the dispatch guard.
        tier: Tier or spec.
        max_steps: Step ceiling.
        max_runtime_s: Seconds from the start of the bounds.
        opening: The system message, or None.
        names: Names and globs of its tools.
        delegates: Whether it names skills or agents.
        flaw: What the agent asks for and this version does not do, or "".
        model_options: Options for the model.
        output: What its answer must be, or None for text.
        toolboxes: Ready toolboxes by surface, where nothing of a run but its surface matters.
        registry_version: The state of the registry for which those hold.
    """

    agent: Agent[Any]
    subject_id: str
    tier: str
    max_steps: int
    max_runtime_s: float
    opening: Message | None
    names: tuple[str, ...]
    delegates: bool
    flaw: str
    model_options: Mapping[str, JsonValue]
    output: Output[object] | None
    toolboxes: dict[str, Toolbox] = field(factory=cast("Callable[[], dict[str, Toolbox]]", dict))
    registry_version: int = -1

    @property
    def is_simple(self) -> bool:
        """Whether the registry alone decides which tools a run gets."""
        return not (self.delegates or self.agent.required_tools)

    def keep(self, toolbox: Toolbox, surface: Visibility, registry: ToolRegistry) -> None:
        """Keep a toolbox for later runs, unless it depends on who calls."""
        if any(tool.scopes for tool in toolbox.tools.values()):
            return
        if self.registry_version != registry.version:
            self.toolboxes.clear()
            self.registry_version = registry.version
        self.toolboxes[surface] = toolbox


def make_plan(agent: Agent[Any], defaults: Defaults, system_header: str) -> AgentPlan:
    """Work out an agent's plan.

    Raises:
        ConfigError: It is no agent.
    """
    if not isinstance(agent, Agent):
        raise ConfigError(f"run takes an Agent first, not a {type(agent).__name__}")
    prompts = [prompt for prompt in (system_header, agent.system_prompt) if prompt]
    return AgentPlan(
        agent,
        agent.subject_id,
        agent.model_tier or defaults.model_tier,
        agent.max_steps or defaults.max_steps,
        agent.max_runtime_s or defaults.max_runtime_s,
        Message.system("\n\n".join(prompts)) if prompts else None,
        tuple(dict.fromkeys((*agent.tools, *agent.required_tools))),
        bool(agent.skills or agent.sub_agents),
        _flaw_of(agent),
        agent.model_options,
        agent.output,
    )


def _flaw_of(agent: Agent[Any]) -> str:
    """Say what would otherwise be left out in silence."""
    if agent.phases:
        return f"agent '{agent.name}' has phases, which this version does not run; give it one prompt"
    return ""
