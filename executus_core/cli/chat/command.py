"""``executus chat``: a conversation in the terminal."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from executus_core.cli import exit_codes
from executus_core.cli.start.asked import agent_options
from executus_core.cli.start.out import OutFolder, out_option

if TYPE_CHECKING:
    from pathlib import Path

    from executus_core.cli.start.asked import Asked

_EPILOG = """\b
Exit codes: 0 the person left, or every line of a pipe was answered, else
that of the last line that failed; 130 interrupted, 143 terminated.
"""


@click.command(epilog=_EPILOG)
@agent_options
@out_option
@click.option("--thinking", is_flag=True, help="Show the model's reasoning, where it tells any.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document a line instead of the answers."
)
@click.option("-q", "--quiet", is_flag=True, help="Print the answers and nothing about how they came to be.")
@click.option(
    "-v", "--verbose", is_flag=True, help="Show what plugins and failing tools log, with tracebacks."
)
def chat(*, asked: Asked, out: Path | None, thinking: bool, as_json: bool, quiet: bool, verbose: bool) -> int:
    """Talk with an agent.

    Each input is one run, which continues the conversation. Ctrl-C stops an answer, and not the chat; /help lists what else
    can be typed. Lines of a pipe are inputs too, one each:

    \b
      executus chat --agent reviewer
      executus chat < questions.txt
    """  # noqa: D301 - click's mark before lines that stay as they are
    from executus_core.cli.chat.conversation import Conversation  # noqa: PLC0415
    from executus_core.cli.chat.editor import LineEditor  # noqa: PLC0415
    from executus_core.cli.chat.history import find_history  # noqa: PLC0415
    from executus_core.cli.chat.input import PipedInput, TerminalInput  # noqa: PLC0415
    from executus_core.cli.chat.loop import talk  # noqa: PLC0415
    from executus_core.cli.chat.runner import Runner  # noqa: PLC0415
    from executus_core.cli.chat.screen import ChatScreen  # noqa: PLC0415
    from executus_core.cli.chat.signals import Signals, Terminated  # noqa: PLC0415
    from executus_core.cli.chat.slash import COMMANDS, Desk  # noqa: PLC0415 - the help needs none of this

    is_interactive = sys.stdin.isatty()
    screen = ChatScreen(
        as_json=as_json,
        is_quiet=quiet,
        is_verbose=verbose,
        shows_thinking=thinking,
        is_interactive=is_interactive,
    )
    signals = Signals()
    folder = None if out is None else OutFolder.make(out)
    try:
        with signals.installed(), Runner(asked, signals, screen) as runner:
            screen.greet(runner.ready)
            desk = Desk(asked, runner, screen, runner.ready, Conversation(), set(), folder)
            if not is_interactive:
                return talk(desk, PipedInput(signals))
            history = find_history()
            with closing(LineEditor(history.read(), tuple(COMMANDS))) as editor:
                return talk(desk, TerminalInput(signals, editor, history))
    except Terminated:
        return exit_codes.TERMINATED
