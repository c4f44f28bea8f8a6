"""Looks over everything that a run needs, says what is wrong, and decides what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from executus_core.cli import exit_codes
from executus_core.cli.config.effective import find_paths
from executus_core.cli.models.here import ModelsHere, first_remedy, look_for_models
from executus_core.cli.models.trial import QUESTION
from executus_core.cli.start.fault import Fault, find_fault
from executus_core.cli.start.model_choice import INSTALL, NAME_IT, Origin
from executus_core.config.load import load_configuration
from executus_core.errors import ConfigError, ExecutusError, ModelAccessError
from executus_core.plugin.executor import Executor
from executus_core.plugin.host import PluginHost
from executus_core.record.agent import Agent

if TYPE_CHECKING:
    from executus_core.cli.start.asked import Asked
    from executus_core.plugin.info import PluginInfo
    from executus_core.record.result import Result

TRY_IT = 'executus run "What is in this folder?"'
MEND = "mend what is said above; then: executus doctor"


@frozen
class Served:
    """Who serves a port.

    Attributes:
        port: The port.
        by: Plugins with their providers, or what holds without any.
        paths: Files and folders that their settings name.
    """

    port: str
    by: str
    paths: tuple[str, ...] = ()


@frozen
class Checkup:
    """What was found.

    Attributes:
        configuration: The settings file, or "".
        fault: Why no run may start, or None.
        plugins: Every plugin that is known here.
        served: Who serves the ports that a run asks.
        models: The models; None when nobody could look.
        probe: What came of a real call, when one was asked for.
        warnings: What looks like a mistake in the settings and stops no run.
    """

    configuration: str = ""
    fault: Fault | None = None
    plugins: tuple[PluginInfo, ...] = ()
    served: tuple[Served, ...] = ()
    models: ModelsHere | None = None
    probe: Result | None = None
    warnings: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 when a run may start, also with the scripted model."""
        if self.fault:
            return self.fault.exit_code
        if self.models and self.models.error:
            return exit_codes.code_of(self.models.error)
        return exit_codes.code_of_result(self.probe) if self.probe else exit_codes.OK


async def examine(asked: Asked, *, call_model: bool = False) -> Checkup:
    """Look over everything; nothing leaves this machine unless a model is to be called.

    Args:
        asked: The model, the server or the settings file to look at, when it is not what a run would use by itself.
        call_model: Whether to make one tiny call to the model that a run would use.
    """
    try:
        host = PluginHost(load_configuration(asked.config or None))
    except ConfigError as error:
        return Checkup(fault=Fault(error.problems, exit_codes.code_of(error)))
    fault = find_fault(host)
    models, probe, warnings = None, None, host.warnings
    try:
        async with Executor.from_host(host, strict=False) as executor:
            models, warnings = await look_for_models(executor, asked), executor.warnings
            if call_model and models.choice and not models.error:
                probe = await call(executor, models.choice.spec)
    except ExecutusError as error:
        problems = error.problems if isinstance(error, ConfigError) else (str(error),)
        fault = fault or Fault(problems, exit_codes.code_of(error))
    file = str(host.configuration.path) if host.configuration.path else ""
    return Checkup(file, fault, host.infos, list_served(host), models, probe, warnings)


async def call(executor: Executor, spec: str) -> Result:
    """Make one tiny call to a model, as a run like any other."""
    return await executor.run(Agent(name="doctor", model_tier=spec, max_steps=1), QUESTION)


def list_served(host: PluginHost) -> tuple[Served, ...]:
    """List the ports that somebody serves, and audit in any case: whether runs are on record is worth a line."""
    served: list[Served] = []
    for port in host.ports:
        if port.spec.name in {"model", "tools"} or not (port.providers or port.spec.name == "audit"):
            continue
        plugins = dict.fromkeys(plugin for plugin, _ in port.providers)
        paths = tuple(path for plugin in plugins for path in find_paths(host, plugin))
        by = ", ".join(f"{plugin}/{provider}" for plugin, provider in port.providers)
        served.append(Served(port.spec.name, by or f"nobody: {port.spec.without}", paths))
    return tuple(served)


def decide_next(checkup: Checkup) -> str:
    """Decide what a person should type, or do, next."""
    if checkup.fault:
        remedies = checkup.fault.remedies
        return remedies[0] if remedies else MEND
    if checkup.models is None or checkup.models.choice is None:
        remedy = first_remedy(checkup.models.findings) if checkup.models else ""
        return remedy or "name another server with --base-url"
    if error := checkup.models.error:
        # a model that lacks its key says what it needs; what a finding advises may be for another one
        is_lacking = isinstance(error, ModelAccessError)
        return MEND if is_lacking else first_remedy(checkup.models.findings) or INSTALL
    if checkup.probe and checkup.probe.error is not None:
        return f"{MEND} --ask"
    choice = checkup.models.choice
    if choice.origin is Origin.SCRIPTED:
        return (
            choice.advice
            if choice.advice == INSTALL
            else first_remedy(checkup.models.findings) or f"executus run {NAME_IT}"
        )
    return choice.advice or TRY_IT
