"""From what a person asked to an executor, an agent and an invocation."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from executus_core.config.load import load_configuration
from executus_core.errors import ConfigError, did_you_mean
from executus_core.plugin.executor import Executor
from executus_core.record.agent import Agent
from executus_core.record.invocation import Invocation

if TYPE_CHECKING:
    from executus_core.cli.run_options import Options

SCRIPTED: Final = "scripted"
NO_MODEL: Final = (
    "No model is configured, so a scripted one answers: rules instead of intelligence, and real tools over {over}. "
    "For a real model install a plugin that provides one through `executus_provide_model`; executus-model-litellm, "
    "for most providers, is to come."
)


@frozen
class Prepared:
    """A run that may begin.

    Attributes:
        executor: Composed, not yet opened.
        agent: What to run.
        invocation: How.
        is_scripted: Whether the scripted model answers.
        warnings: What a person should know before it begins.
    """

    executor: Executor
    agent: Agent
    invocation: Invocation
    is_scripted: bool
    warnings: tuple[str, ...]

    @property
    def is_recorded(self) -> bool:
        """Whether the run can be looked at afterwards with ``executus runs``."""
        has_command = any(
            one.kind == "command" and one.name == "runs"
            for info in self.executor.plugins
            for one in info.provides
        )
        return has_command and bool(self.executor.ports.audit)


def prepare(options: Options) -> Prepared:
    """Compose an executor and an agent.

    Raises:
        ConfigError: The agent, an option or a setting is wrong.
        PluginError: A plugin that must take part does not.
    """
    agent = read_agent(options)
    executor = Executor.discover()
    fell_back = options.model is None and not _has_model(executor) and "/" not in (agent.model_tier or "")
    is_scripted = fell_back or options.model == SCRIPTED
    if is_scripted:
        from executus_core.cli.demo import plugin  # noqa: PLC0415 - only runs without a model need it

        executor = Executor.discover(plugins={SCRIPTED: plugin})
        agent = agent.model_copy(update={"model_tier": SCRIPTED})
    _check_globs(options.tools, executor)
    warnings: list[str] = []
    # an agent has the tools that somebody chose for it; these are for the one that nobody chose any for
    brings_tools = is_scripted and options.agent_file is None and not options.tools
    if fell_back:
        warnings.append(
            NO_MODEL.format(over="the files of this folder" if brings_tools else "whatever it is given")
        )
    if options.files and executor.ports.input_files is None:
        names = ", ".join(file.name for file in options.files)
        warnings.append(
            f"No plugin keeps attachments (the port `input_files` is empty), so nobody will see {names}."
        )
    return Prepared(
        executor, agent, _invocation(options, brings_tools=brings_tools), is_scripted, tuple(warnings)
    )


def read_agent(options: Options) -> Agent:
    """Read the agent, or make the plain one, and lay the options over it.

    Raises:
        ConfigError: Naming the file, and what is wrong in it.
    """
    agent: Agent = Agent.load(options.agent_file) if options.agent_file else Agent(name="assistant")
    changes = {
        "model_tier": options.model,
        "max_steps": options.max_steps,
        "max_runtime_s": options.timeout_s,
        "tools": (*agent.tools, *options.tools) if options.tools else None,
    }
    return agent.model_copy(update={name: value for name, value in changes.items() if value is not None})


def _has_model(executor: Executor) -> bool:
    """Tell whether a plugin provides models, or the configuration names one that some plugin should."""
    provided = any(
        one.kind == "model" for info in executor.plugins if info.is_active for one in info.provides
    )
    return provided or bool(load_configuration().models)


def _check_globs(names: tuple[str, ...], executor: Executor) -> None:
    """Refuse a glob that no tool matches: the run would go on without, and nobody would know why."""
    known = [*executor.registry.names(), *executor.ports.session_tools]
    for name in names:
        if any(character in name for character in "*?[") and not any(fnmatchcase(one, name) for one in known):
            raise ConfigError(f"--tool '{name}' matches no installed tool.{did_you_mean(name, known)}")


def _invocation(options: Options, *, brings_tools: bool) -> Invocation:
    if not brings_tools:
        return Invocation(images=options.images, input_files=options.files)
    from executus_core.cli.demo.tools import workspace_tools  # noqa: PLC0415 - only runs without a model need it

    return Invocation(
        images=options.images, input_files=options.files, extra_tools=workspace_tools(Path.cwd())
    )
