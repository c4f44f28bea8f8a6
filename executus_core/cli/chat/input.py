"""Where the inputs of a chat come from: a person at a terminal, or the lines of a pipe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Protocol

import click

from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from executus_core.cli.chat.editor import LineEditor
    from executus_core.cli.chat.history import InputHistory
    from executus_core.cli.chat.signals import Signals

PROMPT: Final = "> "
_MORE: Final = ". "


class InputSource(Protocol):
    """Gives one input after the other."""

    def read(self) -> str | None:
        """Wait for the next input.

        Returns:
            The text, without what ends it; None when there will be no more.

        Raises:
            ConfigError: What came is no text.
            KeyboardInterrupt: Ctrl-C.
        """
        ...

    @property
    def left_text(self) -> bool:
        """Whether a line was begun when Ctrl-C came."""
        ...


class PipedInput:
    """The lines of standard input."""

    left_text = False

    def __init__(self, signals: Signals) -> None:
        """Prepare.

        Args:
            signals: Whom to tell that this waits.
        """
        self._signals = signals

    def read(self) -> str | None:
        """Read the next line, and those that it goes on in."""
        lines: list[str] = []
        while True:
            with self._signals.raising():
                data = sys.stdin.buffer.readline()
            if not data:
                return "\n".join(lines) if lines else None
            try:
                line = data.decode("utf-8-sig").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise ConfigError(
                    f"a line of standard input is not UTF-8 text (byte {error.start})"
                ) from error
            if not goes_on(line):
                return "\n".join([*lines, line])
            lines.append(line[:-1])


class TerminalInput:
    """A person at a terminal."""

    def __init__(self, signals: Signals, editor: LineEditor, history: InputHistory) -> None:
        """Prepare.

        Args:
            signals: Whom to tell that this waits.
            editor: Edits the line.
            history: Keeps what is typed for later chats.
        """
        self._signals = signals
        self._editor = editor
        self._history = history
        self.left_text: bool = False

    def read(self) -> str | None:
        """Read a line, those that it goes on in, or a pasted block."""
        lines: list[str] = []
        try:
            while True:
                line = self._read_line(_MORE if lines else PROMPT)
                if not goes_on(line):
                    break
                lines.append(line[:-1])
        except EOFError:
            click.echo(err=True)
            return None
        except UnicodeDecodeError as error:
            raise ConfigError("that line is not UTF-8 text; hand a file over with /file") from error
        except KeyboardInterrupt:
            self.left_text = bool(lines or self._editor.line)
            click.echo(err=True)
            raise
        text = "\n".join([*lines, line])
        self._remember(text)
        return text

    def _read_line(self, prompt: str) -> str:
        if not sys.stdout.isatty():  # the prompt is nothing that goes into a file
            click.echo(prompt, nl=False, err=True)
            prompt = ""
        with self._signals.raising():
            return input(self._editor.mark(prompt))

    def _remember(self, text: str) -> None:
        if not text.strip():
            return
        self._editor.remember(text)
        self._history.add(text)


def goes_on(line: str) -> bool:
    r"""Tell whether a line goes on in the next one: it ends in a backslash, and not in two."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1
