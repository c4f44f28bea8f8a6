"""``executus models``: what can be asked for here and now, what a run would use, and whether it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from executus_core.cli import exit_codes
from executus_core.cli.options import config_option, json_option
from executus_core.cli.start.asked import Asked, read_url, without_secrets
from executus_core.cli.start.completing import complete_models

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.cli.models.here import ModelsHere
    from executus_core.cli.models.trial import Trial

CommandT = TypeVar("CommandT", bound="Callable[..., object] | click.Command")

_TEST_EPILOG = """\b
Exit codes: 0 all answered; else that of the first that did not: 1 error,
2 bad usage or configuration, 3 a plugin's fault, 4 out of time,
5 over budget, 8 the provider could not answer now, 130 interrupted.
"""


def _server_option(command: CommandT) -> CommandT:
    return click.option(
        "--base-url", default="", metavar="URL", help="Look at this model server, and at no other place."
    )(command)


@click.group(invoke_without_command=True)
@json_option
@_server_option
@config_option
@click.pass_context
def models(ctx: click.Context, *, as_json: bool, base_url: str, config: str | None) -> int | None:
    """List the tiers and models that can be asked for here and now, or call one.

    Without a subcommand, as `models list`.
    """
    if ctx.invoked_subcommand is None:
        code: int = ctx.invoke(list_, as_json=as_json, base_url=base_url, config=config)
        return code
    if as_json or base_url or config:
        raise click.UsageError(f"Put the options behind '{ctx.invoked_subcommand}'.", ctx)
    return None


@models.command("list")
@json_option
@_server_option
@config_option
def list_(*, as_json: bool, base_url: str, config: str | None) -> int:
    """List tiers with their candidates, and what is offered here and now; mark what `executus run` would use.

    No model is called, and nothing leaves this machine unless you name a server elsewhere.
    """
    import asyncio  # noqa: PLC0415 - the help needs none of this

    from executus_core.cli.models.screen import show_models  # noqa: PLC0415
    from executus_core.cli.screen.words import print_data  # noqa: PLC0415

    here = asyncio.run(_look(Asked(base_url=read_url(base_url), config=config or "")))
    if as_json:
        print_data(here.as_data())
    else:
        show_models(here)
    return exit_codes.code_of(here.error) if here.error else exit_codes.OK


@models.command(epilog=_TEST_EPILOG)
@click.argument("names", nargs=-1, metavar="[TIER_OR_SPEC]...", shell_complete=complete_models)
@click.option("--all", "is_all", is_flag=True, help="Test every tier.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="At most so many seconds for each.",
)
@click.option("--base-url", default="", metavar="URL", help="The model server to use.")
@json_option
@config_option
def test(
    *,
    names: tuple[str, ...],
    is_all: bool,
    timeout: float,
    base_url: str,
    as_json: bool,
    config: str | None,
) -> int:
    """Make one tiny real call to each TIER_OR_SPEC, and show each attempt at it; it may cost something.

    It goes the whole way of a run's call: over the tier's candidates, with failover. Without TIER_OR_SPEC the model is asked
    that `executus run` would use.
    """
    import asyncio  # noqa: PLC0415 - the help needs none of this

    from executus_core.cli.models.trial_screen import show_trial  # noqa: PLC0415
    from executus_core.cli.screen.words import print_data, set_up_logging  # noqa: PLC0415

    for name in names:
        without_secrets("TIER_OR_SPEC", name)
    set_up_logging(is_verbose=False)  # what is logged stands in the attempts
    asked = Asked(base_url=read_url(base_url), config=config or "")
    trials = asyncio.run(_try(asked, names, timeout, None if as_json else show_trial, is_all=is_all))
    if as_json:
        print_data({"tests": [trial.as_data() for trial in trials]})
    return next((trial.exit_code for trial in trials if trial.exit_code), exit_codes.OK)


async def _look(asked: Asked) -> ModelsHere:
    from executus_core.cli.models.here import look_for_models  # noqa: PLC0415 - the help needs none of this
    from executus_core.plugin.executor import Executor  # noqa: PLC0415

    async with Executor.discover(config=asked.config or None) as executor:
        return await look_for_models(executor, asked)


async def _try(
    asked: Asked,
    names: tuple[str, ...],
    timeout_s: float,
    show: Callable[[Trial], None] | None,
    *,
    is_all: bool,
) -> list[Trial]:
    from executus_core.cli.models.trial import names_to_try, try_models  # noqa: PLC0415 - the help needs none of this
    from executus_core.plugin.executor import Executor  # noqa: PLC0415

    trials: list[Trial] = []
    async with Executor.discover(config=asked.config or None) as executor:
        tiers = tuple(executor.configuration.models)
        async for trial in try_models(executor, asked, names_to_try(names, tiers, is_all=is_all), timeout_s):
            trials.append(trial)
            if show is not None:
                show(trial)
    return trials
