"""How a chat looks: answers on standard output, everything about them on standard error."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from executus_core.cli.chat.conversation import hint_after
from executus_core.cli.run.report import report
from executus_core.cli.screen.live import Live
from executus_core.cli.screen.words import complain, printable, set_up_logging, spent, warn, wrapped
from executus_core.cli.start.attempts import warn_of_stand_ins
from executus_core.cli.start.out import tell_files
from executus_core.cli.start.setup import describe_choice
from executus_core.llm.events import TextDelta
from executus_core.record.events import StepFinished

if TYPE_CHECKING:
    from executus_core.cli.chat.conversation import Exchange
    from executus_core.cli.start.out import Kept, OutFolder
    from executus_core.cli.start.setup import Ready
    from executus_core.record.events import RunEvent


class ChatScreen:
    """Shows a chat.

    Attributes:
        partial: What the model has written of the step that goes on.
    """

    def __init__(
        self, *, as_json: bool, is_quiet: bool, is_verbose: bool, shows_thinking: bool, is_interactive: bool
    ) -> None:
        """Look at who is watching.

        Args:
            as_json: Whether standard output gets one JSON document a line instead of the answers.
            is_quiet: Whether to say nothing of how the answers came to be.
            is_verbose: Whether to show the log.
            shows_thinking: Whether to show the models' reasoning.
            is_interactive: Whether a person types the inputs.
        """
        self.partial: str = ""
        self.is_interactive = is_interactive
        self._as_json = as_json
        self._streams = sys.stdout.isatty() and not as_json
        self._is_live = sys.stderr.isatty() and not is_quiet and not is_verbose
        self._is_quiet = is_quiet
        self._is_verbose = is_verbose
        self._live = Live(streams=self._streams, is_live=self._is_live, shows_thinking=shows_thinking)
        set_up_logging(is_verbose=is_verbose)

    def greet(self, ready: Ready) -> None:
        """Say who answers, and how to leave."""
        ready.attempts.tell = self._live.tell_attempt
        if not (self._is_quiet or self._is_verbose):  # the log has them
            warn(ready.executor.warnings)
        if said := describe_choice(ready):
            if ready.is_scripted:
                click.secho(wrapped(printable(said)), fg="yellow", err=True)
            elif not self._is_quiet:
                self.tell(said)
        if self.is_interactive and not self._is_quiet:
            who = click.style(printable(ready.agent.name), bold=True)
            how = f" · {ready.choice.spec} · /help lists the commands, Ctrl-D leaves\n"
            click.echo(f"{who}{click.style(printable(how), dim=True)}", err=True)

    def hold(self) -> None:
        """Keep still while the person is asked something."""
        self._live.hold()

    def release(self) -> None:
        """Go on."""
        self._live.release()

    def tell(self, message: str) -> None:
        """Say something about the chat."""
        click.secho(wrapped(printable(message)), dim=True, err=True)

    def toggle_thinking(self) -> bool:
        """Show reasoning, or no longer; tells which."""
        self._live.shows_thinking = not self._live.shows_thinking
        return self._live.shows_thinking

    def begin(self) -> Live:
        """Begin to show a run; leave what is returned when the run has ended."""
        self.partial = ""
        return self._live

    def show(self, event: RunEvent) -> None:
        """Show what happens, and keep what the model writes: of a run that is stopped nobody else has it."""
        if isinstance(event, TextDelta):
            self.partial += event.text
        elif isinstance(event, StepFinished):
            self.partial = ""
        self._live.show(event)

    def finish(self, exchange: Exchange, ready: Ready, out: OutFolder | None, kept: Kept) -> None:
        """Show what an input came to.

        Args:
            exchange: The input and its run.
            ready: Who ran.
            out: Where the run's files were to go.
            kept: Where they went.
        """
        result = exchange.result
        if self._as_json:
            document = json.dumps(report(result, kept.paths, exchange.attempts), ensure_ascii=False)
            click.echo(document.encode("utf-8", "backslashreplace"))
        elif result.output and self._live.written != result.output:
            self.part()
            click.echo(
                printable(result.output) if self._streams else result.output.encode("utf-8", "replace")
            )
        if result.status == "cancelled":
            self.tell("Stopped. What there is stays in the conversation.")
        elif result.error is not None:
            complain(str(result.error) or type(result.error).__name__)
            if self.is_interactive and (hint := hint_after(result.error)):
                self.tell(hint)
        tell_files(result.artifacts, out, kept, is_quiet=self._is_quiet)
        if self._is_quiet:
            return
        warn_of_stand_ins(exchange.attempts, ready.chain)
        for note in result.notes:
            click.secho(wrapped(printable(f"note: {note}")), fg="yellow", err=True)
        if self._is_live and (result.ok or result.usage.requests):
            self.tell(f"\n{' · '.join(spent(result))}")
        self.part()

    def part(self) -> None:
        """Put an empty line between what is said and what comes."""
        if self._is_live:
            click.echo(err=True)
