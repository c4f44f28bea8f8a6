"""``executus agents``: the agents that are known here, one of them whole, and whether files are sound."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from executus_core.cli import exit_codes
from executus_core.cli.options import config_option, json_option
from executus_core.cli.start.completing import complete_agents

if TYPE_CHECKING:
    from executus_core.cli.agents.catalog import Catalog
    from executus_core.config.defaults import Defaults
    from executus_core.record.agent import Agent


@click.group(invoke_without_command=True)
@click.pass_context
def agents(ctx: click.Context) -> None:
    """Show the agents that are known here, check files, and begin a new one.

    An agent is a file in the folder agents/, here or beside executus.toml, or comes with a plugin. It is run by its name:
    executus run --agent NAME.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@agents.command("list")
@json_option
@config_option
def list_(*, as_json: bool = False, config: str | None = None) -> None:
    """List the agents that are known here; a file that is broken is listed with its problem."""
    from executus_core.cli.agents.screen import catalog_as_data, show_catalog  # noqa: PLC0415 - the help needs none of this
    from executus_core.cli.screen.words import print_data  # noqa: PLC0415

    catalog, defaults = asyncio.run(_read_catalog(config))
    if as_json:
        print_data(catalog_as_data(catalog, defaults))
    else:
        show_catalog(catalog, defaults)


@agents.command()
@click.argument("name", shell_complete=complete_agents)
@json_option
@config_option
def show(*, name: str, as_json: bool, config: str | None) -> None:
    """Show one agent whole, as a file that could be run, with what it leaves to the defaults marked.

    NAME is a name or a file.
    """
    from executus_core.cli.agents.screen import agent_as_data, show_agent  # noqa: PLC0415 - the help needs none of this
    from executus_core.cli.screen.words import print_data  # noqa: PLC0415

    agent, defaults = asyncio.run(_read_one(name, config))
    if as_json:
        print_data(agent_as_data(agent, defaults))
    else:
        show_agent(agent, defaults)


@agents.command()
@click.argument("files", nargs=-1, type=click.Path(dir_okay=False, path_type=Path), metavar="[FILE]...")
@json_option
@config_option
def check(*, files: tuple[Path, ...], as_json: bool, config: str | None) -> int:
    """Check agent files: every field, and whether the tools that they name are installed.

    Without FILE those of the folder agents/ are checked. Exit code 2 when anything is wrong.
    """
    from executus_core.cli.agents.screen import show_checks  # noqa: PLC0415 - the help needs none of this
    from executus_core.cli.screen.words import print_data  # noqa: PLC0415

    problems = asyncio.run(_check(files, config))
    if as_json:
        print_data({str(file): list(found) for file, found in problems.items()})
    else:
        show_checks(problems)
    return exit_codes.USAGE if any(problems.values()) else exit_codes.OK


@agents.command()
@click.argument("name")
def new(*, name: str) -> None:
    """Write agents/NAME.toml: a small agent that runs as it is, with what else can be said in it explained."""
    from executus_core.cli.agents.starter import write_starter  # noqa: PLC0415 - the help needs none of this
    from executus_core.config.load import load_configuration  # noqa: PLC0415

    path = write_starter(name, load_configuration().defaults())
    click.echo(f"{path} is written. Say in it what the agent is for, and then:")
    click.secho(f'  executus agents check {path}\n  executus run --agent {name} "..."', dim=True)


async def _read_catalog(config: str | None) -> tuple[Catalog, Defaults]:
    from executus_core.cli.agents.catalog import read_catalog  # noqa: PLC0415 - the help needs none of this
    from executus_core.plugin.executor import Executor  # noqa: PLC0415

    async with Executor.discover(config=config, strict=False) as executor:
        return await read_catalog(executor), executor.defaults


async def _read_one(name: str, config: str | None) -> tuple[Agent, Defaults]:
    from executus_core.cli.start.agent_lookup import get_agent  # noqa: PLC0415 - the help needs none of this
    from executus_core.plugin.executor import Executor  # noqa: PLC0415

    async with Executor.discover(config=config, strict=False) as executor:
        return await get_agent(name, executor), executor.defaults


async def _check(files: tuple[Path, ...], config: str | None) -> dict[Path, tuple[str, ...]]:
    from executus_core.cli.agents.catalog import check_files  # noqa: PLC0415 - the help needs none of this
    from executus_core.plugin.executor import Executor  # noqa: PLC0415

    async with Executor.discover(config=config, strict=False) as executor:
        return check_files(files, executor)
