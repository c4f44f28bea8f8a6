"""``executus run``: one input to one result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from executus_core.cli import exit_codes
from executus_core.cli.run.options import Options, find_unseen
from executus_core.cli.start.asked import agent_options
from executus_core.cli.start.out import NOTHING_KEPT, OutFolder, out_option
from executus_core.errors import ExecutusError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from executus_core.cli.run.screen import Screen
    from executus_core.cli.start.asked import Asked

_FILE = click.Path(dir_okay=False, path_type=Path)
_EPILOG = """\b
Exit codes: 0 it ended by itself, 1 error, 2 bad usage or configuration,
3 a plugin's fault, 4 out of time, 5 over budget, 6 killed by the critic,
7 waits for a person, 8 the model's provider could not answer now,
130 interrupted, 143 terminated.
"""


@click.command(epilog=_EPILOG)
@click.argument("prompt", nargs=-1)
@agent_options
@click.option(
    "--image",
    "images",
    type=click.Path(),
    multiple=True,
    metavar="FILE_OR_URL",
    help="A picture for the model; may be repeated.",
)
@click.option(
    "--file",
    "files",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="An attachment for the model or its tools; may be repeated.",
)
@out_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the answer.")
@click.option("-q", "--quiet", is_flag=True, help="Print the answer and nothing about how it came to be.")
@click.option("--thinking", is_flag=True, help="Show the model's reasoning too, on a terminal.")
@click.option(
    "-v", "--verbose", is_flag=True, help="Show what plugins and failing tools log, with tracebacks."
)
def run(
    *,
    prompt: tuple[str, ...],
    asked: Asked,
    images: tuple[str, ...],
    files: tuple[Path, ...],
    out: Path | None,
    as_json: bool,
    quiet: bool,
    thinking: bool,
    verbose: bool,
) -> int:
    """Run an agent on PROMPT and print its answer.

    Without PROMPT the input is read from standard input; as the last word of PROMPT, `-` adds standard input to it:

    \b
      executus run "What is in this repository?"
      git diff | executus run --agent reviewer.toml "Review this change:" -
    """  # noqa: D301 - click's mark before lines that stay as they are
    import asyncio  # noqa: PLC0415 - the help needs none of this

    from executus_core.cli.run.report import report_failure  # noqa: PLC0415
    from executus_core.cli.run.screen import Screen  # noqa: PLC0415

    screen = Screen(as_json=as_json, is_quiet=quiet, is_verbose=verbose, shows_thinking=thinking)
    try:
        return asyncio.run(_run(Options.read(prompt, asked, images, files), out, screen))
    except ExecutusError as error:
        if as_json:
            screen.print_document(report_failure(error))
        raise


async def _run(reading: Awaitable[Options], out: Path | None, screen: Screen) -> int:
    from executus_core.cli.interrupt import cancelled_by_signals  # noqa: PLC0415 - the help needs none of this
    from executus_core.cli.start.setup import opened  # noqa: PLC0415

    options = await reading
    folder = None if out is None else OutFolder.make(out)
    async with opened(options.asked, screen) as ready:
        screen.introduce(ready, await find_unseen(options.files, ready))
        invocation = ready.invocation(images=options.images, input_files=options.files)
        run = ready.executor.start(ready.agent, options.prompt, invocation)
        with screen, cancelled_by_signals(run.cancel) as received:
            async for event in run:
                screen.show(event)
            result = await run
    kept = folder.keep(result.artifacts) if folder else NOTHING_KEPT
    screen.finish(result, ready, folder, kept)
    code = exit_codes.code_of_result(result, received.signal)
    return code or (exit_codes.RUN_FAILED if kept.problem else exit_codes.OK)
