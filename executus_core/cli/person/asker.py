"""Answering questions at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from attrs import frozen

from executus_core.cli.person.shown import visible
from executus_core.errors import ToolError

if TYPE_CHECKING:
    from executus_core.cli.person.terminal import Terminal
    from executus_core.record.question import Question


@frozen
class TerminalAsker:
    """Asks the person at the terminal.

    Attributes:
        terminal: Where.
    """

    terminal: Terminal

    async def ask(self, question: Question) -> str:
        """Show a question, and wait for one line; of choices, also their number answers.

        Raises:
            ToolError: The person did not want to answer.
        """
        async with self.terminal.talk():
            _show(question)
            answer = await self.terminal.ask("  > ")
        if answer is None:
            raise ToolError("the person did not answer; go on without it")
        if answer.isdecimal() and answer not in question.choices and 0 < int(answer) <= len(question.choices):
            return question.choices[int(answer) - 1]
        return answer


def _show(question: Question) -> None:
    if question.problem:
        click.secho(f"  {visible(question.problem)}", fg="yellow", err=True)
        return
    click.echo(err=True)
    for line in question.text.splitlines() or [""]:
        click.secho(f"  {visible(line)}", bold=True, err=True)
    for number, choice in enumerate(question.choices, 1):
        click.echo(f"    {number}. {visible(choice)}", err=True)
