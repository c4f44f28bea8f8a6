"""``executus doctor``: what was found, what is missing, and the next step."""

from __future__ import annotations

import click

from executus_core.cli.screen.words import print_data, set_up_logging
from executus_core.cli.start.asked import Asked, read_url


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write everything as JSON.")
@click.option(
    "-m", "--model", default="", metavar="SPEC", help="Look at this model, and not at what a run would use."
)
@click.option(
    "--base-url", default="", metavar="URL", help="Look at this model server, and at no other place."
)
@click.option(
    "--ask", "call_model", is_flag=True, help="Make one tiny real call to the model; it may cost something."
)
@click.option(
    "--config", default="", metavar="FILE", type=click.Path(dir_okay=False), help="In place of executus.toml."
)
def doctor(*, as_json: bool, model: str, base_url: str, call_model: bool, config: str) -> int:
    """Say what is here, what is missing, and what to do next.

    Looks at this machine only, and calls no model unless you say --ask. The exit code is 0 when a run may start.
    """
    import asyncio  # noqa: PLC0415 - the help needs none of this

    from executus_core.cli.doctor.checkup import examine  # noqa: PLC0415
    from executus_core.cli.doctor.screen import checkup_as_data, show_checkup  # noqa: PLC0415

    set_up_logging(is_verbose=False)  # what is logged stands in the checkup
    asked = Asked(model=model, base_url=read_url(base_url), config=config)
    checkup = asyncio.run(examine(asked, call_model=call_model))
    if as_json:
        print_data(checkup_as_data(checkup))
    else:
        show_checkup(checkup)
    return checkup.exit_code
