"""``executus config``: the settings that hold here, where they come from, and a file to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from executus_core.cli import exit_codes
from executus_core.cli.screen.words import print_data
from executus_core.cli.start.asked import read_url
from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from executus_core.plugin.host import PluginHost

_config = click.option(
    "--config", "file", metavar="FILE", type=click.Path(dir_okay=False), help="In place of executus.toml."
)


@click.group(invoke_without_command=True)
@click.pass_context
def config(ctx: click.Context) -> None:
    """Show the settings that hold here, and where each comes from; without a subcommand, as `config show` does."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(show)


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Write everything as JSON.")
@_config
def show(*, as_json: bool = False, file: str | None = None) -> None:
    """Show every setting with its value, and where that comes from. Secrets are not shown."""
    from executus_core.cli.config.effective import list_effective  # noqa: PLC0415
    from executus_core.cli.config.screen import settings_as_data, show_settings  # noqa: PLC0415 - the help needs none of this

    host = _build_host(file)
    settings = list_effective(host)
    if as_json:
        data = settings_as_data(host.configuration.path, settings)
        print_data(data)
    else:
        show_settings(host.configuration.path, settings)


@config.command()
def path() -> int:
    """Print the path of the settings file that is read here; exit with 1 when there is none."""
    from executus_core.config.load import find_file  # noqa: PLC0415 - the help needs none of this

    found = find_file(Path.cwd())
    if found is None:
        click.echo("No settings file here or above; `executus config init` writes one.", err=True)
        return exit_codes.RUN_FAILED
    click.echo(found)
    return exit_codes.OK


@config.command()
@_config
def check(*, file: str | None) -> int:
    """Check every setting, those of plugins too, and that each tier has a model; exit with 2 or 3 otherwise."""
    import asyncio  # noqa: PLC0415 - the help needs none of this

    from executus_core.cli.start.fault import find_fault  # noqa: PLC0415

    host = _build_host(file)
    fault = find_fault(host)
    problems, code = (
        (fault.problems, fault.exit_code) if fault else (asyncio.run(_list_unserved(host)), exit_codes.USAGE)
    )
    if not problems:
        click.secho(
            f"Nothing is wrong with {host.configuration.path or 'the settings; there is no file'}.",
            fg="green",
        )
        return exit_codes.OK
    for problem in problems:
        click.echo(f"{click.style('✗', fg='red')} {problem}", err=True)
    return code


@config.command()
@click.option("-m", "--model", default="", metavar="SPEC", help="The model that serves the tier `fast`.")
@click.option("--base-url", default="", metavar="URL", help="The model server to use.")
@click.option("--force", is_flag=True, help="Write over an executus.toml that is there.")
def init(*, model: str, base_url: str, force: bool) -> None:
    """Write an executus.toml into this folder, with the model that `executus run` would use now."""
    import asyncio  # noqa: PLC0415 - the help needs none of this

    from executus_core.cli.config.effective import list_effective  # noqa: PLC0415
    from executus_core.cli.config.template import render  # noqa: PLC0415
    from executus_core.config.load import FILE_NAME  # noqa: PLC0415

    target = Path(FILE_NAME)
    if target.exists() and not force:
        raise ConfigError(f"{target.resolve()} is there already; --force writes over it")
    host = _build_host(None)
    spec, why = asyncio.run(_choose(host, model, read_url(base_url)))
    text = render(spec, why, list_effective(host))
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{target.resolve()}: {error.strerror or error}") from error
    click.echo(f"Wrote {target.resolve()}")
    if spec:
        click.echo(f'The tier `fast` is {spec}. Next: executus run "What is in this folder?"')
    else:
        click.echo("No model was found for it. Next: executus doctor")


async def _choose(host: PluginHost, model: str, base_url: str) -> tuple[str, str]:
    """Choose what a run would, and say why; nothing where a script would answer, which nobody needs to write down."""
    from executus_core.cli.start.asked import Asked  # noqa: PLC0415 - the help needs none of this
    from executus_core.cli.start.model_choice import Origin  # noqa: PLC0415
    from executus_core.cli.start.setup import find_choice, list_candidates  # noqa: PLC0415
    from executus_core.plugin.executor import Executor  # noqa: PLC0415

    async with Executor.from_host(host) as executor:
        choice, _ = await find_choice(executor, Asked(model=model, base_url=base_url))
        if choice.origin is Origin.SCRIPTED:
            return "", ""
        return ", ".join(list_candidates(executor, choice.spec)), choice.why


async def _list_unserved(host: PluginHost) -> tuple[str, ...]:
    from executus_core.cli.models.tiers import list_unserved  # noqa: PLC0415 - the help needs none of this
    from executus_core.plugin.executor import Executor  # noqa: PLC0415

    async with Executor.from_host(host) as executor:
        return await list_unserved(executor)


def _build_host(file: str | None) -> PluginHost:
    from executus_core.config.load import load_configuration  # noqa: PLC0415 - the help needs none of this
    from executus_core.plugin.host import PluginHost  # noqa: PLC0415

    return PluginHost(load_configuration(file))
