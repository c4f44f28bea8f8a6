"""Compaction when it is due, by whatever compactor the host chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import define, field

from executus_core import Agent, Defaults, Executor, Ports, tool
from executus_core.llm import Message, Usage
from executus_core.record.events import Compacted
from executus_core.testing import MemoryAudit, MemoryObserver, ScriptedModel, call

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from executus_core.testing.script import Entry


@tool
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


AGENT = Agent(name="adder", tools=("add",))
SCRIPT: list[Entry] = [call("add", a=1, b=1), call("add", a=2, b=2), "done"]


@define(eq=False)
class Shortener:
    """A compactor, and its own factory, that answers by a function of the transcript."""

    answer: Callable[[Sequence[Message]], object]
    asked: list[tuple[int, int]] = field(factory=list[tuple[int, int]])
    threshold: int = 0
    on_fire: Callable[[int, int], None] | None = None

    def __call__(self, threshold_tokens: int, on_fire: Callable[[int, int], None]) -> Shortener:
        self.threshold, self.on_fire = threshold_tokens, on_fire
        return self

    async def compact(self, messages: Sequence[Message], tokens: int) -> object:
        self.asked.append((len(messages), tokens))
        shorter = self.answer(messages)
        if isinstance(shorter, list) and self.on_fire:
            self.on_fire(len(messages), len(shorter))
        return shorter


def _model(tokens: int) -> ScriptedModel:
    return ScriptedModel(SCRIPT, context_tokens=1000, usage=Usage(tokens - 5, 5, cost_usd=0.0))


def _executor(model: ScriptedModel, shortener: Shortener, ports: Ports | None = None) -> Executor:
    return Executor(models=model, registry=[add], compactor=shortener, ports=ports)  # type: ignore[arg-type]


async def test_a_transcript_is_shortened_once_it_has_the_share_of_the_window() -> None:
    """The size is what the provider counted last, so nobody counts tokens twice."""
    shortener = Shortener(lambda messages: [messages[0], *messages[-2:]])
    model = _model(700)

    result = await _executor(model, shortener).run(AGENT, "go")

    assert (result.status, shortener.threshold) == ("ok", 700)
    assert shortener.asked == [(3, 700), (5, 700)]
    assert [len(request.messages) for request in model.requests] == [1, 3, 3]
    assert len(result.messages) == 4


async def test_below_the_share_nobody_is_asked() -> None:
    """A step that needs no compaction pays nothing for it."""
    shortener = Shortener(lambda messages: [])

    await _executor(_model(699), shortener).run(AGENT, "go")

    assert shortener.asked == []


async def test_the_share_is_the_hosts_to_choose() -> None:
    """The ratio is among the defaults."""
    shortener = Shortener(lambda messages: None)
    defaults = Defaults(compaction_threshold_ratio=0.5)

    await Executor(models=_model(1), registry=[add], compactor=shortener, defaults=defaults).run(AGENT, "go")  # type: ignore[arg-type]

    assert shortener.threshold == 500


async def test_a_model_whose_window_is_not_known_is_never_compacted() -> None:
    """A guess would throw away what fits."""
    shortener = Shortener(lambda messages: [])
    model = ScriptedModel(SCRIPT, usage=Usage(10**6, 5))

    await _executor(model, shortener).run(AGENT, "go")

    assert (shortener.threshold, shortener.asked) == (0, [])


async def test_none_leaves_the_transcript_as_it_was() -> None:
    """A compactor may find nothing to drop."""
    result = await _executor(_model(900), Shortener(lambda messages: None)).run(AGENT, "go")

    assert len(result.messages) == 6
    assert result.notes == ()


@pytest.mark.parametrize(
    "answer",
    [
        lambda messages: [],
        lambda messages: "shorter",
        lambda messages: ["shorter"],
        lambda messages: messages[:-1],
        lambda messages: [messages[0], messages[-1]],
    ],
    ids=["empty", "text", "no messages", "a call without its result", "a result without its call"],
)
async def test_a_transcript_that_no_model_would_take_is_refused(
    answer: Callable[[Sequence[Message]], object],
) -> None:
    """The old one is kept, and the note says why."""
    result = await _executor(_model(900), Shortener(answer)).run(AGENT, "go")

    assert (result.status, len(result.messages)) == ("ok", 6)
    assert "a transcript that no model would take; kept the old one" in str(result.notes[0])


async def test_a_compactor_that_fails_is_noted() -> None:
    """The run goes on with the transcript as it was."""

    def fail(messages: object) -> object:
        raise OSError("no model to summarise with")

    result = await _executor(_model(900), Shortener(fail)).run(AGENT, "go")

    assert (result.status, len(result.messages)) == ("ok", 6)
    assert result.notes[0].port == "compactor"
    assert "no model to summarise with" in result.notes[0].message


async def test_a_compaction_is_an_event_and_in_the_audit_record() -> None:
    """Whoever reads the record knows that something is missing."""
    audit, observer = MemoryAudit(), MemoryObserver()
    shortener = Shortener(lambda messages: [messages[0], *messages[-2:]])
    ports = Ports(audit=audit, observers=(observer,))

    result = await _executor(_model(700), shortener, ports).run(AGENT, "go")

    events = [event for event in observer.events[result.run_id] if isinstance(event, Compacted)]
    assert events[-1] == Compacted(messages_before=5, messages_after=3)
    recorded = [event for event in audit.records[result.run_id].events if event.type == "run.compacted"]
    assert recorded[-1].payload == {"messages_before": 5, "messages_after": 3}
