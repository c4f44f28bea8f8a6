"""From what a person asked to a run that may begin: discover, open, read the agent, choose the model."""

from __future__ import annotations

from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import Factory, frozen

from executus_core.cli.folder.tools import add_folder_tools
from executus_core.cli.person.operator import operator_id
from executus_core.cli.person.seat import seat_person
from executus_core.cli.person.terminal import Terminal
from executus_core.cli.start.agent_lookup import get_agent
from executus_core.cli.start.attempts import SeenAttempts, watch_attempts
from executus_core.cli.start.model_choice import (
    INSTALL,
    SCRIPTED,
    KnownModels,
    ModelChoice,
    ModelWish,
    Origin,
    choose_model,
    needs_finding,
)
from executus_core.cli.start.refusal import RefusedModels
from executus_core.config.load import DEFAULT, ENVIRONMENT, MODEL_VARIABLE
from executus_core.errors import ConfigError, ModelError, did_you_mean
from executus_core.plugin.executor import Executor
from executus_core.record.agent import Agent
from executus_core.record.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from executus_core.cli.person.terminal import Display
    from executus_core.cli.start.asked import Asked
    from executus_core.config.load import Configuration
    from executus_core.llm.message import ImagePart, Message
    from executus_core.record.artifact import InputFile
    from executus_core.record.finding import ModelFinding
    from executus_core.record.tool import Tool

PLAIN: Final = "assistant"
"""The agent of whoever names none."""
AT_A_TERMINAL_S: Final = 900.0
LOOK_FIRST: Final = (
    "You answer on a command line. With your tools you can list, read, search and count the files of the folder in which "
    "the person works; look there before you answer a question about it, and be brief."
)


@frozen
class Ready:
    """A run that may begin.

    Attributes:
        executor: Open; leaving the block that gave this closes it.
        agent: What to run, with the options laid over it.
        choice: Which model answers, and why.
        findings: Where the model sources looked; empty when nobody needed to.
        refusal: Why no model can answer, though one was asked for; a run would only end with it.
        extra_tools: Tools beside those that the agent names.
        attempts: Sees the attempts at model calls.
    """

    executor: Executor
    agent: Agent
    choice: ModelChoice
    findings: tuple[ModelFinding, ...] = ()
    refusal: ModelError | None = None
    extra_tools: tuple[Tool, ...] = ()
    attempts: SeenAttempts = Factory(SeenAttempts)

    @property
    def chain(self) -> tuple[str, ...]:
        """The specs of the models that may answer, the one to prefer first, also where a tier was chosen."""
        return list_candidates(self.executor, self.choice.spec)

    @property
    def is_scripted(self) -> bool:
        """Whether the scripted model answers, though nobody asked for it."""
        return self.choice.origin is Origin.SCRIPTED

    @property
    def is_recorded(self) -> bool:
        """Whether a run can be looked at afterwards with ``executus runs``."""
        provided = [one for info in self.executor.plugins for one in info.provides]
        has_command = any(one.kind == "command" and one.name == "runs" for one in provided)
        return has_command and bool(self.executor.ports.audit)

    def invocation(
        self,
        *,
        channel_id: str = "",
        history: tuple[Message, ...] = (),
        images: tuple[ImagePart, ...] = (),
        input_files: tuple[InputFile, ...] = (),
    ) -> Invocation:
        """Make the invocation of one run, for the person at the command line."""
        return Invocation(
            caller_id=operator_id(),
            channel_id=channel_id,
            history=history,
            images=images,
            input_files=input_files,
            extra_tools=self.extra_tools,
        )


@asynccontextmanager
async def opened(asked: Asked, display: Display | None = None) -> AsyncGenerator[Ready]:
    """Open an executor of what is installed, with the agent and the model that were asked for.

    Args:
        asked: What to run.
        display: What shows the runs, held while the person is asked something.

    Raises:
        ConfigError: The agent, an option or a setting is wrong.
        PluginError: A plugin that must take part does not.
    """
    async with Executor.discover(config=asked.config or None) as executor:
        seat_person(executor, display, allowed=asked.allowed, scopes=asked.scopes)
        folder = add_folder_tools(executor.registry, Path.cwd())
        _check_globs(asked.tools, executor)
        # an agent has the tools that somebody chose for it; these are for the one that nobody chose any for, and they are
        # our own: a plugin's of the same name may do anything, and is offered to nobody by being installed
        extra_tools = () if asked.agent or asked.tools else folder
        agent = await read_agent(asked, executor, looks_first=bool(extra_tools))
        choice, findings, refusal = await choose_or_refuse(executor, asked, agent.model_tier or "")
        agent = agent.model_copy(update={"model_tier": choice.spec})
        attempts = watch_attempts(executor)
        yield Ready(executor, agent, choice, findings, refusal, extra_tools, attempts)


async def read_agent(asked: Asked, executor: Executor, *, looks_first: bool = False) -> Agent:
    """Read the agent, or make the plain one, and lay the options over it; the model is another matter.

    Args:
        asked: Which agent, and the options.
        executor: Who knows agents.
        looks_first: Whether the plain one is told that it can look into the folder.

    Raises:
        ConfigError: Naming the file, and what is wrong in it; or nobody knows the name.
    """
    agent: Agent = (
        await get_agent(asked.agent, executor) if asked.agent else plain_agent(looks_first=looks_first)
    )
    changes = {
        "max_steps": asked.max_steps,
        "max_runtime_s": asked.timeout_s or _patience(executor, agent),
        "tools": (*agent.tools, *asked.tools) if asked.tools else None,
        "model_options": {**agent.model_options, **dict(asked.model_options)}
        if asked.model_options
        else None,
    }
    return agent.model_copy(update={name: value for name, value in changes.items() if value is not None})


def _patience(executor: Executor, agent: Agent) -> float | None:
    """Give a run at a terminal, which nobody gave a limit, the time of a person who may be asked and can press Ctrl-C."""
    is_limited = agent.max_runtime_s or executor.configuration.source("defaults", "max_runtime_s") != DEFAULT
    return None if is_limited or not Terminal.is_there() else AT_A_TERMINAL_S


def plain_agent(*, looks_first: bool) -> Agent:
    """Make the agent of whoever names none."""
    return Agent(name=PLAIN, system_prompt=LOOK_FIRST if looks_first else "")


async def find_choice(
    executor: Executor, asked: Asked, agent_tier: str = ""
) -> tuple[ModelChoice, tuple[ModelFinding, ...]]:
    """Choose the model, and have the model sources look where that needs it.

    Returns:
        The choice, and where they looked.

    Raises:
        ModelError: A server was named that offers no model.
    """
    wish = ModelWish(asked.model, asked.base_url, agent_tier, executor.defaults.model_tier)
    known = await find_known(executor, wish)
    findings = await executor.find_models(wish.base_url) if needs_finding(wish, known) else ()
    choice = choose_model(wish, known, findings)
    serve_named_script(executor, choice.spec)
    return choice, findings


async def choose_or_refuse(
    executor: Executor, asked: Asked, agent_tier: str = ""
) -> tuple[ModelChoice, tuple[ModelFinding, ...], ModelError | None]:
    """Do the same as ``find_choice``, and where a server offers no model, have one refuse the run, so that it is on record.

    Returns:
        The choice, where the model sources looked, and why no model can answer, or None.
    """
    try:
        choice, findings = await find_choice(executor, asked, agent_tier)
    except ModelError as error:
        executor.add_models(RefusedModels(asked.base_url, error))
        return ModelChoice(asked.base_url, Origin.ASKED, "--base-url"), (), error
    return choice, findings, None


async def find_known(executor: Executor, wish: ModelWish) -> KnownModels:
    """Find out what is known of models without having anybody look for any."""
    configuration = executor.configuration
    models_source = configuration.source("models", wish.named)
    return KnownModels(
        configuration.models,
        not (wish.asked or wish.base_url) and await _is_served(executor, wish.named),
        any(one.kind == "model" for info in executor.plugins if info.is_active for one in info.provides),
        "" if wish.asked or wish.agent else _who_set_default(configuration),
        "" if models_source == DEFAULT else models_source,
    )


def list_candidates(executor: Executor, spec: str) -> tuple[str, ...]:
    """Give the specs that a tier, an alias or a chain comes to; what can't be followed stays as it is."""
    try:
        return tuple(route.spec for route in executor.routing.expand(spec))
    except ModelError:
        return (spec,)


def serve_named_script(executor: Executor, spec: str = "") -> None:
    """Have the scripted model served, after those of the plugins, where a tier, an alias or what is asked for names it."""
    routing = executor.routing
    names = (*routing.tiers, *routing.aliases, *((spec,) if spec else ()))
    if not any(SCRIPTED in list_candidates(executor, name) for name in names):
        return
    from executus_core.cli.demo.plugin import DemoModels  # noqa: PLC0415 - only runs without a model need it

    if not any(isinstance(source, DemoModels) for source in executor.model_sources):
        executor.add_models(DemoModels())


def describe_choice(ready: Ready) -> str:
    """Say which model answers and why, where a person might not expect it; "" where nobody needs to be told."""
    choice = ready.choice
    if choice.origin is Origin.FOUND:
        return f"Model: {choice.spec} ({choice.why}). Make it lasting: {choice.advice}"
    if choice.origin is not Origin.SCRIPTED:
        return ""
    over = "the files of this folder" if ready.agent.system_prompt == LOOK_FIRST else "whatever it is given"
    said, help_with = (
        ("", "For a real model: ") if choice.advice == INSTALL else (", and none was found", "What helps: ")
    )
    return (
        f"No model is configured{said}, so a scripted one answers: rules instead of intelligence, and real tools over "
        f"{over}. {help_with}{choice.advice}"
    )


async def _is_served(executor: Executor, spec: str) -> bool:
    try:
        await executor.resolve_model(spec)
    except ModelError:
        return False
    return True


def _who_set_default(configuration: Configuration) -> str:
    source = configuration.source("defaults", "model_tier")
    if source == ENVIRONMENT:
        return MODEL_VARIABLE
    return "" if source == DEFAULT else f"[defaults] of {source}"


def _check_globs(names: tuple[str, ...], executor: Executor) -> None:
    """Refuse a glob that no tool matches: the run would go on without, and nobody would know why."""
    known = [*executor.registry.names(), *executor.ports.session_tools]
    for name in names:
        if any(character in name for character in "*?[") and not any(fnmatchcase(one, name) for one in known):
            raise ConfigError(f"--tool '{name}' matches no installed tool.{did_you_mean(name, known)}")
