"""``executus plugins``: every plugin with its state, and who serves each port and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from attrs import asdict

from executus_core.cli import exit_codes
from executus_core.config.load import load_configuration
from executus_core.errors import ExecutusError
from executus_core.plugin.compose import compose
from executus_core.plugin.host import PluginHost

if TYPE_CHECKING:
    from executus_core.llm.json import JsonValue
    from executus_core.plugin.info import PluginInfo, PortInfo


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write everything as JSON.")
@click.option(
    "--check", is_flag=True, help="Build settings and providers too; exit with 3 when a run would be refused."
)
@click.option("--timings", is_flag=True, help="Show what importing each plugin took.")
@click.option(
    "--requirements", is_flag=True, help="Write the active plugins as lines for a requirements file."
)
@click.option(
    "-v", "--verbose", is_flag=True, help="Show where plugins come from, every port, and tracebacks."
)
@click.option(
    "--config", metavar="FILE", type=click.Path(dir_okay=False), help="A TOML file in place of executus.toml."
)
@click.pass_context
def plugins(
    ctx: click.Context,
    *,
    as_json: bool,
    check: bool,
    timings: bool,
    requirements: bool,
    verbose: bool,
    config: str | None,
) -> None:
    """Show every plugin with its state, what it provides, and who serves each port and why.

    Listing goes on without a plugin that is broken; a run does not start, and the last lines say what helps.
    """
    host = PluginHost(load_configuration(config))
    problems = check_all(host) if check else list(host.problems)
    if as_json:
        click.echo(json.dumps(as_data(host, problems), indent=2, ensure_ascii=False))
    elif requirements:
        click.echo("".join(f"{line}\n" for line in requirement_lines(host)), nl=False)
    else:
        from executus_core.cli.plugin_tables import Shown, show  # noqa: PLC0415 - only what is shown is imported

        show(host, problems, Shown(timings=timings, verbose=verbose, checked=check))
    if check and problems:
        ctx.exit(exit_codes.PLUGIN)


def check_all(host: PluginHost) -> list[str]:
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
    except ExecutusError as error:
        return [*getattr(error, "problems", (str(error),))]
    return [str(note) for note in composition.left_out]


def requirement_lines(host: PluginHost) -> list[str]:
    """Pin the distributions of the active plugins, and the core, as a requirements file does."""
    from executus_core.plugin.scan import CORE, find_core_version  # noqa: PLC0415 - only what is shown is imported

    pins = {info.distribution: info.version for info in host.active() if info.distribution}
    if (version := find_core_version()) is not None:
        pins[CORE] = version
    return sorted(f"{name}=={version}" if version else name for name, version in pins.items())


def as_data(host: PluginHost, problems: list[str]) -> dict[str, JsonValue]:
    """Give everything that is known as data for JSON."""
    return {
        "plugins": [_plugin_data(info) for info in host.infos],
        "ports": {port.spec.name: _port_data(port) for port in host.ports},
        "commands": [{"name": one.name, "plugin": one.plugin, "help": one.help} for one in host.commands],
        "configuration": str(host.configuration.path) if host.configuration.path else None,
        "problems": problems,
        "remedies": list(host.remedies),
        "warnings": list(host.warnings),
    }


def _plugin_data(info: PluginInfo) -> dict[str, JsonValue]:
    return {
        "name": info.name,
        "state": str(info.state),
        "reason": info.reason,
        "problems": list(info.problems),
        "required": info.is_required,
        "summary": info.summary,
        "distribution": info.distribution,
        "version": info.version,
        "target": info.target,
        "path": info.path,
        "import_s": round(info.import_s, 6),
        "modules": list(info.modules),
        "provides": [{"kind": one.kind, "name": one.name, "summary": one.summary} for one in info.provides],
        "deprecations": [asdict(one) for one in info.deprecations],
    }


def _port_data(port: PortInfo) -> dict[str, JsonValue]:
    return {
        "cardinality": port.spec.cardinality.value,
        "providers": [{"plugin": plugin, "provider": provider} for plugin, provider in port.providers],
        "why": port.why,
    }
