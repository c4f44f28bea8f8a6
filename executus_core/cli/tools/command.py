"""``executus tools``: the installed tools, what each takes, and one call of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from executus_core.cli import exit_codes
from executus_core.cli.options import config_option, json_option
from executus_core.cli.start.asked import scope_option
from executus_core.cli.start.completing import complete_tools

if TYPE_CHECKING:
    from executus_core.cli.tools.screen import Listed
    from executus_core.cli.tools.watch import WatchedHandler
    from executus_core.record.result import Result

_CALL_EPILOG = """\b
Exit codes: 0 the tool answered, 1 it failed or refused its arguments,
2 bad usage or configuration, 3 a plugin's fault, 130 interrupted.
"""


@click.group(invoke_without_command=True)
@click.pass_context
def tools(ctx: click.Context) -> None:
    """Show the installed tools, and try one.

    An agent names the tools that it uses; installing one offers nothing to any model.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@tools.command("list")
@json_option
@config_option
def list_(*, as_json: bool = False, config: str | None = None) -> None:
    """List the installed tools, with what each may do and who may use it."""
    from executus_core.cli.screen.words import print_data  # noqa: PLC0415 - the help needs none of this
    from executus_core.cli.tools.screen import list_as_data, show_list  # noqa: PLC0415

    listed = _list_tools(config)
    if as_json:
        print_data(list_as_data(listed))
    else:
        show_list(listed)


@tools.command()
@click.argument("name", shell_complete=complete_tools)
@json_option
@config_option
def show(*, name: str, as_json: bool, config: str | None) -> None:
    """Show one tool: what it does, and what it takes.

    With --json that is the schema which a model reads.
    """
    from executus_core.cli.screen.words import print_data  # noqa: PLC0415 - the help needs none of this
    from executus_core.cli.tools.call import get_tool  # noqa: PLC0415
    from executus_core.cli.tools.screen import show_tool, tool_as_data  # noqa: PLC0415
    from executus_core.tool.registry import ToolRegistry  # noqa: PLC0415

    listed = _list_tools(config)
    tool = get_tool(ToolRegistry(listed.tools), name, [pack for pack, _ in listed.packs])
    if as_json:
        print_data(tool_as_data(tool))
    else:
        show_tool(tool)


@tools.command(epilog=_CALL_EPILOG)
@click.argument("name", shell_complete=complete_tools)
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--arg", "more_arguments", multiple=True, metavar="NAME=VALUE", help="An argument; may be repeated."
)
@scope_option
@click.option("-y", "--yes", "is_allowed", is_flag=True, help="Allow what the tool would ask a person for.")
@json_option
@config_option
@click.option("-v", "--verbose", is_flag=True, help="Show what the tool logs, with tracebacks.")
def call(
    *,
    name: str,
    arguments: tuple[str, ...],
    more_arguments: tuple[str, ...],
    scopes: tuple[str, ...],
    is_allowed: bool,
    as_json: bool,
    config: str | None,
    verbose: bool,
) -> int:
    """Call one tool and print what it gives.

    The call is a run of its own: the caller's permissions, the tool's own checks and the audit trail apply as when a model
    asks. No model is asked. A value is read as JSON where the tool wants no text:

    \b
      executus tools call roll sides=20
      executus tools call search '{"words": ["a", "b"]}'
    """  # noqa: D301 - click's mark before lines that stay as they are
    import asyncio  # noqa: PLC0415 - the help needs none of this

    from executus_core.cli.run.report import report  # noqa: PLC0415
    from executus_core.cli.screen.words import print_data, set_up_logging  # noqa: PLC0415
    from executus_core.cli.tools.screen import show_result  # noqa: PLC0415

    set_up_logging(is_verbose=verbose)
    result, code, watched, limit = asyncio.run(
        _call(name, (*arguments, *more_arguments), config, scopes, is_allowed=is_allowed, is_verbose=verbose)
    )
    if as_json:
        print_data(report(result))
    else:
        show_result(result, watched, limit, is_verbose=verbose)
    return code


async def _call(
    name: str,
    words: tuple[str, ...],
    config: str | None,
    scopes: tuple[str, ...],
    *,
    is_allowed: bool,
    is_verbose: bool,
) -> tuple[Result, int, WatchedHandler, int]:
    from executus_core.cli.folder.tools import add_folder_tools  # noqa: PLC0415 - the help needs none of this
    from executus_core.cli.interrupt import cancelled_by_signals  # noqa: PLC0415
    from executus_core.cli.person.seat import seat_person  # noqa: PLC0415
    from executus_core.cli.screen.words import warn  # noqa: PLC0415
    from executus_core.cli.tools.call import get_tool, read_arguments, start_call  # noqa: PLC0415
    from executus_core.cli.tools.watch import watch  # noqa: PLC0415
    from executus_core.plugin.executor import Executor  # noqa: PLC0415

    async with Executor.discover(config=config) as host:
        if not is_verbose:  # the log has them
            warn(host.warnings)
        seat_person(host, allowed=(name,) if is_allowed else (), scopes=scopes, remedy="--yes")
        add_folder_tools(host.registry, Path.cwd())
        tool, watched = watch(get_tool(host.registry, name, host.ports.session_tools))
        run = start_call(host, tool, read_arguments(tool, words))
        with cancelled_by_signals(run.cancel) as received:
            result: Result = await run
    failed = any(step.is_error for step in result.steps)
    code = exit_codes.code_of_result(result, received.signal)
    code = code or (exit_codes.RUN_FAILED if failed else exit_codes.OK)
    return result, code, watched, host.defaults.max_tool_result_chars


def _list_tools(config: str | None) -> Listed:
    """Build the tools that can be built; listing goes on without a plugin that is broken."""
    from executus_core.cli.folder.tools import add_folder_tools  # noqa: PLC0415 - the help needs none of this
    from executus_core.cli.tools.screen import Listed  # noqa: PLC0415
    from executus_core.config.load import load_configuration  # noqa: PLC0415
    from executus_core.plugin.compose import build_tools  # noqa: PLC0415
    from executus_core.plugin.host import PluginHost  # noqa: PLC0415
    from executus_core.tool.registry import ToolRegistry  # noqa: PLC0415

    host = PluginHost(load_configuration(config))
    built, left_out = build_tools(host)
    known = ToolRegistry(built)
    add_folder_tools(known, Path.cwd())
    packs = tuple((one.provider.name, one.plugin) for one in host.arrangements["session_tools"].offers)
    broken = tuple(info.name for info in host.infos if info.is_broken)
    problems = [f"Not usable: {', '.join(broken)}. See: executus plugins"] if broken else []
    return Listed(tuple(sorted(known, key=lambda tool: tool.name)), packs, (*problems, *map(str, left_out)))
