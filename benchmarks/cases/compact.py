"""Shortening a transcript of 2,000 messages: against 1,000 messages, and against one look at each message."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, cast

from benchmarks.measure import ratio, take_turns
from benchmarks.table import Case, Goal
from executus_core.compact import DropToolResults, SlidingWindow, Summarise, Tiered, estimate_tokens
from executus_core.llm import Message, Response, ToolCall, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Effort, Figure, Make
    from benchmarks.table import Measured
    from executus_core.ports import AskingCompactor, CompactorFactory

MESSAGES = 2_000
FACTORIES: dict[str, CompactorFactory] = {
    "drop-tool-results": DropToolResults(),
    "summarise": Summarise(),
    "window": SlidingWindow(),
    "tiered": Tiered(DropToolResults(), Summarise(), SlidingWindow()),
}


class Summariser:
    """A run whose model takes no time."""

    async def ask(self, tier: str, messages: Sequence[Message]) -> Response:  # noqa: ARG002 - it knows what to say
        """Answer at once."""
        return Response(Message.assistant("A summary."), Usage())

    async def find_window(self, tier: str) -> int:  # noqa: ARG002 - one for all
        """Know nothing of the window."""
        return 0

    def note(self, problem: str, error: Exception) -> None:
        """End the case: what it measures went wrong."""
        raise RuntimeError(problem) from error


def make_transcript(messages: int) -> tuple[Message, ...]:
    """Make the transcript of a run that read page after page."""
    made = [Message.system("You read."), Message.user("Read all of it.").pinned()]
    for number in range(messages // 2 - 1):
        call = ToolCall(f"call_{number}", "read", f'{{"page": {number}}}')
        made += [Message.assistant("", [call]), Message.tool(call, f"page {number} " * 100)]
    return tuple(made)


def measure(effort: Effort) -> Measured:
    """Measure each strategy, at a transcript that has reached its threshold by far."""
    half, whole = make_transcript(MESSAGES // 2), make_transcript(MESSAGES)
    figures: dict[str, Figure] = {}
    for name, factory in FACTORIES.items():
        contenders: dict[str, Make] = {
            "half": partial(partial, _compact, factory, half),
            "whole": partial(partial, _compact, factory, whole),
            "bare": partial(partial, _look, whole),
        }
        taken = asyncio.run(take_turns(contenders, effort))
        figures[f"{name}, 2,000 messages to 1,000"] = ratio(taken["whole"], taken["half"])
        figures[f"{name}, to a bare pass"] = ratio(taken["whole"], taken["bare"])
    return figures


async def _compact(factory: CompactorFactory, messages: Sequence[Message]) -> str:
    tokens = estimate_tokens(messages)
    compactor = factory(tokens // 4, lambda _before, _after: None)
    cast("AskingCompactor", compactor).bind(Summariser())
    shorter = await compactor.compact(messages, tokens)
    return "shorter" if shorter is not None and estimate_tokens(shorter) < tokens else "not shorter"


async def _look(messages: Sequence[Message]) -> str:
    """Look once at each text, as whoever must know the size of a transcript has to."""
    total = 0
    for message in messages:
        for part in message.parts:
            total += len(getattr(part, "text", ""))
        for call in message.tool_calls:
            total += len(call.arguments)
    return "shorter" if total else ""


COMPACT = Case(
    "compact",
    tuple(
        goal
        for name in FACTORIES
        for goal in (Goal(f"{name}, 2,000 messages to 1,000", 2.5), Goal(f"{name}, to a bare pass"))
    ),
    measure,
)
