"""``DropToolResults``: short notes in place of old tool results."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import evolve, field, frozen
from typing_extensions import override

from executus_core.compact.size import estimate_tokens
from executus_core.compact.strategy import StrategyFactory, check_count
from executus_core.llm.message import TextPart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.compact.draft import Draft
    from executus_core.llm.message import Message
    from executus_core.ports.compactor import CompactionRun

NAME: Final = "drop-tool-results"
LEFT_OUT: Final = "[left out to save room: the result of"
SHOWN_CHARS: Final = 80
_KEPT: Final = re.compile(r'read_result\(name="([\w.-]{1,80})"')


@frozen(kw_only=True)
class DropToolResults(StrategyFactory):
    """Replaces old tool results by a line that says what was there, the oldest first, until the transcript fits.

    What ``read_result`` can still read stays readable: the line names it.

    Attributes:
        keep_steps: The newest steps whose results stay; the last one's have not been read by the model yet.
    """

    keep_steps: int = field(default=3, validator=check_count)

    @override
    async def shorten(self, draft: Draft, run: CompactionRun | None) -> Draft:
        """Replace as many results as it takes."""
        messages = list(draft.messages)
        names: dict[str, str] = {}
        originals: dict[str, Message] = {}
        excess = draft.estimate - draft.target
        for position in range(_newest_steps(messages, self.keep_steps)):
            if excess <= 0:
                break
            message = messages[position]
            names |= {call.id: call.name for call in message.tool_calls}
            if message.role != "tool" or message.is_pinned:
                continue
            note = _note_on(message, names.get(message.tool_call_id, "a tool"))
            saved = estimate_tokens((message,)) - estimate_tokens((note,))
            if saved > 0:
                messages[position] = note
                originals[message.tool_call_id] = message
                excess -= saved
        return draft.shortened(tuple(messages), NAME, originals=originals)


def _newest_steps(messages: Sequence[Message], keep_steps: int) -> int:
    """Find where the newest steps begin."""
    for position in range(len(messages) - 1, -1, -1):
        keep_steps -= messages[position].role == "assistant"
        if not keep_steps:
            return position
    return 0


def _note_on(message: Message, name: str) -> Message:
    text = message.text
    if text.startswith(LEFT_OUT):
        return message
    pictures = sum(not isinstance(part, TextPart) for part in message.parts)
    beside = f" and {pictures} pictures or files" if pictures else ""
    start = " ".join(text[: 4 * SHOWN_CHARS].split())[:SHOWN_CHARS]
    began = f', which began "{start}"' if start else ""
    kept = "".join(f'; read_result(name="{kept}") has it' for kept in dict.fromkeys(_KEPT.findall(text)))
    said = f"{LEFT_OUT} {name}, {len(text):,} characters{beside}{began}{kept}]"
    return evolve(message, parts=(TextPart(said),))
