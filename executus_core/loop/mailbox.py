"""The mailbox: messages put into a run from outside, before the model's next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from attrs import define, field

from executus_core.llm.message import Message

if TYPE_CHECKING:
    from executus_core.llm.message import ImagePart


@define(eq=False)
class Mailbox:
    """Holds messages until the next step takes them. Safe to fill from a tool's worker thread.

    Attributes:
        messages: Those that wait, oldest first.
        is_open: Whether the run still goes on; a closed mailbox takes nothing.
    """

    messages: list[Message] = field(factory=cast("type[list[Message]]", list))
    is_open: bool = True

    def post(self, message: Message) -> bool:
        """Queue a message; tells whether the run will still see it."""
        if self.is_open:
            self.messages.append(message)
        return self.is_open

    def attach_images(self, text: str, *images: ImagePart) -> None:
        """Queue a user message: the text when it is not blank, then the images; nothing for nothing."""
        if images or text.strip():
            self.post(Message.user(text, *images))

    def drain(self) -> list[Message]:
        """Take everything, oldest first."""
        messages = self.messages
        taken = messages[:]
        del messages[: len(taken)]
        return taken
