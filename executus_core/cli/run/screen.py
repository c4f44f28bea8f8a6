"""How a run looks: the answer on standard output, everything about it on standard error, live only for people."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final, Self

import click

from executus_core.cli.run.report import report, value_as_json
from executus_core.cli.screen.live import Live
from executus_core.cli.screen.words import (
    SCOPES_HINT,
    complain,
    filled,
    printable,
    set_up_logging,
    spent,
    warn,
    wrapped,
)
from executus_core.cli.start.attempts import served_by, warn_of_stand_ins
from executus_core.cli.start.out import tell_files
from executus_core.errors import (
    ModelAccessError,
    ModelResolutionError,
    ModelUnavailableError,
    RunTimeoutError,
    ToolPermissionError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from executus_core.cli.start.out import Kept, OutFolder
    from executus_core.cli.start.setup import Ready
    from executus_core.record.artifact import InputFile
    from executus_core.record.events import RunEvent
    from executus_core.record.result import Result

_LOOK: Final = "What was found here, and what is missing: executus doctor"
_HINTS: Final = {
    ModelResolutionError: "What can be asked for here: executus models. The scripted model needs no key: --model scripted",
    ModelAccessError: _LOOK,
    ModelUnavailableError: _LOOK,
    RunTimeoutError: "To give it longer: --timeout SECONDS",
    ToolPermissionError: SCOPES_HINT,
}


class Screen:
    """Shows one run. In a ``with`` block while the run goes on."""

    def __init__(
        self,
        *,
        as_json: bool = False,
        is_quiet: bool = False,
        is_verbose: bool = False,
        shows_thinking: bool = False,
    ) -> None:
        """Look at who is watching.

        Args:
            as_json: Whether standard output gets one JSON document instead of the answer.
            is_quiet: Whether to say nothing of how the answer came to be.
            is_verbose: Whether to show the log.
            shows_thinking: Whether to show the model's reasoning, to whoever watches.
        """
        self._as_json = as_json
        self._is_quiet = is_quiet
        self._is_verbose = is_verbose
        self._is_live = sys.stderr.isatty() and not is_quiet and not is_verbose
        self._streams = sys.stdout.isatty() and not as_json
        self._live = Live(streams=self._streams, is_live=self._is_live, shows_thinking=shows_thinking)
        set_up_logging(is_verbose=is_verbose)

    def __enter__(self) -> Self:
        """Begin."""
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave a clean line behind, also when the run is interrupted twice."""
        self._live.__exit__(kind, error, traceback)

    def introduce(self, ready: Ready, files: Sequence[InputFile] = ()) -> None:
        """Say before the run begins which model answers, where nobody named it, and what will not be seen."""
        from executus_core.cli.start.setup import describe_choice  # noqa: PLC0415 - the help needs none of this
        from executus_core.plugin.asking import FailedFinding  # noqa: PLC0415

        ready.attempts.tell = self._live.tell_attempt
        if not (self._is_quiet or self._is_verbose):  # the log has them
            warn(ready.executor.warnings)
        if said := describe_choice(ready):
            if ready.is_scripted:
                self.warn(said)
            elif not self._is_quiet:
                click.secho(wrapped(printable(said)), dim=True, err=True)
        for finding in ready.findings:
            if isinstance(finding, FailedFinding) and not self._is_quiet:
                self.warn(printable(f"{finding.place} {finding.problem}"))
        if files and ready.executor.ports.input_files is None:
            names = ", ".join(file.name for file in files)
            self.warn(
                f"No plugin keeps attachments (the port `input_files` is empty), so nobody will see {names}."
            )

    def warn(self, message: str) -> None:
        """Say what a person should know; also to one who asked for quiet, since it changes what the answer is worth."""
        click.secho(filled(message), fg="yellow", err=True)
        if self._is_live:
            click.echo(err=True)

    def show(self, event: RunEvent) -> None:
        """Show what happens."""
        self._live.show(event)

    def hold(self) -> None:
        """Keep still while the person is asked something."""
        self._live.hold()

    def release(self) -> None:
        """Go on."""
        self._live.release()

    def finish(self, result: Result, ready: Ready, out: OutFolder | None, kept: Kept) -> None:
        """Show what the run came to.

        Args:
            result: The run.
            ready: Who ran.
            out: Where its files were to go.
            kept: Where they went.
        """
        attempts = ready.attempts.take(result.run_id)
        if self._as_json:
            self.print_document(report(result, kept.paths, attempts))
        elif result.output and self._live.written.rstrip() != result.output.rstrip():
            value = value_as_json(result)
            shown = result.output if value is None else json.dumps(value, indent=2, ensure_ascii=False)
            click.echo(printable(shown) if self._streams else shown.encode("utf-8", "replace"))
        if result.error is not None:
            complain(str(result.error) or type(result.error).__name__)
        tell_files(result.artifacts, out, kept, is_quiet=self._is_quiet)
        if self._is_quiet:
            return
        for kind, hint in _HINTS.items():
            if isinstance(result.error, kind):
                click.secho(wrapped(hint), dim=True, err=True)
        if result.error is None and not result.output.strip():
            click.secho("The answer has no text in it.", dim=True, err=True)
        warn_of_stand_ins(attempts, ready.chain)
        for note in result.notes:
            click.secho(wrapped(printable(f"note: {note}")), fg="yellow", err=True)
        if self._is_live:
            self._tell_end(result, ready, served_by(attempts))

    def print_document(self, document: Mapping[str, object]) -> None:
        """Print a JSON document; what is no text, such as half of a surrogate pair, stays an escape."""
        text = json.dumps(document, indent=2, ensure_ascii=False)
        click.echo(text.encode("utf-8", "backslashreplace"))

    def _tell_end(self, result: Result, ready: Ready, served: Sequence[str]) -> None:
        counts = (("step", result.usage.requests), ("tool call", len(result.steps)))
        facts = [
            str(result.status),
            printable(", ".join(served or ready.chain)),
            *(f"{count} {word}{'s' * (count != 1)}" for word, count in counts if count),
            *spent(result),
        ]
        click.secho(wrapped(f"\n{' · '.join(facts)}"), dim=True, err=True)
        if ready.is_recorded:
            click.secho(wrapped("What it did is on record: executus runs show --last"), dim=True, err=True)
