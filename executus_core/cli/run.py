"""``executus run``: one input to one result."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from executus_core.cli import exit_codes
from executus_core.cli.run_options import Options
from executus_core.errors import ExecutusError

if TYPE_CHECKING:
    from executus_core.cli.run_screen import Screen

_FILE = click.Path(dir_okay=False, path_type=Path)
_EPILOG = """\b
Exit codes: 0 it ended by itself, 1 error, 2 bad usage or configuration,
3 a plugin's fault, 4 out of time, 5 over budget, 6 killed by the critic,
7 waits for a person, 8 the model's provider could not answer now,
130 interrupted, 143 terminated.
"""


@click.command(epilog=_EPILOG)
@click.argument("prompt", nargs=-1)
@click.option(
    "-a",
    "--agent",
    "agent_file",
    type=_FILE,
    metavar="FILE",
    help="The agent, from a .toml, .yaml or .json file.",
)
@click.option("-m", "--model", metavar="TIER", help="A tier or a model's spec; `scripted` needs no key.")
@click.option(
    "-t",
    "--tool",
    "tools",
    multiple=True,
    metavar="NAME",
    help="An installed tool, or a glob; may be repeated.",
)
@click.option(
    "--image",
    "images",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="A picture for the model; may be repeated.",
)
@click.option(
    "--file",
    "files",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="An attachment for tools; may be repeated.",
)
@click.option("--max-steps", type=click.IntRange(min=1), metavar="N", help="At most so many model calls.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="At most so many seconds.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the answer.")
@click.option("-q", "--quiet", is_flag=True, help="Print the answer and nothing about how it came to be.")
@click.option(
    "-v", "--verbose", is_flag=True, help="Show what plugins and failing tools log, with tracebacks."
)
def run(
    *,
    prompt: tuple[str, ...],
    agent_file: Path | None,
    model: str | None,
    tools: tuple[str, ...],
    images: tuple[Path, ...],
    files: tuple[Path, ...],
    max_steps: int | None,
    timeout: float | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    r"""Run an agent on PROMPT and print its answer.

    Without PROMPT the input is read from standard input; as the last word of PROMPT, `-` adds standard input to it:

    \b
      executus run "What is in this repository?"
      git diff | executus run --agent reviewer.toml "Review this change:" -
    """
    from executus_core.cli.run_report import report_failure  # noqa: PLC0415 - the help needs none of this
    from executus_core.cli.run_screen import Screen  # noqa: PLC0415

    screen = Screen(as_json=as_json, is_quiet=quiet, is_verbose=verbose)
    try:
        options = Options.read(prompt, agent_file, model, tools, images, files, max_steps, timeout)
        return asyncio.run(_run(options, screen))
    except ExecutusError as error:
        if as_json:
            screen.print_document(report_failure(error))
        raise


async def _run(options: Options, screen: Screen) -> int:
    from executus_core.cli.interrupt import cancelled_by_signals  # noqa: PLC0415 - the help needs none of this
    from executus_core.cli.run_setup import prepare  # noqa: PLC0415

    prepared = prepare(options)
    for warning in prepared.warnings:
        screen.warn(warning)
    async with prepared.executor as executor:
        run = executor.start(prepared.agent, options.prompt, prepared.invocation)
        with screen, cancelled_by_signals(run.cancel) as received:
            async for event in run:
                screen.show(event)
            result = await run
    screen.finish(result, prepared)
    return exit_codes.code_of_result(result, received.signal)
