"""How much a compaction, and a step without one, look at: counted, not timed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from executus_core.compact import DropToolResults, SlidingWindow, Summarise, Tiered, estimate_tokens
from executus_core.compact.gauge import Gauge
from executus_core.llm import Message, ToolCall, Usage
from executus_core.testing import MemoryCompactionRun

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from types import FrameType

    from executus_core.ports import CompactorFactory

FACTORIES = {
    "drop": DropToolResults(),
    "window": SlidingWindow(),
    "summarise": Summarise(),
    "tiered": Tiered(DropToolResults(), Summarise(), SlidingWindow()),
}


class CountingList(list[Message]):
    """Counts how many messages are taken out of it."""

    taken = 0

    @override
    def __iter__(self) -> Iterator[Message]:
        for message in super().__iter__():
            self.taken += 1
            yield message

    @override
    def __getitem__(self, place):  # type: ignore[no-untyped-def]
        found = super().__getitem__(place)
        self.taken += len(found) if isinstance(place, slice) else 1
        return found


def transcript(messages: int) -> CountingList:
    """Make a transcript of so many messages."""
    made = CountingList([Message.system("You read."), Message.user("Read all of it.").pinned()])
    for number in range(messages // 2 - 1):
        call = ToolCall(f"call_{number}", "read", f'{{"page": {number}}}')
        made += [Message.assistant("", [call]), Message.tool(call, f"page {number} " * 100)]
    return made


def count_lines(work: Callable[[], object]) -> int:
    """Count the lines of Python that run while work is done."""
    lines = 0

    def trace(_frame: FrameType, event: str, _argument: object):  # type: ignore[no-untyped-def]
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return lines


def run_to_end(coroutine: Coroutine[object, object, object]) -> object:
    """Run what never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


def compact(factory: CompactorFactory, messages: CountingList, share: float) -> int:
    """Shorten a transcript that has just reached its threshold, and count the lines that it takes."""
    tokens = estimate_tokens(messages)
    messages.taken = 0
    made = factory(tokens, lambda _before, _after: None)
    made.bind(MemoryCompactionRun())  # type: ignore[attr-defined]
    return count_lines(lambda: run_to_end(made.compact(messages, int(tokens / share))))


@pytest.mark.parametrize("share", [1.0, 0.2], ids=["just reached", "far beyond"])
@pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)
def test_the_work_grows_as_the_transcript_does(factory: CompactorFactory, share: float) -> None:
    """Twice the messages are twice the lines that run, and each message is taken out a bounded number of times."""
    small, large = transcript(1_000), transcript(2_000)

    lines = compact(factory, small, share), compact(factory, large, share)

    assert lines[1] <= 2.1 * lines[0]
    assert large.taken <= 3 * len(large)
    assert lines[1] <= 200 * len(large)


def test_a_step_looks_at_what_is_new() -> None:
    """The size of a long transcript is known without another look at it."""
    messages, gauge = transcript(2_000), Gauge()
    usages = [Usage(900_000, 10)]
    gauge.look(messages, usages)
    messages.taken = 0

    for number in range(10):
        call = ToolCall(f"late_{number}", "read", "{}")
        messages += [Message.assistant("", [call]), Message.tool(call, "x" * 400)]
        usages.append(Usage(900_000 + 100 * number, 10))
        gauge.look(messages, usages)

    assert messages.taken == 20
    assert 901_010 <= gauge.tokens <= 901_020
