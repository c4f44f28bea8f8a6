"""A chat, input after input: each is one run, which continues the conversation of those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.cli import exit_codes
from executus_core.cli.chat.conversation import Exchange
from executus_core.cli.chat.slash import is_command, run_command
from executus_core.cli.screen.words import complain
from executus_core.cli.start.out import NOTHING_KEPT
from executus_core.errors import ExecutusError

if TYPE_CHECKING:
    from executus_core.cli.chat.conversation import Input
    from executus_core.cli.chat.input import InputSource
    from executus_core.cli.chat.slash import Desk

HOW_TO_LEAVE = "Ctrl-C once more leaves, as do Ctrl-D and /quit."


def talk(desk: Desk, source: InputSource) -> int:
    """Take inputs until there are no more, or the person leaves.

    Returns:
        The exit code: for a person 0, or that of being interrupted; for a pipe that of the last input that failed.
    """
    code = exit_codes.OK
    is_leaving = False
    while not desk.is_over:
        try:
            text = source.read()
            if text is None:
                break
            code = _take(desk, text) or code
            is_leaving = False
        except KeyboardInterrupt:
            if is_leaving or not desk.screen.is_interactive:
                return exit_codes.INTERRUPTED
            is_leaving = not source.left_text
            if is_leaving:
                desk.screen.tell(HOW_TO_LEAVE)
        except ExecutusError as error:
            complain(str(error))
            desk.screen.part()
            code = exit_codes.code_of(error)
    return exit_codes.OK if desk.screen.is_interactive else code


def _take(desk: Desk, text: str) -> int:
    """Do what a line says."""
    if not text.strip() and not (desk.conversation.images or desk.conversation.files):
        return exit_codes.OK
    if is_command(text):
        given = run_command(desk, text)
        if given is not None:
            return _answer(desk, given)
        desk.screen.part()
        return exit_codes.OK
    return _answer(desk, desk.conversation.take(text.removeprefix("/") if text.startswith("//") else text))


def _answer(desk: Desk, given: Input) -> int:
    """Run one input, and remember what came of it.

    Raises:
        KeyboardInterrupt: Nobody is there to go on after the run was stopped.
    """
    conversation, screen = desk.conversation, desk.screen
    invocation = desk.ready.invocation(
        channel_id=conversation.id, history=conversation.history, images=given.images, input_files=given.files
    )
    with screen.begin():
        result = desk.runner.answer(desk.ready.agent, given.text, invocation, screen.show)
    kept = desk.out.keep(result.artifacts) if desk.out else NOTHING_KEPT
    exchange = Exchange(given, result, screen.partial, kept.paths, desk.ready.attempts.take(result.run_id))
    screen.finish(exchange, desk.ready, desk.out, kept)
    conversation.add(exchange)
    if result.status == "cancelled" and not screen.is_interactive:
        raise KeyboardInterrupt
    return exit_codes.code_of_result(result) or (exit_codes.RUN_FAILED if kept.problem else exit_codes.OK)
