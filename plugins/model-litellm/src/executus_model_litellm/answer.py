"""What litellm gives for a call, as a response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast
from uuid import uuid4

from attrs import define, field

from executus_core.errors import ModelError
from executus_core.llm import Message, TextDelta, ThinkingDelta, ToolCall, ToolCallDelta
from executus_model_litellm.errors import no_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from executus_core.llm import JsonValue, ModelEvent
    from executus_model_litellm.offers import Offer
    from executus_model_litellm.shapes import Call, Choice, Said
    from executus_model_litellm.spec import ModelSpec

REFUSED: Final = frozenset({"content_filter", "refusal"})


@define
class _PartialCall:
    id: str
    name: str
    arguments: list[str] = field(factory=cast("Callable[[], list[str]]", list))


class AnswerBuilder:
    """Puts an answer together, whole or piece by piece, and tells what is new."""

    def __init__(self, offers: Sequence[Offer]) -> None:
        """Begin with nothing.

        Args:
            offers: The tools that were on offer.
        """
        self._strict = {offer.tool.name: offer.strict for offer in offers if offer.strict}
        self._texts: list[str] = []
        self._calls: list[_PartialCall] = []
        self._at: dict[int, int] = {}
        self._thoughts: list[str] = []
        self._thinking_blocks: list[dict[str, JsonValue]] = []
        self.refusal: str = ""

    def add(self, said: Said) -> Iterator[ModelEvent]:
        """Take in a message or a delta."""
        if reasoning := getattr(said, "reasoning_content", None):
            self._thoughts.append(str(reasoning))
            yield ThinkingDelta(str(reasoning))
        self._add_thinking_blocks(getattr(said, "thinking_blocks", None))
        self.refusal += str(getattr(said, "refusal", None) or "")
        if said.content:
            self._texts.append(said.content)
            yield TextDelta(said.content)
        for position, call in enumerate(said.tool_calls or ()):
            yield self._add_call(call, position)

    @property
    def has_begun(self) -> bool:
        """Whether anything was said."""
        return bool(self._texts or self._calls or self._thoughts)

    def add_whole(self, said: Said) -> None:
        """Take in a whole message."""
        for _ in (*self.add(said), *self.finish()):
            pass

    def finish(self) -> Iterator[ModelEvent]:
        """Give the arguments of calls that came without any: a tool without parameters."""
        for position, call in enumerate(self._calls):
            if not "".join(call.arguments).strip():
                call.arguments = ["{}"]
                yield ToolCallDelta(position, arguments="{}")

    def message(self) -> Message:
        """Give the whole message, with the arguments of calls as the tools' own schemas have them."""
        calls: list[ToolCall] = []
        for call in self._calls:
            arguments = "".join(call.arguments)
            if (strict := self._strict.get(call.name)) is not None:
                arguments = strict.restore(arguments)
            calls.append(ToolCall(call.id, call.name, arguments))
        return Message.assistant("".join(self._texts), calls)

    def beside(self, provider: str) -> dict[str, JsonValue]:
        """Give what must go back to the provider with the message, and no ``Message`` can hold."""
        if self._thinking_blocks:
            return {"thinking_blocks": [dict(block) for block in self._thinking_blocks]}
        if self._thoughts and self._calls and provider in {"deepseek", "moonshot"}:
            return {"reasoning_content": "".join(self._thoughts)}
        return {}

    def _add_call(self, call: Call, position: int) -> ToolCallDelta:
        index = getattr(call, "index", None)
        index = position if index is None else index
        at = self._at.get(index)
        name, arguments = call.function.name or "", call.function.arguments or ""
        # some providers count every call 0, and each has an id of its own
        if at is None or (call.id and call.id != self._calls[at].id and self._calls[at].arguments):
            taken = {made.id for made in self._calls}
            made = _PartialCall(
                call.id if call.id and call.id not in taken else f"call_{uuid4().hex[:24]}", name
            )
            at = self._at[index] = len(self._calls)
            self._calls.append(made)
            made.arguments.append(arguments)
            return ToolCallDelta(at, made.id, name, arguments)
        self._calls[at].arguments.append(arguments)
        return ToolCallDelta(at, arguments=arguments)

    def _add_thinking_blocks(self, blocks: object) -> None:
        """Join the pieces of thinking blocks: text, and at the end of each its signature."""
        for given in cast("list[dict[str, JsonValue]]", blocks) if isinstance(blocks, list) else []:
            block = dict(given)
            held = self._thinking_blocks
            open_block = (
                held[-1]
                if held and held[-1].get("type") == "thinking" and not held[-1].get("signature")
                else None
            )
            if open_block is None or block.get("type") != "thinking":
                held.append({name: value for name, value in block.items() if value is not None})
                continue
            open_block["thinking"] = f"{open_block.get('thinking') or ''}{block.get('thinking') or ''}"
            if block.get("signature"):
                open_block["signature"] = block["signature"]


def read_choice(answer: object, spec: ModelSpec) -> Choice:
    """Give the one choice of a whole answer.

    Raises:
        ModelUnavailableError: There is none.
    """
    choices: object = getattr(answer, "choices", None)
    if not isinstance(choices, list) or not choices:
        raise no_answer(spec)
    return cast("Choice", choices[0])


def check_refusal(builder: AnswerBuilder, stop_reason: str, name: str) -> None:
    """Check that the provider did not refuse the content.

    Raises:
        ModelError: It did, and there is no answer.
    """
    if builder.refusal or stop_reason in REFUSED:
        said = f": {' '.join(builder.refusal.split())[:200]}" if builder.refusal else ""
        raise ModelError(
            f"'{name}' refused to answer this content{said}; change the request, or choose another model"
        )
