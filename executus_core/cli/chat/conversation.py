"""What a chat remembers: what was said, what is said next, and what of a run that did not end by itself stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import Factory, define, frozen

from executus_core.clock import SYSTEM_CLOCK
from executus_core.errors import (
    ContextOverflowError,
    ModelAccessError,
    ModelResolutionError,
    ModelUnavailableError,
)
from executus_core.llm.message import Message

if TYPE_CHECKING:
    from pathlib import Path

    from executus_core.llm.attempt import ModelAttempt
    from executus_core.llm.message import ImagePart
    from executus_core.record.artifact import InputFile
    from executus_core.record.result import Result

_AGAIN: Final = "/again sends the input once more"
_HINTS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (ContextOverflowError, f"/new forgets the conversation, /model SPEC takes a larger model; {_AGAIN}"),
    (ModelResolutionError, f"/model SPEC takes another model; {_AGAIN}"),
    (ModelAccessError, f"/model SPEC takes another model; {_AGAIN}"),
    (ModelUnavailableError, _AGAIN),
)


@frozen
class Input:
    """What a person sends.

    Attributes:
        text: The words.
        images: Pictures for the model.
        files: Attachments.
    """

    text: str
    images: tuple[ImagePart, ...] = ()
    files: tuple[InputFile, ...] = ()


@frozen
class Exchange:
    """One input and what came of it.

    Attributes:
        input: The input.
        result: The run.
        written: What the model had written of the answer when the run ended without one.
        paths: Where the files of the run were written.
        attempts: The attempts at its model calls.
    """

    input: Input
    result: Result
    written: str = ""
    paths: tuple[Path, ...] = ()
    attempts: tuple[ModelAttempt, ...] = ()


@define
class Conversation:
    """What a chat remembers.

    Attributes:
        id: Names it: what a person allows for the conversation holds in no other.
        history: What the next run continues.
        exchanges: Everything that was said, oldest first; forgetting keeps it.
        images: Pictures that go with the next input.
        files: Attachments that go with the next input.
    """

    id: str = Factory(SYSTEM_CLOCK.new_id)
    history: tuple[Message, ...] = ()
    exchanges: list[Exchange] = Factory(list[Exchange])
    images: tuple[ImagePart, ...] = ()
    files: tuple[InputFile, ...] = ()

    def take(self, text: str) -> Input:
        """Make an input of a text and of what was laid beside it."""
        taken = Input(text, self.images, self.files)
        self.images, self.files = (), ()
        return taken

    def add(self, exchange: Exchange) -> None:
        """Remember what came of an input."""
        self.exchanges.append(exchange)
        self.history = continue_after(self.history, exchange.result, exchange.written)

    def forget(self) -> None:
        """Begin a new conversation."""
        self.id = SYSTEM_CLOCK.new_id()
        self.history = ()


def continue_after(before: tuple[Message, ...], result: Result, written: str) -> tuple[Message, ...]:
    """Decide what the next run continues.

    A run that ended by itself continues as it stands. One that was stopped, or that failed after the model had answered at
    least once, stays with a mark, so that the model knows what was done and that it was not the end. Of any other nothing
    stays: the input can be sent again.

    Args:
        before: What the run continued.
        result: What the run came to.
        written: What the model had written of its answer when the run ended.
    """
    if result.ok:
        return result.history
    is_stopped = result.status == "cancelled"
    nothing_done = not result.messages or not (is_stopped or result.usage.requests)
    if nothing_done or isinstance(result.error, ContextOverflowError):
        return before
    history = result.history
    if history[-1:] and history[-1].role == "assistant":
        return history
    why = "stopped by the user" if is_stopped else f"ended early: {result.error}"
    mark = f"[{why}]"
    return (*history, Message.assistant(f"{written.rstrip()}\n\n{mark}" if written.strip() else mark))


def hint_after(error: BaseException | None) -> str:
    """Say what a person can do about the error that ended a run, or ""."""
    return next((hint for kind, hint in _HINTS if isinstance(error, kind)), "")
