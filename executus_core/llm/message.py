"""Messages of a transcript and their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import define, field

from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]


@define(repr=True)
class TextPart:
    """A stretch of text."""

    text: str


@define
class ImagePart:
    """A picture that the model sees.

    Attributes:
        data: The encoded picture (PNG, JPEG, ...), not base64.
        media_type: Its IANA media type.
    """

    data: bytes = field(repr=lambda data: f"<{len(data)} bytes>")
    media_type: str = "image/png"


@define
class FilePart:
    """A file that the model's provider reads by itself; ``FileReadingModel.reads`` says which kinds it does.

    Attributes:
        name: File name, without a folder.
        media_type: Its IANA media type, such as ``application/pdf``.
        data: Its bytes, not base64; they are sent with every request whose transcript holds the part.
    """

    name: str
    media_type: str
    data: bytes = field(repr=lambda data: f"<{len(data)} bytes>")


Part: TypeAlias = TextPart | ImagePart | FilePart


@define
class ToolCall:
    """A model's wish to call a tool.

    Attributes:
        id: Pairs the call with its result; unique within a run.
        name: The tool's name as the model wrote it.
        arguments: The arguments as the model wrote them: raw JSON text, not yet parsed, perhaps malformed.
    """

    id: str
    name: str
    arguments: str


@define
class Message:
    """One entry of a transcript. Nobody changes a message once it is made: runs share them by reference.

    Attributes:
        role: Who speaks.
        parts: Content in order; empty for an assistant message that only calls tools.
        tool_calls: Calls of an assistant message, in the model's order.
        tool_call_id: On a tool message, the id of the call that it answers.
        is_error: On a tool message, whether the call failed.
        is_pinned: Whether it stays as it is when the transcript is shortened.
    """

    role: Role
    parts: tuple[Part, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    is_error: bool = False
    is_pinned: bool = False

    @property
    def text(self) -> str:
        """The text of all text parts, joined without a separator."""
        parts = self.parts
        if len(parts) == 1 and isinstance(part := parts[0], TextPart):
            return part.text
        return "".join(part.text for part in parts if isinstance(part, TextPart))

    def pinned(self) -> Message:
        """Give the same message, which stays as it is when the transcript is shortened."""
        return Message(
            self.role, self.parts, self.tool_calls, self.tool_call_id, self.is_error, is_pinned=True
        )

    @classmethod
    def system(cls, text: str) -> Message:
        """Make a system message."""
        return cls("system", (TextPart(text),))

    @classmethod
    def user(cls, text: str, *images: ImagePart | FilePart) -> Message:
        """Make a user message: the text first when it is not blank, then the images and files."""
        if not images:
            return cls("user", (TextPart(text),))
        return cls("user", (TextPart(text), *images) if text.strip() else images)

    @classmethod
    def assistant(cls, text: str, tool_calls: tuple[ToolCall, ...] | list[ToolCall] = ()) -> Message:
        """Make a model's answer; an empty text makes no part."""
        return cls("assistant", (TextPart(text),) if text else (), tuple(tool_calls))

    @classmethod
    def tool(
        cls,
        call: ToolCall,
        content: str | tuple[Part, ...] | list[Part],
        is_error: bool = False,  # noqa: FBT001, FBT002 - the public shape
    ) -> Message:
        """Make the result of a tool call."""
        parts = (TextPart(content),) if isinstance(content, str) else tuple(content)
        return cls("tool", parts, (), call.id, is_error)


def user_message(content: str | Sequence[str | Part], images: Sequence[ImagePart] = ()) -> Message:
    """Make a user's message of a run's input: text, then images.

    Raises:
        ConfigError: There is nothing in it.
    """
    if type(content) is str and not images:
        parts: tuple[Part, ...] = (TextPart(content),)
        is_empty = not content or content.isspace()
    else:
        given = (content,) if isinstance(content, str) else tuple(content)
        parts = tuple(TextPart(part) if isinstance(part, str) else part for part in given) + tuple(images)
        for part in parts:
            if not isinstance(part, (TextPart, ImagePart, FilePart)):
                raise ConfigError(
                    f"the input holds {part!r:.100}; give text, TextPart, ImagePart or FilePart"
                )
        is_empty = not any(not isinstance(part, TextPart) or part.text.strip() for part in parts)
    if is_empty:
        raise ConfigError("the input is empty; say what the agent should do")
    return Message("user", parts)


def check_history(history: Sequence[Message]) -> None:
    """Check that earlier messages can stand before a run's input: no provider takes a call without its result.

    Raises:
        ConfigError: Naming the message that is wrong.
    """
    waiting: set[str] = set()
    for position, message in enumerate(history):
        role: object = getattr(message, "role", type(message).__name__)  # a host may hand in anything
        if role not in {"user", "assistant", "tool"}:
            raise ConfigError(
                f"history[{position}] is a {role}; give messages of the user, the assistant and tools, as in Result.history"
            )
        if message.role == "tool":
            if message.tool_call_id not in waiting:
                raise ConfigError(
                    f"history[{position}] is the result of '{message.tool_call_id}', which no call before it waits for"
                )
            waiting.discard(message.tool_call_id)
        elif waiting:
            break
        else:
            waiting = {call.id for call in message.tool_calls}
    if waiting:
        raise ConfigError(
            f"history has a tool call '{min(waiting)}' without a result; leave out its message, or answer it"
        )


def text_of_input(content: str | Sequence[str | Part]) -> str:
    """Give the text of a run's input, before anybody has looked whether it is one."""
    if isinstance(content, str):
        return content
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in content)
