"""What stands in the way of a run, found out without starting one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from executus_core.cli import exit_codes
from executus_core.errors import ExecutusError
from executus_core.model.checks import know_sources
from executus_core.model.settings import read_routing
from executus_core.plugin.compose import compose
from executus_core.plugin.executor import Executor

if TYPE_CHECKING:
    from executus_core.plugin.host import PluginHost


@frozen
class Fault:
    """Why no run may start.

    Attributes:
        problems: Everything that is wrong, one sentence each.
        exit_code: What a run would end with.
        remedies: The lines that help.
    """

    problems: tuple[str, ...]
    exit_code: int
    remedies: tuple[str, ...] = ()


def list_problems(host: PluginHost) -> list[str]:
    """List everything that stands in the way of a run: plugins, ports, settings, and providers that can't be built."""
    problems = list(host.problems)
    for info in host.active():
        try:
            host.build_settings(info.name)
        except ExecutusError as error:
            problems += getattr(error, "problems", (str(error),))
    if problems:
        return problems
    try:
        composition = compose(host)
        host.configuration.defaults()
        read_routing(host.configuration, know_sources(composition.models))
    except ExecutusError as error:
        return [*getattr(error, "problems", (str(error),))]
    return [str(note) for note in composition.left_out]


def find_fault(host: PluginHost) -> Fault | None:
    """Find out what stands in the way of a run: plugins, ports, settings, and providers that can't be built."""
    problems = list_problems(host)
    if not problems:
        return None
    return Fault(tuple(problems), _code_of_fault(host), host.remedies)


def _code_of_fault(host: PluginHost) -> int:
    try:
        host.check_start()
        for info in host.active():
            host.build_settings(info.name)
        Executor.from_host(host)
    except ExecutusError as error:
        return exit_codes.code_of(error)
    return exit_codes.PLUGIN  # a provider was left out
