"""What every compactor must do."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING, cast

import pytest
from attrs import define, field
from hypothesis import HealthCheck, Phase, given, settings

from executus_core.compact.size import estimate_tokens
from executus_core.errors import ModelUnavailableError
from executus_core.llm.message import Message
from executus_core.testing.conformance.base import (
    HOSTILE_TEXTS,
    Conformance,
    cannot_check,
    interleaved,
    tool_call,
)
from executus_core.testing.conformance.transcripts import assert_accepted, transcripts
from executus_core.testing.memory.compaction import MemoryCompactionRun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from executus_core.ports.compactor import AskingCompactor, Compactor, CompactorFactory

__all__ = ["CompactorConformance"]

TOKENS_PER_ESTIMATE = 1.3
"""Providers count by measures of their own."""


@define
class Crossing:
    """A transcript that reached its threshold, and what came of it.

    Attributes:
        before: The transcript.
        after: The shorter one; the same where the compactor left it.
        fires: What the compactor told of itself: messages before and after.
        run: What the compactor asked.
        again: What it gave when it was asked once more, with the size that it had come to.
    """

    before: tuple[Message, ...]
    after: Sequence[Message]
    fires: list[tuple[int, int]]
    run: MemoryCompactionRun
    again: Sequence[Message] | None = field(default=None)

    @property
    def staying(self) -> list[Message]:
        """What must be there, in this order."""
        return [message for message in self.before if message.is_pinned or message.role == "system"]


class CompactorConformance(Conformance):
    """What every compactor must do, over generated transcripts.

    Give the fixture ``compactor``: a factory. One whose compactors ask a model is handed a run that answers. The
    transcripts are some ten to a hundred messages long, with results of up to some thousand characters; a factory that
    keeps more than the newest quarter of that should be given with smaller bounds.

    Attributes:
        examples: How many transcripts each check looks at.
    """

    examples: int = 25

    @pytest.fixture
    def compactor(self) -> CompactorFactory:
        """The factory to check."""
        raise NotImplementedError("give the fixture 'compactor'")

    # ------------------------------------------------------------------------------------------------------ its size

    async def test_below_the_threshold_it_leaves_the_transcript(self, compactor: CompactorFactory) -> None:
        """Nothing is lost, and no model asked, before it must be."""

        async def look(messages: tuple[Message, ...]) -> None:
            run, tokens = MemoryCompactionRun(), _count(messages)
            made = _make(compactor, tokens + 1, [], run)
            answer = await made.compact(messages, tokens)
            assert answer is None or tuple(answer) == messages
            assert not run.asked

        await self._examine(look)

    async def test_a_long_transcript_becomes_shorter(self, compactor: CompactorFactory) -> None:
        """Its size falls below the threshold, whatever is in it."""

        async def look(messages: tuple[Message, ...]) -> None:
            crossing = await _cross(compactor, messages)
            assert _count(crossing.after) < _count(messages)

        await self._examine(look)

    async def test_one_crossing_is_one_compaction(self, compactor: CompactorFactory) -> None:
        """It asks a model once at most; and with the size that it came to, there is nothing left to do."""

        async def look(messages: tuple[Message, ...]) -> None:
            crossing = await _cross(compactor, messages)
            assert crossing.again is None or tuple(crossing.again) == tuple(crossing.after)
            assert len(crossing.run.asked) <= 1

        await self._examine(look)

    async def test_it_tells_of_each_compaction(self, compactor: CompactorFactory) -> None:
        """``on_fire`` is called once for each, with the messages before and after."""

        async def look(messages: tuple[Message, ...]) -> None:
            crossing = await _cross(compactor, messages)
            assert crossing.fires == [(len(messages), len(crossing.after))]

        await self._examine(look)

    # ------------------------------------------------------------------------------------------------------ what stays

    async def test_calls_and_results_stay_paired(self, compactor: CompactorFactory) -> None:
        """Each result follows the answer that called for it, and each call has its result; ids stay unique."""

        async def look(messages: tuple[Message, ...]) -> None:
            _assert_paired((await _cross(compactor, messages)).after)

        await self._examine(look)

    async def test_what_is_pinned_stays(self, compactor: CompactorFactory) -> None:
        """System messages, the question and whatever else is pinned: as they were, and in their order."""

        async def look(messages: tuple[Message, ...]) -> None:
            crossing = await _cross(compactor, messages)
            kept = [one for one in crossing.after if one.is_pinned or one.role == "system"]
            assert kept == crossing.staying

        await self._examine(look)

    async def test_the_newest_answer_stays(self, compactor: CompactorFactory) -> None:
        """The model has not read the results of its last calls yet."""

        async def look(messages: tuple[Message, ...]) -> None:
            last = max(place for place, one in enumerate(messages) if one.role == "assistant")
            newest = messages[last:]
            assert tuple((await _cross(compactor, messages)).after)[-len(newest) :] == newest

        await self._examine(look)

    async def test_no_provider_would_refuse_it(self, compactor: CompactorFactory) -> None:
        """OpenAI and Anthropic take what comes of it, by the rules of the test kit's servers."""

        async def look(messages: tuple[Message, ...]) -> None:
            assert_accepted(messages)
            assert_accepted((await _cross(compactor, messages)).after)

        await self._examine(look)

    async def test_the_input_is_not_changed(self, compactor: CompactorFactory) -> None:
        """The transcript and its messages belong to the run."""

        async def look(messages: tuple[Message, ...]) -> None:
            given = list(messages)
            before = copy.deepcopy(given)
            tokens = _count(given)
            await _make(compactor, tokens, [], MemoryCompactionRun()).compact(given, tokens)
            assert given == before

        await self._examine(look)

    # --------------------------------------------------------------------------------------------------- bad conditions

    @pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=lambda text: repr(text[:20]))
    async def test_hostile_text_does_not_break_it(self, compactor: CompactorFactory, text: str) -> None:
        """Whatever a tool or a model wrote, it shortens it."""
        calls = [tool_call(f"call-{number}", text, text) for number in range(20)]
        steps = [
            one for call in calls for one in (Message.assistant(text, [call]), Message.tool(call, text * 3))
        ]
        messages = (Message.user("Go.").pinned(), *steps)
        run, tokens = MemoryCompactionRun(text), _count(messages)

        answer = await _make(compactor, tokens, [], run).compact(messages, tokens)

        _assert_paired(messages if answer is None else answer)

    async def test_a_model_that_fails_does_not_stop_it(self, compactor: CompactorFactory) -> None:
        """Without a summary it shortens in a way that needs none, and has the problem noted."""
        if not hasattr(_make(compactor, 1, [], None), "bind"):
            cannot_check("bind")

        async def look(messages: tuple[Message, ...]) -> None:
            run = MemoryCompactionRun(ModelUnavailableError("no model today"))
            crossing = await _cross(compactor, messages, run)
            assert _count(crossing.after) < _count(messages)
            assert bool(run.notes) == bool(run.asked), "a summary that was wanted and failed is noted"

        await self._examine(look)

    async def test_many_runs_at_once_keep_apart(self, compactor: CompactorFactory) -> None:
        """Each run has a compactor of its own, and what it gives does not depend on the others."""

        async def look(messages: tuple[Message, ...]) -> None:
            alone = (await _cross(compactor, messages)).after
            other = (*messages, Message.user("And something else.").pinned())
            tokens = _count(messages)
            made = [_make(compactor, tokens, [], MemoryCompactionRun()) for _ in range(4)]
            assert len({id(one) for one in made}) == len(made)
            together = await interleaved(
                one.compact(other if number % 2 else messages, tokens) for number, one in enumerate(made)
            )
            assert together[0] == together[2] == alone

        await self._examine(look)

    async def _examine(self, look: Callable[[tuple[Message, ...]], object]) -> None:
        """Look at many transcripts."""
        bounds = settings(
            max_examples=self.examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[
                Phase.generate
            ],  # a transcript that is simpler is no easier to read, and takes seconds to find
            suppress_health_check=[HealthCheck.too_slow],
        )

        def look_at_all() -> None:
            with asyncio.Runner() as runner:

                @bounds
                @given(transcripts())
                def look_at(messages: tuple[Message, ...]) -> None:
                    runner.run(look(messages))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # a coroutine

                look_at()

        # In a thread: it brings its own event loop, and one is running here already.
        await asyncio.to_thread(look_at_all)


def _make(
    factory: CompactorFactory, threshold: int, fires: list[tuple[int, int]], run: MemoryCompactionRun | None
) -> Compactor:
    made = factory(threshold, lambda before, after: fires.append((before, after)))
    if run is not None and hasattr(made, "bind"):
        cast("AskingCompactor", made).bind(run)
    return made


async def _cross(
    factory: CompactorFactory, messages: tuple[Message, ...], run: MemoryCompactionRun | None = None
) -> Crossing:
    """Have a transcript reach its threshold, and then have a look at what came of it."""
    run, fires, tokens = run or MemoryCompactionRun(), list[tuple[int, int]](), _count(messages)
    made = _make(factory, tokens, fires, run)
    answer = await made.compact(messages, tokens)
    after = messages if answer is None else answer
    return Crossing(messages, after, fires, run, await made.compact(tuple(after), _count(after)))


def _count(messages: Sequence[Message]) -> int:
    return int(estimate_tokens(messages) * TOKENS_PER_ESTIMATE)


def _assert_paired(messages: Sequence[Message]) -> None:
    waiting: list[str] = []
    seen: set[str] = set()
    for message in messages:
        if message.role == "tool":
            assert message.tool_call_id in waiting, f"a result of '{message.tool_call_id}' without its call"
            waiting.remove(message.tool_call_id)
            continue
        assert not waiting, f"a call '{waiting[0]}' without its result"
        waiting = [call.id for call in message.tool_calls]
        assert not seen.intersection(waiting), "two calls have one id"
        seen.update(waiting)
    assert not waiting, f"a call '{waiting[0]}' without its result"
