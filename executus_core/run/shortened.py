"""What a compactor's answer must be before a run goes on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from executus_core.compact.size import estimate_tokens
from executus_core.llm.message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence


def find_flaw(before: Sequence[Message], answer: object) -> str:
    """Say why a run can't go on with what a compactor gave, or "".

    Args:
        before: The transcript that it was given.
        answer: What it gave.
    """
    if not isinstance(answer, (list, tuple)) or not answer:
        return "is no list of messages"
    if not all(isinstance(message, Message) for message in cast("Sequence[object]", answer)):
        return "is no list of messages"
    after = cast("Sequence[Message]", answer)
    for is_broken, flaw in _FLAWS:
        if is_broken(before, after):
            return flaw
    return ""


def _is_on_its_own(_before: Sequence[Message], after: Sequence[Message]) -> bool:
    """Tell whether a tool result has no call before it, or a call no result."""
    waiting: set[str] = set()
    for message in after:
        if message.role == "tool":
            if message.tool_call_id not in waiting:
                return True
            waiting.discard(message.tool_call_id)
        elif waiting:
            return True
        waiting.update(call.id for call in message.tool_calls)
    return bool(waiting)


def _begins_otherwise(before: Sequence[Message], after: Sequence[Message]) -> bool:
    """Tell whether the user no longer speaks first."""
    return _first_role(before) == "user" and _first_role(after) != "user"


def _first_role(messages: Sequence[Message]) -> str:
    return next((message.role for message in messages if message.role != "system"), "")


def _is_empty_somewhere(_before: Sequence[Message], after: Sequence[Message]) -> bool:
    return not all(message.parts or message.tool_calls or message.role == "tool" for message in after)


def _lacks_what_stays(before: Sequence[Message], after: Sequence[Message]) -> bool:
    """Tell whether a system message or a pinned one is not there, or not in its order."""
    rest = iter(after)
    staying = (message for message in before if message.is_pinned or message.role == "system")
    return not all(any(message is kept or message == kept for message in rest) for kept in staying)


def _is_no_shorter(before: Sequence[Message], after: Sequence[Message]) -> bool:
    return estimate_tokens(after) >= estimate_tokens(before)


_FLAWS: Final = (
    (_is_on_its_own, "no model would take: a call or a result is on its own"),
    (_begins_otherwise, "no model would take: it does not begin with a user's message"),
    (_is_empty_somewhere, "no model would take: a message is empty"),
    (_lacks_what_stays, "lacks a system message, a pinned one or the question"),
    (_is_no_shorter, "is no shorter"),
)
