"""What Anthropic demands of a transcript beyond its shape."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from executus_core.testing.wire.anthropic.shape import TextBlock, ToolResultBlock, ToolUseBlock
from executus_core.testing.wire.dialect import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.testing.wire.anthropic.shape import Written

__all__ = ["check_messages"]


def check_messages(messages: Sequence[Written]) -> None:
    """Check who speaks when, that nobody says nothing, and that calls and results are pairs.

    Raises:
        RefusedError: Anthropic would not accept the transcript.
    """
    _check_roles(messages)
    for index, message in enumerate(messages):
        _check_content(message, index, is_last=index == len(messages) - 1)
    _check_pairs(messages)


def _check_roles(messages: Sequence[Written]) -> None:
    if not messages:
        raise RefusedError(400, "messages: at least one message is required")
    if messages[0].role != "user":
        raise RefusedError(400, 'messages: first message must use the "user" role')
    for before, after in pairwise(messages):
        if before.role == after.role:
            raise RefusedError(
                400,
                'messages: roles must alternate between "user" and "assistant", '
                f'but found multiple "{after.role}" roles in a row',
            )


def _check_content(message: Written, index: int, *, is_last: bool) -> None:
    if not message.content and not (is_last and message.role == "assistant"):
        raise RefusedError(
            400,
            f"messages.{index}: all messages must have non-empty content except for the optional final assistant message",
        )
    for block in message.content:
        inner = block.content if isinstance(block, ToolResultBlock) else ()
        for text in (part for part in (block, *(inner or ())) if isinstance(part, TextBlock)):
            if not text.text:
                raise RefusedError(400, "messages: text content blocks must be non-empty")
            if not text.text.strip():
                raise RefusedError(400, "messages: text content blocks must contain non-whitespace text")


def _check_pairs(messages: Sequence[Written]) -> None:
    """Check that the message after a call has its result, and that each result has its call before it."""
    called: set[str] = set()
    for index, message in enumerate(messages):
        results = [block.tool_use_id for block in message.content if isinstance(block, ToolResultBlock)]
        unexpected = sorted({*results} - called)
        if unexpected:
            raise RefusedError(
                400,
                f"messages.{index}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: "
                f"{', '.join(unexpected)}. Each `tool_result` block must have a corresponding `tool_use` block in the "
                "previous message.",
            )
        _check_answered(called - {*results}, index - 1)
        calls = [block.id for block in message.content if isinstance(block, ToolUseBlock)]
        if len({*calls}) < len(calls):
            raise RefusedError(400, f"messages.{index}.content: `tool_use` ids must be unique")
        called = {*calls}
    _check_answered(called, len(messages) - 1)


def _check_answered(open_ids: set[str], index: int) -> None:
    if open_ids:
        raise RefusedError(
            400,
            f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{', '.join(sorted(open_ids))}. Each `tool_use` block must have a corresponding `tool_result` block in the "
            "next message.",
        )
