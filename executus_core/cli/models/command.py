"""``executus models``: what can be asked for here and now, and what a run would use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from executus_core.cli import exit_codes
from executus_core.cli.screen.words import print_data
from executus_core.cli.start.asked import Asked, read_url

if TYPE_CHECKING:
    from executus_core.cli.models.here import ModelsHere


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write everything as JSON.")
@click.option(
    "--base-url", default="", metavar="URL", help="Look at this model server, and at no other place."
)
@click.option(
    "--config", default="", metavar="FILE", type=click.Path(dir_okay=False), help="In place of executus.toml."
)
def models(*, as_json: bool, base_url: str, config: str) -> int:
    """List the models that can be asked for here and now, and mark the one that `executus run` would use.

    No model is called, and nothing leaves this machine unless you name a server elsewhere.
    """
    import asyncio  # noqa: PLC0415 - the help needs none of this

    from executus_core.cli.models.screen import show_models  # noqa: PLC0415

    here = asyncio.run(_look(Asked(base_url=read_url(base_url), config=config)))
    if as_json:
        print_data(here.as_data())
    else:
        show_models(here)
    return exit_codes.code_of(here.error) if here.error else exit_codes.OK


async def _look(asked: Asked) -> ModelsHere:
    from executus_core.cli.models.here import look_for_models  # noqa: PLC0415 - the help needs none of this
    from executus_core.plugin.executor import Executor  # noqa: PLC0415

    async with Executor.discover(config=asked.config or None) as executor:
        return await look_for_models(executor, asked)
