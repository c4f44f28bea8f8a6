"""A transcript as litellm wants it: the message list of OpenAI's chat completions."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final, TypeAlias
from weakref import ref

from executus_core.llm import FilePart, ImagePart, TextPart
from executus_model_litellm.repair import clean_arguments, clean_id, clean_name, clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from executus_core.llm import JsonValue, Message, Part
    from executus_model_litellm.media import Media

Wire: TypeAlias = "dict[str, JsonValue]"

# Providers whose tool results may hold images. To the others they go in a user's message after the results.
_IMAGES_IN_RESULTS: Final = frozenset({"anthropic"})
_EMPTY: Final = "(empty)"
_MEDIA_FOLLOW: Final = "(see what is shown after the tool results)"


class Rendered:
    """One message, rendered once.

    Attributes:
        wire: What is sent; None for a message that says nothing.
        late: Images and files of a tool result that go after all results of the step.
    """

    __slots__ = ("late", "message", "wire")

    def __init__(self, message: ref[Message], wire: Wire | None, late: list[Wire]) -> None:
        """Keep the parts."""
        self.message: ref[Message] = message
        self.wire: Wire | None = wire
        self.late: list[Wire] = late


class Transcripts:
    """Renders the messages of many runs, each message once for as long as somebody holds it."""

    def __init__(self, provider: str, media: Media) -> None:
        """Render for a provider.

        Args:
            provider: Its name in litellm.
            media: What it takes beside text.
        """
        self._provider = provider
        self._media = media
        self._rendered: dict[int, Rendered] = {}

    async def prepare(self, messages: Iterable[Message]) -> None:
        """Make what new messages show fit, each once, before anything is sent.

        Raises:
            ModelError: A person or the host gave a picture or a file that can't be used.
        """
        is_tools = False
        for message in messages:
            # what tools attach is a user's message, after the results of their step
            is_tools = message.role == "tool" or (is_tools and message.role == "user")
            if _shows_something(message) and self._find(message) is None:
                fitted = await self._media.fit(message, is_tools=is_tools)
                self._keep(message, self._render(fitted))

    def render(self, messages: Iterable[Message]) -> list[Wire]:
        """Give what is sent for a transcript that is prepared."""
        sent: list[Wire] = []
        late: list[Wire] = []
        for message in messages:
            rendered = self._find(message) or self._keep(message, self._render(message))
            wire = rendered.wire
            if late and (wire is None or wire["role"] != "tool"):
                sent.append({"role": "user", "content": late})
                late = []
            if wire is not None:
                _append(sent, wire)
            late = [*late, *rendered.late] if rendered.late else late
        if late:
            sent.append({"role": "user", "content": late})
        return sent

    def remember(self, message: Message, beside: Mapping[str, JsonValue]) -> None:
        """Render a model's own answer, with what must go back beside it and no ``Message`` can hold.

        Anthropic wants the signed thoughts back with the calls that they led to. A transcript that was read from a store has
        lost them.
        """
        rendered = self._keep(message, self._render(message))
        if rendered.wire is not None:
            rendered.wire.update(beside)

    def _find(self, message: Message) -> Rendered | None:
        found = self._rendered.get(id(message))
        return found if found is not None and found.message() is message else None

    def _keep(self, message: Message, wire: tuple[Wire | None, list[Wire]]) -> Rendered:
        key, held = id(message), self._rendered

        def forget(gone: ref[Message]) -> None:
            if (kept := held.get(key)) is not None and kept.message is gone:
                del held[key]

        rendered = held[key] = Rendered(ref(message, forget), *wire)
        return rendered

    def _render(self, message: Message) -> tuple[Wire | None, list[Wire]]:
        match message.role:
            case "system":
                return {"role": "system", "content": clean_text(message.text)}, []
            case "user":
                return {"role": "user", "content": _content(message.parts)}, []
            case "assistant":
                return self._render_answer(message), []
            case "tool":
                return self._render_result(message)

    def _render_answer(self, message: Message) -> Wire | None:
        text = clean_text(message.text)
        if not message.tool_calls:  # an answer that is blank is refused by some, and tells nothing
            return {"role": "assistant", "content": text} if text.strip() else None
        calls: list[JsonValue] = [
            {
                "id": clean_id(call.id, self._provider),
                "type": "function",
                "function": {"name": clean_name(call.name), "arguments": clean_arguments(call.arguments)},
            }
            for call in message.tool_calls
        ]
        return {"role": "assistant", "content": text if text.strip() else None, "tool_calls": calls}

    def _render_result(self, message: Message) -> tuple[Wire, list[Wire]]:
        text = clean_text(message.text)
        if message.is_error and not text.lstrip().lower().startswith("error"):
            text = f"Error: {text}"
        images = [_medium(part) for part in message.parts if isinstance(part, ImagePart)]
        files = [_medium(part) for part in message.parts if isinstance(part, FilePart)]
        content: JsonValue = text if text.strip() else _EMPTY
        if images and self._provider in _IMAGES_IN_RESULTS:
            content, images = [{"type": "text", "text": content}, *images], []
        elif (images or files) and not text.strip():
            content = _MEDIA_FOLLOW
        wire: Wire = {
            "role": "tool",
            "tool_call_id": clean_id(message.tool_call_id, self._provider),
            "content": content,
        }
        return wire, [*images, *files]


def _shows_something(message: Message) -> bool:
    return any(type(part) is not TextPart for part in message.parts)


def _append(sent: list[Wire], wire: Wire) -> None:
    """Add a message; a user's goes into a user's before it, since the templates of many models want roles to alternate."""
    if wire["role"] == "user" and sent and sent[-1]["role"] == "user":
        sent[-1] = {"role": "user", "content": [*_as_parts(sent[-1]["content"]), *_as_parts(wire["content"])]}
    else:
        sent.append(wire)


def _as_parts(content: JsonValue) -> Sequence[JsonValue]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content if isinstance(content, list) else []


def _content(parts: Sequence[Part]) -> JsonValue:
    """Give plain text where there is nothing else: every server takes that."""
    if all(isinstance(part, TextPart) for part in parts):
        text = "".join(part.text for part in parts if isinstance(part, TextPart))
        return clean_text(text) if text.strip() else _EMPTY
    return [
        {"type": "text", "text": clean_text(part.text)} if isinstance(part, TextPart) else _medium(part)
        for part in parts
        if not isinstance(part, TextPart) or part.text.strip()
    ]


def _medium(part: ImagePart | FilePart) -> Wire:
    url = f"data:{part.media_type};base64,{b64encode(part.data).decode()}"
    if isinstance(part, FilePart):
        return {"type": "file", "file": {"filename": clean_text(part.name), "file_data": url}}
    return {"type": "image_url", "image_url": {"url": url}}
