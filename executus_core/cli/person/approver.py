"""Approving calls at the terminal, and by what was allowed beforehand."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import click
from attrs import frozen

from executus_core.cli.person.shown import show_arguments, visible
from executus_core.record.permission import Approval

if TYPE_CHECKING:
    from executus_core.cli.person.terminal import Terminal
    from executus_core.ports.permission import Approver
    from executus_core.record.permission import ApprovalRequest, ApprovalScope

_ALL: Final = "all"
_WORDS: Final[dict[str, tuple[ApprovalScope, str]]] = {
    "yes": ("once", "this once"),
    "run": ("run", "the same call for the rest of this run"),
    "conversation": ("conversation", "the same call in this conversation"),
    "always": ("always", "the same call from now on"),
}


@frozen
class TerminalApprover:
    """Asks the person at the terminal. Only a whole word allows; whatever else is typed is asked about again.

    Attributes:
        terminal: Where.
        by: Who sits there, for the record.
    """

    terminal: Terminal
    by: str

    async def approve(self, request: ApprovalRequest) -> Approval:
        """Show the call as it would run, and wait for an answer."""
        async with self.terminal.talk():
            _show(request)
            return await self._read_answer(request)

    async def _read_answer(self, request: ApprovalRequest) -> Approval:
        words = [word for word, (scope, _) in _WORDS.items() if scope in request.scopes]
        prompt = f"  Allow it? {click.style('/'.join([*words, 'no', 'stop']), dim=True)} "
        while True:
            answer = await self.terminal.ask(prompt)
            if answer is None:
                return Approval("deny", "the person did not answer", by=self.by, request_id=request.id)
            word, _, reason = answer.partition(" ")
            word = "yes" if word == "y" else word
            if word in words and not reason:
                return Approval("allow", "", _WORDS[word][0], self.by, request.id)
            if word in ("no", "n"):
                return Approval("deny", reason or "the person said no", by=self.by, request_id=request.id)
            if word == "stop":
                return Approval(
                    "terminate", reason or "the person stopped it", by=self.by, request_id=request.id
                )
            if word == _ALL:
                _show(request, max_chars=10_000_000)
            else:
                _explain(words)


@frozen
class AllowedBeforehand:
    """Allows the calls of tools that the command line names, and leaves others to somebody else.

    Attributes:
        names: Globs of tools.
        by: Who allowed them, for the record.
        others: Who is asked about other tools, or None.
        remedy: What a person can do where nobody is asked.
    """

    names: tuple[str, ...]
    by: str
    others: Approver | None
    remedy: str

    async def approve(self, request: ApprovalRequest) -> Approval:
        """Look the tool up."""
        if any(fnmatchcase(request.tool, name) for name in self.names):
            return Approval(
                "allow", f"allowed beforehand by {self.remedy}", by=self.by, request_id=request.id
            )
        if self.others is not None:
            return await self.others.approve(request)
        reason = f"{request.reason}, and nobody is at a terminal to ask; {self.remedy} allows it beforehand"
        return Approval("ask", reason, request_id=request.id)


def _show(request: ApprovalRequest, max_chars: int | None = None) -> None:
    origin = f" of {visible(request.origin)}" if request.origin else ""
    click.echo(err=True)
    click.echo(f"  {click.style(visible(request.tool), bold=True)}{origin} asks to run", err=True)
    lines, is_cut = (
        show_arguments(request.arguments)
        if max_chars is None
        else show_arguments(request.arguments, max_chars)
    )
    for line in lines:
        click.echo(f"    {line}", err=True)
    if request.reason:
        click.secho(f"  {visible(request.reason)}", dim=True, err=True)
    if is_cut:
        click.secho(f"  '{_ALL}' shows what was cut.", dim=True, err=True)


def _explain(words: list[str]) -> None:
    for word in words:
        click.secho(f"    {word:<13} allows {_WORDS[word][1]}", dim=True, err=True)
    click.secho("    no [why]      refuses it, and tells the model why", dim=True, err=True)
    click.secho("    stop [why]    refuses it, and ends the run", dim=True, err=True)
    click.secho(f"    {_ALL:<13} shows the call in full", dim=True, err=True)
