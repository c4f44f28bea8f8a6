"""The suite for compactors: the built-in ones pass it, and what breaks a promise does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from executus_core.compact import DropToolResults, SlidingWindow, Summarise, Tiered
from executus_core.llm import Message
from executus_core.testing import CompactorConformance

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.ports import CompactorFactory


class TestDropToolResults(CompactorConformance):
    @pytest.fixture
    def compactor(self) -> CompactorFactory:
        return DropToolResults()


class TestSlidingWindow(CompactorConformance):
    @pytest.fixture
    def compactor(self) -> CompactorFactory:
        return SlidingWindow()


class TestSummarise(CompactorConformance):
    @pytest.fixture
    def compactor(self) -> CompactorFactory:
        return Summarise()


class TestTiered(CompactorConformance):
    @pytest.fixture
    def compactor(self) -> CompactorFactory:
        return Tiered(DropToolResults(), Summarise(), SlidingWindow())


class Window:
    """A compactor and its factory, for others to spoil."""

    base = SlidingWindow()

    def __init__(self, threshold_tokens=0, on_fire=None):
        self.threshold = threshold_tokens
        self.inner = self.base(threshold_tokens, on_fire or (lambda before, after: None))

    def __call__(self, threshold_tokens, on_fire):
        return type(self)(threshold_tokens, on_fire)

    async def compact(self, messages, tokens):
        shorter = await self.inner.compact(messages, tokens)
        return None if shorter is None else self.spoil(list(shorter), list(messages))

    def spoil(self, shorter, messages):
        return shorter


class AlwaysShortens(Window):
    async def compact(self, messages, tokens):
        return await super().compact(messages, max(tokens, self.threshold))


class KeepsAll(Window):
    async def compact(self, messages, tokens):
        return None


class SaysNothing(Window):
    def __init__(self, threshold_tokens=0, on_fire=None):
        super().__init__(threshold_tokens)


class Halves(Window):
    def spoil(self, shorter, messages):
        return messages[len(messages) // 3 :]


class ForgetsPins(Window):
    async def compact(self, messages, tokens):
        return await super().compact([evolve(one, is_pinned=False) for one in messages], tokens)


class DropsTheNewest(Window):
    def spoil(self, shorter, messages):
        last = max(place for place, one in enumerate(shorter) if one.role == "assistant")
        return shorter[:last]


class SaysNothingInWords(Window):
    def spoil(self, shorter, messages):
        return [*shorter, Message.user("")]


class WritesInPlace(Window):
    async def compact(self, messages, tokens):
        shorter = await super().compact(messages, tokens)
        messages[0].is_error = True
        return shorter


class ReadsArguments(Window):
    def spoil(self, shorter, messages):
        return [one for one in shorter if all(call.arguments.encode() for call in one.tool_calls)]


class NeedsASummary(Window):
    def __init__(self, threshold_tokens=0, on_fire=None):
        super().__init__(threshold_tokens, on_fire)
        self.run = None

    def bind(self, run):
        self.run = run

    async def compact(self, messages, tokens):
        if tokens >= self.threshold:
            await self.run.ask("fast", messages)
        return await super().compact(messages, tokens)


class AsksTwice(NeedsASummary):
    async def compact(self, messages, tokens):
        await self.run.ask("fast", messages)
        return await super().compact(messages, tokens)


class OneForAll(Window):
    def __call__(self, threshold_tokens, on_fire):
        self.inner = self.base(threshold_tokens, on_fire)
        return self


BROKEN = [
    ("test_below_the_threshold_it_leaves_the_transcript", AlwaysShortens),
    ("test_a_long_transcript_becomes_shorter", KeepsAll),
    ("test_one_crossing_is_one_compaction", AsksTwice),
    ("test_it_tells_of_each_compaction", SaysNothing),
    ("test_calls_and_results_stay_paired", Halves),
    ("test_what_is_pinned_stays", ForgetsPins),
    ("test_the_newest_answer_stays", DropsTheNewest),
    ("test_no_provider_would_refuse_it", SaysNothingInWords),
    ("test_the_input_is_not_changed", WritesInPlace),
    ("test_hostile_text_does_not_break_it", ReadsArguments),
    ("test_a_model_that_fails_does_not_stop_it", NeedsASummary),
    ("test_many_runs_at_once_keep_apart", OneForAll),
]


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(check: str, provider: Callable[[], object], assert_caught) -> None:
    """The check fails for a provider that breaks just its promise."""
    await assert_caught(CompactorConformance(), check, compactor=provider)


async def test_what_the_broken_ones_are_made_of_is_not_broken(assert_caught) -> None:
    """So each is caught for what it breaks."""
    for check, _ in BROKEN:
        with pytest.raises(AssertionError):
            await assert_caught(CompactorConformance(), check, compactor=Window)


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(CompactorConformance, BROKEN)
