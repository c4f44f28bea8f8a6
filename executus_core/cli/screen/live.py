"""A run while it goes on: the answer as it is written, tool calls as they end, and that something is being done."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Self

import click

from executus_core.cli.screen.words import arguments, describe_reason, duration, printable, terminal_width
from executus_core.llm.events import TextDelta, ThinkingDelta
from executus_core.record.events import RunStarted, StepFinished, ToolFinished, ToolStarted

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console
    from rich.status import Status

    from executus_core.llm.attempt import ModelAttempt
    from executus_core.llm.message import ToolCall
    from executus_core.record.events import RunEvent


class Live:
    """Shows one run after the other. In a ``with`` block while one goes on.

    Attributes:
        written: What was shown of the answer so far; what came before a tool call is not part of it.
        shows_thinking: Whether the model's reasoning is shown.
    """

    def __init__(self, *, streams: bool, is_live: bool, shows_thinking: bool = False) -> None:
        """Look at who is watching.

        Args:
            streams: Whether the answer is written to standard output as it comes.
            is_live: Whether what is done is shown on standard error.
            shows_thinking: Whether the model's reasoning is shown there too.
        """
        self.written: str = ""
        self._streams = streams
        self._is_live = is_live
        self.shows_thinking = shows_thinking
        self._console = _build_console() if is_live else None
        self._status: Status | None = None
        self._running: dict[str, ToolCall] = {}
        self._thought = ""
        self._is_held = False

    def __enter__(self) -> Self:
        """Begin with nothing."""
        self.written = self._thought = ""
        self._running.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave a clean line behind, also when the run is interrupted twice."""
        self.rest()
        self._end_thought()
        if self.written and not self.written.endswith("\n"):
            click.echo()

    def show(self, event: RunEvent) -> None:
        """Show what happens."""
        if isinstance(event, TextDelta):
            self._write(event.text)
        elif isinstance(event, ThinkingDelta):
            self._think(event.text)
        elif isinstance(event, ToolStarted):
            self._running[event.call.id] = event.call
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

    def tell_attempt(self, attempt: ModelAttempt) -> None:
        """Show that a model could not answer, before the next one is asked, or the same again after a while."""
        if not self._is_live or attempt.outcome != "failed":
            return
        self.rest()
        self._end_thought()
        said = printable(f"{attempt.candidate}: {describe_reason(attempt)}")
        room = terminal_width() - 13
        short = said if len(said) <= room else f"{said[: room - 2].rstrip()} …"
        click.echo(f"  {click.style('✗', fg='red')} {duration(attempt.duration):>7}  {short}", err=True)
        self._wait()

    def rest(self) -> None:
        """Clear the line that shows that something is being done."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def hold(self) -> None:
        """Keep still while somebody is asked something."""
        self._is_held = True
        self.rest()
        self._end_thought()
        self._end_text()

    def release(self) -> None:
        """Go on."""
        self._is_held = False
        self._wait()

    def _write(self, text: str) -> None:
        if not self._streams:
            return
        self.rest()
        self._end_thought()
        if not self.written and self._is_live:
            click.echo(err=True)
        click.echo(printable(text), nl=False)
        self.written += text

    def _think(self, text: str) -> None:
        if not (self._is_live and self.shows_thinking):
            return
        self.rest()
        if not self._thought:
            click.echo(err=True)
        click.secho(printable(text), dim=True, nl=False, err=True)
        self._thought += text

    def _end_thought(self) -> None:
        if self._thought and not self._thought.endswith("\n"):
            click.echo(err=True)
        self._thought = ""

    def _end_text(self) -> None:
        """End the text that came with tool calls: the answer begins afresh."""
        if self.written and not self.written.endswith("\n"):
            click.echo()
        self.written = ""

    def _tell_tool(self, event: ToolFinished) -> None:
        if not self._is_live:
            return
        self.rest()
        self._end_thought()
        self._end_text()
        is_error = event.result.is_error
        mark = click.style("✗" if is_error else "✓", fg="red" if is_error else "green")
        name = click.style(f"{printable(event.call.name):<12}", bold=True)
        shown = arguments(event.call.arguments, terminal_width() - 30)
        click.echo(f"  {mark} {duration(event.duration):>7}  {name}  {shown}", err=True)
        if is_error:
            said = printable(" ".join(event.result.text.split()))
            short = textwrap.shorten(said, terminal_width() - 13, placeholder=" …")
            click.secho(f"{'':13}{short}", fg="red", err=True)

    def _wait(self) -> None:
        """Show that something is being done."""
        if self._console is None or self._is_held or self.written or self._thought:
            return
        said = printable(", ".join(call.name for call in self._running.values()) or "thinking")
        if self._status is None:
            self._status = self._console.status(said, spinner_style="dim")
            self._status.start()
        else:
            self._status.update(said)


def _build_console() -> Console:
    """Import rich before the run begins, or the first tool would seem slow."""
    from rich.console import Console  # noqa: PLC0415 - only who watches pays for it

    return Console(stderr=True, highlight=False, markup=False)
