"""What can be typed in a chat beside an input: lines that begin with a slash."""

from __future__ import annotations

import re
import shlex
import textwrap
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from attrs import define, evolve, frozen

from executus_core.cli.chat.text import write_chat
from executus_core.cli.run.options import find_unseen, read_attachment, read_picture
from executus_core.cli.screen.words import printable, spent, terminal_width
from executus_core.cli.start.setup import find_choice
from executus_core.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.cli.chat.conversation import Conversation, Input
    from executus_core.cli.chat.runner import Runner
    from executus_core.cli.chat.screen import ChatScreen
    from executus_core.cli.start.asked import Asked
    from executus_core.cli.start.out import OutFolder
    from executus_core.cli.start.setup import Ready

_ALIASES: Final = {"/exit": "/quit", "/?": "/help"}
_COMMAND: Final = re.compile(r"/(?![/*])[^\s/]*(?=\s|$)")


@define
class Desk:
    """What commands work on.

    Attributes:
        asked: What the chat was begun with.
        runner: Runs inputs.
        screen: Shows things.
        ready: The agent and the model that answer now.
        conversation: What is remembered.
        saved: Files that this chat has written, and may write again.
        out: Where the files of its runs go, or None.
        is_over: Whether the person has left.
    """

    asked: Asked
    runner: Runner
    screen: ChatScreen
    ready: Ready
    conversation: Conversation
    saved: set[Path]
    out: OutFolder | None = None
    is_over: bool = False


@frozen
class ChatCommand:
    """A command.

    Attributes:
        argument: What it takes, for the help, or "".
        help: One line.
        act: Does it; what it returns is sent to the agent.
    """

    argument: str
    help: str
    act: Callable[[Desk, str], Input | None]


def is_command(text: str) -> bool:
    """Tell whether an input is a command: one word behind a slash, so that a path is none. Two slashes are one, for text."""
    return _COMMAND.match(text) is not None


def run_command(desk: Desk, text: str) -> Input | None:
    """Do what a line that is a command says.

    Returns:
        An input to send, if it comes to one.

    Raises:
        ConfigError: There is no such command, or what it was given is of no use.
    """
    name, _, argument = text.strip().partition(" ")
    command = COMMANDS.get(_ALIASES.get(name, name))
    if command is None:
        raise ConfigError(f"there is no command '{name}'.{did_you_mean(name, COMMANDS)}")
    if argument.strip() and not command.argument:
        raise ConfigError(f"{name} takes nothing behind it")
    return command.act(desk, argument.strip())


def _help(desk: Desk, _argument: str) -> None:
    rows = [(f"{name} {command.argument}".strip(), command.help) for name, command in COMMANDS.items()]
    width = max(len(row) for row, _ in rows)
    for row, said in rows:
        click.echo(f"  {click.style(f'{row:<{width}}', bold=True)}  {said}", err=True)
    desk.screen.tell(
        "A line that ends in a backslash goes on in the next one; a pasted block is one input. Text that begins with "
        "a slash: type two. Ctrl-C stops an answer; Ctrl-D leaves."
    )


def _quit(desk: Desk, _argument: str) -> None:
    desk.is_over = True


def _new(desk: Desk, _argument: str) -> None:
    desk.conversation.forget()
    desk.screen.tell("Forgotten: the next input begins a new conversation.")


def _again(desk: Desk, _argument: str) -> Input:
    if not desk.conversation.exchanges:
        raise ConfigError("there is no input yet that could be sent again")
    return desk.conversation.exchanges[-1].input


def _model(desk: Desk, spec: str) -> None:
    """Change the model; one that nobody serves changes nothing."""
    if spec:
        desk.ready = desk.runner.call(_with_model(desk.ready, desk.asked, spec))
    desk.screen.tell(f"Model: {desk.ready.choice.spec} ({desk.ready.choice.why})")


async def _with_model(ready: Ready, asked: Asked, spec: str) -> Ready:
    choice, _ = await find_choice(ready.executor, evolve(asked, model=spec))
    await ready.executor.resolve_model(choice.spec)
    return evolve(
        ready,
        agent=ready.agent.model_copy(update={"model_tier": choice.spec}),
        choice=evolve(choice, why="/model"),
    )


def _tools(desk: Desk, _argument: str) -> None:
    """Show the tools that the agent has; those of session packs are only made with a run."""
    ready = desk.ready
    named = [
        tool
        for tool in ready.executor.registry
        if any(fnmatchcase(tool.name, name) for name in ready.agent.tools)
    ]
    offered = [*named, *ready.extra_tools]
    packs = [name for name in ready.executor.ports.session_tools if name in ready.agent.tools]
    rows = [(tool.name, tool.description.partition("\n")[0]) for tool in offered]
    rows += [(name, "a pack, whose tools are made for each run") for name in packs]
    if not rows:
        desk.screen.tell("The agent has no tools. Some for the next chat: executus chat --tool NAME")
    for name, said in rows:
        short = textwrap.shorten(printable(said), terminal_width() - 20, placeholder=" …")
        click.echo(f"  {click.style(f'{printable(name):<16}', bold=True)}  {short}", err=True)


def _image(desk: Desk, argument: str) -> None:
    given = _word(argument, "/image")
    desk.conversation.images += (desk.runner.call(read_picture(given, "/image")),)
    _tell_beside(desk)


def _file(desk: Desk, argument: str) -> None:
    attachment = read_attachment(_path(argument, "/file"), "/file")
    if desk.runner.call(find_unseen((attachment,), desk.ready)):
        raise ConfigError(
            "no plugin keeps attachments (the port `input_files` is empty), so nobody would see it"
        )
    desk.conversation.files += (attachment,)
    _tell_beside(desk)


def _tell_beside(desk: Desk) -> None:
    images, files = len(desk.conversation.images), len(desk.conversation.files)
    said = [f"{images} picture{'s' * (images != 1)}"] if images else []
    said += [f"{files} file{'s' * (files != 1)}"] if files else []
    desk.screen.tell(f"Goes with the next input: {' and '.join(said)}")


def _save(desk: Desk, argument: str) -> None:
    path = _path(argument, "/save")
    write_chat(path, desk.ready, desk.conversation, may_replace=path in desk.saved)
    desk.saved.add(path)
    desk.screen.tell(f"{path} is written.")


def _runs(desk: Desk, _argument: str) -> None:
    for exchange in desk.conversation.exchanges:
        result = exchange.result
        click.echo(f"{result.run_id}  {result.status:<9}  {' · '.join(spent(result))}", err=True)
    if not desk.conversation.exchanges:
        desk.screen.tell("There are no runs yet.")
    elif desk.ready.is_recorded:
        desk.screen.tell("What one did: executus runs show ID")


def _thinking(desk: Desk, _argument: str) -> None:
    is_shown = desk.screen.toggle_thinking()
    desk.screen.tell(f"The model's reasoning is {'shown' if is_shown else 'not shown'}.")


def _path(argument: str, command: str) -> Path:
    """Read the file that a command is given."""
    return Path(_word(argument, command)).expanduser()


def _word(argument: str, command: str) -> str:
    """Read the one word that a command is given, as a shell would.

    Raises:
        ConfigError: There is none, or more than one.
    """
    try:
        words = shlex.split(argument)
    except ValueError:
        words = [argument]
    if len(words) != 1:
        raise ConfigError(f"{command} takes one file; put a name with blanks into quotes")
    return words[0]


COMMANDS: Final = {
    "/help": ChatCommand("", "this list", _help),
    "/again": ChatCommand("", "send the last input once more", _again),
    "/new": ChatCommand("", "forget the conversation", _new),
    "/model": ChatCommand("[SPEC]", "say which model answers, or take another one", _model),
    "/tools": ChatCommand("", "what the agent can use", _tools),
    "/image": ChatCommand("FILE_OR_URL", "show a picture with the next input", _image),
    "/file": ChatCommand("FILE", "attach a file to the next input", _file),
    "/thinking": ChatCommand("", "show the model's reasoning, or no longer", _thinking),
    "/runs": ChatCommand("", "the runs of this chat", _runs),
    "/save": ChatCommand("FILE", "write the chat to FILE.md or FILE.json", _save),
    "/quit": ChatCommand("", "leave", _quit),
}
