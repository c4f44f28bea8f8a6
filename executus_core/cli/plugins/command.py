"""``executus plugins``: every plugin with its state, and who serves each port and why; a new one; the lock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import asdict
from click.core import ParameterSource

from executus_core.cli import exit_codes
from executus_core.cli.options import config_option
from executus_core.cli.screen.words import print_data
from executus_core.config.load import load_configuration
from executus_core.plugin.host import PluginHost

if TYPE_CHECKING:
    from executus_core.llm.json import JsonValue
    from executus_core.plugin.drift import LockState
    from executus_core.plugin.info import PluginInfo, PortInfo


@click.group(invoke_without_command=True)
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
@config_option
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
    if ctx.invoked_subcommand is not None:
        refuse_options_of_the_list(ctx, ctx.invoked_subcommand)
        return
    host = PluginHost(load_configuration(config))
    problems = _list_problems(host) if check else list(host.problems)
    lock_state = find_lock(host)
    if as_json:
        print_data(as_data(host, problems, lock_state))
    elif requirements:
        click.echo("".join(f"{line}\n" for line in requirement_lines(host)), nl=False)
    else:
        from executus_core.cli.plugins.tables import Shown, show  # noqa: PLC0415 - only what is shown is imported

        show(host, problems, Shown(timings=timings, verbose=verbose, checked=check, lock=lock_state))
    if check and problems:
        ctx.exit(exit_codes.PLUGIN)


@plugins.command()
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(("tools", "port", "model")),
    help="What it offers: tools (the default), a provider of a port, or models.",
)
@click.option("--port", metavar="PORT", help="Which port: audit (the default), budget, critic, ...")
@click.option(
    "--directory",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    help="Where to put the package's folder; here by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Write what was made as JSON.")
def new(*, name: str, kind: str | None, port: str | None, directory: Path, as_json: bool) -> None:
    """Make the package of a plugin: it builds, installs, and passes its own tests.

    NAME is what people install. Without a leading `executus-` it is also what hosts call the plugin.
    """
    from executus_core.cli.plugins.new import make_plugin  # noqa: PLC0415 - the list needs none of this

    make_plugin(name, kind, port, directory, as_json=as_json)


@plugins.command()
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing: compare, read every locked file, and exit with 3 for a difference.",
)
@config_option
def lock(*, check: bool, config: str | None) -> int:
    """Write executus.lock: executus-core and every plugin that takes part, with version and files.

    It stands beside executus.toml, and belongs into the repository. With `locked = true` under [plugins] of executus.toml
    a start that is not as the lock says is refused, before any plugin is imported.
    """
    from executus_core.cli.plugins.lock import check_lock, write_lock  # noqa: PLC0415 - the list needs none of this

    configuration = load_configuration(config)
    return check_lock(configuration) if check else write_lock(configuration)


def refuse_options_of_the_list(ctx: click.Context, command: str) -> None:
    """Refuse what was typed in front of a command and would be lost.

    Raises:
        UsageError: There is such an option.
    """
    given = [
        option.opts[0]
        for option in ctx.command.params
        if ctx.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(
            f"{given[0]} belongs to the list of plugins; options of '{command}' come behind it", ctx
        )


def _list_problems(host: PluginHost) -> list[str]:
    from executus_core.cli.start.fault import list_problems  # noqa: PLC0415 - a listing builds nothing

    return list_problems(host)


def requirement_lines(host: PluginHost) -> list[str]:
    """Pin the distributions of the active plugins, and the core, as a requirements file does."""
    from executus_core.plugin.scan import CORE, find_core_version  # noqa: PLC0415 - only what is shown is imported

    pins = {info.distribution: info.version for info in host.active() if info.distribution}
    if (version := find_core_version()) is not None:
        pins[CORE] = version
    return sorted(f"{name}=={version}" if version else name for name, version in pins.items())


def find_lock(host: PluginHost) -> LockState | None:
    """Say how a host stands to its lock; None for one that has none, and wants none."""
    configuration = host.configuration
    if not configuration.plugins.locked and not configuration.lock_path.is_file():
        return None
    from executus_core.plugin.drift import inspect_lock  # noqa: PLC0415 - only who has a lock pays for it

    return inspect_lock(configuration, host.drift)


def as_data(host: PluginHost, problems: list[str], lock_state: LockState | None) -> dict[str, JsonValue]:
    """Give everything that is known as data for JSON."""
    return {
        "plugins": [_plugin_data(info) for info in host.infos],
        "ports": {port.spec.name: _port_data(port) for port in host.ports},
        "commands": [{"name": one.name, "plugin": one.plugin, "help": one.help} for one in host.commands],
        "configuration": str(host.configuration.path) if host.configuration.path else None,
        "lock": _lock_data(lock_state) if lock_state else None,
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


def _lock_data(state: LockState) -> dict[str, JsonValue]:
    return {
        "path": str(state.path),
        "enforced": state.is_enforced,
        "agrees": not state.problems,
        "problems": list(state.problems),
    }


def _port_data(port: PortInfo) -> dict[str, JsonValue]:
    return {
        "cardinality": port.spec.cardinality.value,
        "providers": [{"plugin": plugin, "provider": provider} for plugin, provider in port.providers],
        "why": port.why,
    }
