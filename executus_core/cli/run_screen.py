"""How a run looks: the answer on standard output, everything about it on standard error, live only for people."""

from __future__ import annotations

import json
import logging
import sys
import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING, Self, cast

import click

from executus_core.cli.run_report import report
from executus_core.errors import ModelResolutionError
from executus_core.llm.events import TextDelta
from executus_core.record.events import RunStarted, StepFinished, ToolFinished, ToolStarted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from rich.console import Console
    from rich.status import Status

    from executus_core.cli.setup import Ready
    from executus_core.record.artifact import InputFile
    from executus_core.record.events import RunEvent
    from executus_core.record.result import Result

_WIDTH = 100
_CONTROLS = {
    code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"
}


def printable(text: str) -> str:
    """Take out what would steer a terminal, or can't be written to one."""
    return text.encode("utf-8", "replace").decode().translate(_CONTROLS)


class Screen:
    """Shows one run. In a ``with`` block while the run goes on."""

    def __init__(self, *, as_json: bool = False, is_quiet: bool = False, is_verbose: bool = False) -> None:
        """Look at who is watching.

        Args:
            as_json: Whether standard output gets one JSON document instead of the answer.
            is_quiet: Whether to say nothing of how the answer came to be.
            is_verbose: Whether to show the log.
        """
        self._as_json = as_json
        self._is_quiet = is_quiet
        self._is_live = sys.stderr.isatty() and not is_quiet and not is_verbose
        self._streams = sys.stdout.isatty() and not as_json
        self._console = _build_console() if self._is_live else None
        self._status: Status | None = None
        self._running: dict[str, str] = {}
        self._streamed = ""
        set_up_logging(is_verbose=is_verbose)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave a clean line behind, also when the run is interrupted twice."""
        self._rest()
        if self._streamed and not self._streamed.endswith("\n"):
            click.echo()

    def introduce(self, ready: Ready, files: Sequence[InputFile] = ()) -> None:
        """Say before the run begins which model answers, where nobody named it, and what will not be seen."""
        from executus_core.cli.setup import describe_choice  # noqa: PLC0415 - the help needs none of this

        if said := describe_choice(ready):
            if ready.is_scripted:
                self.warn(said)
            elif not self._is_quiet:
                click.secho(printable(said), dim=True, err=True)
        if files and ready.executor.ports.input_files is None:
            names = ", ".join(file.name for file in files)
            self.warn(
                f"No plugin keeps attachments (the port `input_files` is empty), so nobody will see {names}."
            )

    def warn(self, message: str) -> None:
        """Say what a person should know; also to one who asked for quiet, since it changes what the answer is worth."""
        head, *rest = textwrap.wrap(message, _WIDTH)
        click.secho("\n".join([head, *rest]), fg="yellow", err=True)
        if self._is_live:
            click.echo(err=True)

    def show(self, event: RunEvent) -> None:
        """Show what happens."""
        if isinstance(event, TextDelta):
            self._write(event.text)
        elif isinstance(event, ToolStarted):
            self._running[event.call.id] = event.call.name
            self._wait()
        elif isinstance(event, ToolFinished):
            self._running.pop(event.call.id, None)
            self._tell_tool(event)
            self._wait()
        elif isinstance(event, StepFinished) and event.response.message.tool_calls:
            self._end_text()
            self._wait()
        elif isinstance(event, RunStarted):
            self._wait()

    def finish(self, result: Result, ready: Ready) -> None:
        """Show what the run came to."""
        self._rest()
        if self._as_json:
            self.print_document(report(result))
        elif self._streamed != result.output and result.output:
            click.echo(
                printable(result.output) if self._streams else result.output.encode("utf-8", "replace")
            )
        if result.error is not None:
            said = printable(" ".join(str(result.error).split())) or type(result.error).__name__
            click.echo(f"{click.style('executus:', fg='red', bold=True)} {said}", err=True)
        if self._is_quiet:
            return
        if isinstance(result.error, ModelResolutionError):
            click.secho("The scripted model needs no key and no plugin: --model scripted", dim=True, err=True)
        for note in result.notes:
            click.secho(printable(f"note: {note}"), fg="yellow", err=True)
        if self._is_live:
            self._tell_end(result, ready)

    def print_document(self, document: Mapping[str, object]) -> None:
        """Print a JSON document; what is no text, such as half of a surrogate pair, stays an escape."""
        text = json.dumps(document, indent=2, ensure_ascii=False)
        click.echo(text.encode("utf-8", "backslashreplace"))

    def _write(self, text: str) -> None:
        if not self._streams:
            return
        self._rest()
        if not self._streamed and self._is_live:
            click.echo(err=True)
        click.echo(printable(text), nl=False)
        self._streamed += text

    def _end_text(self) -> None:
        """End the text that came with tool calls: the answer begins afresh."""
        if self._streamed and not self._streamed.endswith("\n"):
            click.echo()
        self._streamed = ""

    def _tell_tool(self, event: ToolFinished) -> None:
        if not self._is_live:
            return
        self._rest()
        is_error = event.result.is_error
        mark = click.style("✗" if is_error else "✓", fg="red" if is_error else "green")
        name = click.style(f"{printable(event.call.name):<12}", bold=True)
        line = f"  {mark} {_duration(event.duration):>7}  {name}  {_arguments(event.call.arguments)}"
        click.echo(line, err=True)
        if is_error:
            said = printable(" ".join(event.result.text.split()))
            click.secho(f"{'':13}{textwrap.shorten(said, _WIDTH - 13, placeholder=' …')}", fg="red", err=True)

    def _tell_end(self, result: Result, ready: Ready) -> None:
        usage = result.usage
        steps, calls = usage.requests, len(result.steps)
        facts = [
            str(result.status),
            f"{steps} step{'s' * (steps != 1)}",
            f"{calls} tool call{'s' * (calls != 1)}",
        ]
        if tokens := usage.input_tokens + usage.output_tokens:
            facts.append(f"{tokens:,} tokens")
        if usage.cost_usd:
            facts.append(f"${usage.cost_usd:.4f}")
        facts.append(_duration(result.duration))
        click.secho(f"\n{' · '.join(facts)}", dim=True, err=True)
        if ready.is_recorded:
            click.secho("What it did is on record: executus runs show --last", dim=True, err=True)

    def _wait(self) -> None:
        """Show that something goes on."""
        if self._console is None or self._streamed:
            return
        said = printable(", ".join(self._running.values()) or "thinking")
        if self._status is None:
            self._status = self._console.status(said, spinner_style="dim")
            self._status.start()
        else:
            self._status.update(said)

    def _rest(self) -> None:
        """Clear the line that shows that something goes on."""
        if self._status is not None:
            self._status.stop()
            self._status = None


def _build_console() -> Console:
    """Import rich before the run begins, or the first tool would seem slow."""
    from rich.console import Console  # noqa: PLC0415 - only who watches pays for it

    return Console(stderr=True, highlight=False, markup=False)


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _arguments(raw: str) -> str:
    """Show a call's arguments in one line; what is no object is shown as it was written."""
    shown = raw
    with suppress(ValueError, RecursionError):
        parsed: object = json.loads(raw or "{}")
        if isinstance(parsed, dict):
            arguments = cast("dict[str, object]", parsed).items()
            shown = " ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in arguments)
    shown = printable(shown.replace("\n", " "))
    return shown if len(shown) <= _WIDTH - 30 else shown[: _WIDTH - 32] + " …"


def set_up_logging(*, is_verbose: bool) -> None:
    """Send the log to standard error when asked for; notes of a run are shown with its result anyway."""
    logger = logging.getLogger("executus")
    handler: logging.Handler = logging.NullHandler()
    if is_verbose:
        handler = logging.StreamHandler()
        logger.setLevel(logging.INFO)
    logger.addHandler(handler)
