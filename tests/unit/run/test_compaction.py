"""Compaction when it is due, by whatever compactor the host chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import define, field

from executus_core import Agent, Defaults, Executor, Invocation, Ports, tool
from executus_core.errors import ContextOverflowError
from executus_core.llm import Message, Usage
from executus_core.record.events import Compacted
from executus_core.testing import MemoryAudit, MemoryCheckpoints, MemoryObserver, ScriptedModel, call

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from executus_core.llm import ModelRequest
    from executus_core.testing.script import Entry


@tool
async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@tool
async def dump(chars: int) -> str:
    """Write a long text."""
    return "x" * chars


AGENT = Agent(name="adder", system_prompt="Add.", tools=("add", "dump"))
SCRIPT: list[Entry] = [call("add", a=1, b=1), call("add", a=2, b=2), "done"]


@define(eq=False)
class Shortener:
    """A compactor, and its own factory, that answers by a function of the transcript."""

    answer: Callable[[Sequence[Message]], object]
    asked: list[tuple[int, int]] = field(factory=list[tuple[int, int]])
    thresholds: list[int] = field(factory=list[int])

    def __call__(self, threshold_tokens: int, on_fire: Callable[[int, int], None]) -> Shortener:
        self.thresholds.append(threshold_tokens)
        return self

    async def compact(self, messages: Sequence[Message], tokens: int) -> object:
        self.asked.append((len(messages), tokens))
        return self.answer(messages)


def newest_step(messages: Sequence[Message]) -> list[Message]:
    """Keep what must stay, and the newest step."""
    return [*(one for one in messages[:-2] if one.role == "system" or one.is_pinned), *messages[-2:]]


def _growing(first: int, by: int) -> Callable[[ModelRequest, Message], Usage]:
    """Count so many tokens with the first answer, and so many more with each further one."""
    counts = iter(range(first, first + 100 * by, by))
    return lambda _request, _message: Usage(next(counts), 0, cost_usd=0.0)


def _model(first: int, by: int = 0, script: Sequence[Entry] = SCRIPT) -> ScriptedModel:
    usage = _growing(first, by) if by else Usage(first - 5, 5, cost_usd=0.0)
    return ScriptedModel(script, context_tokens=1000, usage=usage)


def _executor(
    model: ScriptedModel, shortener: object, ports: Ports | None = None, defaults: Defaults | None = None
) -> Executor:
    return Executor(models=model, registry=[add, dump], compactor=shortener, ports=ports, defaults=defaults)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------------------- when


async def test_a_transcript_is_shortened_once_it_has_the_share_of_the_window() -> None:
    """The size is what the provider counted last, and an estimate of what came since: here one short result."""
    shortener = Shortener(newest_step)
    model = _model(650, 100)

    result = await _executor(model, shortener).run(AGENT, "go")

    assert (result.status, shortener.thresholds) == ("ok", [700])
    assert [messages for messages, _ in shortener.asked] == [6]
    assert 750 < shortener.asked[0][1] < 760
    assert [len(request.messages) for request in model.requests] == [2, 4, 4]
    assert [message.role for message in result.messages] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]


async def test_below_the_share_nothing_is_made_and_nobody_is_asked() -> None:
    """A step that needs no compaction pays nothing for it."""
    shortener = Shortener(newest_step)

    await _executor(_model(690), shortener).run(AGENT, "go")

    assert (shortener.thresholds, shortener.asked) == ([], [])


async def test_a_long_result_counts_before_a_provider_has_counted_it() -> None:
    """It is in the next question; waiting for its count would be waiting for the overflow."""
    shortener = Shortener(lambda messages: None)
    model = _model(100, script=[call("dump", chars=4_000), "done"])

    await _executor(model, shortener).run(AGENT, "go")

    assert [messages for messages, _ in shortener.asked] == [4]
    assert 1_100 <= shortener.asked[0][1] < 1_120


async def test_a_provider_that_counts_nothing_is_counted_for() -> None:
    """Each answer adds an estimate to the one before."""
    shortener = Shortener(lambda messages: None)
    script = [call("dump", chars=1_500), call("dump", chars=1_500), "done"]
    model = ScriptedModel(script, context_tokens=1000, usage=Usage())

    await _executor(model, shortener).run(AGENT, "go")

    assert [messages for messages, _ in shortener.asked] == [6]
    assert 750 <= shortener.asked[0][1] < 850


@pytest.mark.parametrize("agent", [AGENT, Agent(name="talker")], ids=["with tools", "without tools"])
async def test_a_long_conversation_is_shortened_before_its_first_question(agent: Agent) -> None:
    """Nobody has counted it yet, so it is estimated, once."""
    shortener = Shortener(lambda messages: [one for one in messages if one.role == "system" or one.is_pinned])
    history = [Message.user("x" * 1_500), Message.assistant("y" * 1_500)] * 2
    model = _model(10, script=["done"])

    result = await _executor(model, shortener).run(agent, "go", Invocation(history=history))

    assert result.ok
    assert [one.text for one in model.requests[0].messages if one.role != "system"] == ["go"]


async def test_the_share_is_the_hosts_to_choose() -> None:
    """The ratio is among the defaults."""
    shortener = Shortener(newest_step)

    await _executor(_model(600), shortener, defaults=Defaults(compaction_threshold_ratio=0.5)).run(
        AGENT, "go"
    )

    assert shortener.thresholds == [500]


async def test_a_model_whose_window_is_not_known_is_not_compacted() -> None:
    """A guess would throw away what fits."""
    shortener = Shortener(newest_step)
    model = ScriptedModel(SCRIPT, usage=Usage(10**6, 5))

    result = await _executor(model, shortener).run(AGENT, "go")

    assert (shortener.thresholds, shortener.asked, result.notes) == ([], [], ())


async def test_the_window_is_that_of_the_model_that_serves_now() -> None:
    """A chain may go on with a model whose window is smaller; the next step knows."""
    shortener = Shortener(newest_step)

    def move(request: ModelRequest) -> Entry:
        model.context_tokens = 500
        return call("add", a=1, b=1)

    model = _model(600, script=[call("add", a=0, b=1), move, "done"])
    await _executor(model, shortener).run(AGENT, "go")

    assert shortener.thresholds == [350]
    assert len(model.requests[2].messages) == 4


async def test_a_transcript_that_stays_long_is_left_alone_until_it_grows() -> None:
    """It is looked at anew when it has grown by a tenth: first there is nothing to leave out, and then it does not help."""
    shortener = Shortener(newest_step)
    model = _model(900, 40, [*(call("add", a=1, b=number) for number in range(6)), "done"])

    await _executor(model, shortener).run(AGENT, "go")

    assert [tokens // 10 for _, tokens in shortener.asked] == [90, 98, 110]


# ------------------------------------------------------------------------------------------------------- what it gives


async def test_none_leaves_the_transcript_as_it_was() -> None:
    """A compactor may find nothing to drop."""
    result = await _executor(_model(900), Shortener(lambda messages: None)).run(AGENT, "go")

    assert len(result.messages) == 7
    assert result.notes == ()


@pytest.mark.parametrize(
    ("answer", "flaw"),
    [
        (lambda messages: [], "is no list of messages"),
        (lambda messages: "shorter", "is no list of messages"),
        (lambda messages: ["shorter"], "is no list of messages"),
        (lambda messages: messages[:-1], "on its own"),
        (lambda messages: [*messages[:2], messages[-1]], "on its own"),
        (lambda messages: messages[1:], "lacks a system message"),
        (lambda messages: [messages[0], Message.user("go"), *messages[-2:]], "lacks a system message"),
        (lambda messages: [messages[0], *messages[2:], messages[1]], "does not begin with a user"),
        (lambda messages: [*messages[:2], Message("user")], "a message is empty"),
        (lambda messages: [*messages, Message.user("more")], "is no shorter"),
    ],
    ids=[
        "empty", "text", "no messages", "no result", "no call", "no system", "question not pinned", "answer first",
        "empty message", "longer",
    ],
)  # fmt: skip
async def test_a_transcript_that_a_run_cannot_go_on_with_is_refused(
    answer: Callable[[Sequence[Message]], object], flaw: str
) -> None:
    """The old one is kept, and the note says why."""
    result = await _executor(_model(900), Shortener(answer)).run(AGENT, "go")

    assert (result.status, len(result.messages)) == ("ok", 7)
    assert flaw in str(result.notes[0])
    assert "kept the old one" in str(result.notes[0])


async def test_messages_that_are_none_inside_are_refused() -> None:
    """A compactor may give anything."""
    broken = Message("user", 5)  # type: ignore[arg-type]

    result = await _executor(_model(900), Shortener(lambda messages: [*messages[:2], broken])).run(
        AGENT, "go"
    )

    assert (result.status, len(result.messages), result.notes[0].port) == ("ok", 7, "compactor")


async def test_a_compactor_sees_the_question_pinned_and_the_run_keeps_its_own() -> None:
    """So that one rule, that what is pinned stays, covers the question too."""
    seen: list[Message] = []

    def look(messages: Sequence[Message]) -> list[Message]:
        seen.extend(messages)
        return newest_step(messages)

    result = await _executor(_model(900), Shortener(look)).run(AGENT, "go")

    assert [one.text for one in seen if one.is_pinned] == ["go"]
    assert not any(one.is_pinned for one in result.messages)


async def test_a_pinned_message_of_the_history_stays() -> None:
    """Whoever hands a conversation in says what must not be forgotten."""
    rule = Message.user("Never divide.").pinned()
    history = [rule, Message.assistant("Fine."), Message.user("x" * 4_000), Message.assistant("Long.")]
    model = _model(10, script=["done"])

    result = await _executor(model, Shortener(newest_step)).run(AGENT, "go", Invocation(history=history))

    assert [one.text for one in result.history] == ["Never divide.", "Long.", "go", "done"]
    assert result.history[0].is_pinned


async def test_a_compactor_that_fails_is_noted() -> None:
    """The run goes on with the transcript as it was."""

    def fail(messages: object) -> object:
        raise OSError("no model to summarise with")

    result = await _executor(_model(900), Shortener(fail)).run(AGENT, "go")

    assert (result.status, len(result.messages)) == ("ok", 7)
    assert result.notes[0].port == "compactor"
    assert "no model to summarise with" in result.notes[0].message


async def test_a_factory_that_fails_is_asked_once() -> None:
    """A compactor that can't be made at one step can't be made at the next."""
    asked: list[int] = []

    def factory(threshold_tokens: int, on_fire: object) -> object:
        asked.append(threshold_tokens)
        raise OSError("no")

    result = await _executor(_model(900, 100), factory).run(AGENT, "go")

    assert (result.status, asked, len(result.notes)) == ("ok", [700], 1)


# -------------------------------------------------------------------------------------------------------- the record


async def test_a_compaction_is_an_event_and_in_the_audit_record() -> None:
    """Whoever reads the record knows that something is missing."""
    audit, observer = MemoryAudit(), MemoryObserver()
    ports = Ports(audit=audit, observers=(observer,))

    result = await _executor(_model(690, 60), Shortener(newest_step), ports).run(AGENT, "go")

    (event,) = [event for event in observer.events[result.run_id] if isinstance(event, Compacted)]
    assert (event.messages_before, event.messages_after, event.strategy) == (6, 4, "Shortener")
    assert 750 < event.tokens_before < 760
    assert event.tokens_after < event.tokens_before
    (recorded,) = [one for one in audit.records[result.run_id].events if one.type == "run.compacted"]
    assert recorded.payload["messages_after"] == 4
    assert recorded.payload["tokens_before"] == event.tokens_before


async def test_a_compaction_is_one_record_of_the_journal_that_replaces_the_others() -> None:
    """What is recovered is what the run went on with, and not what it had given up."""
    checkpoints = MemoryCheckpoints(every_run=True)

    result = await _executor(_model(690, 60), Shortener(newest_step), Ports(checkpointer=checkpoints)).run(
        AGENT, "go"
    )

    journal = checkpoints.journals[result.run_id]
    assert [entry.kind for entry in journal.entries] == ["start", "step", "step", "compaction", "step"]
    compaction = journal.entries[3]
    assert (compaction.step, len(compaction.messages), compaction.usage) == (2, 4, None)
    journal.state = "open"
    (interrupted,) = await checkpoints.interrupted()
    assert list(interrupted.transcript) == result.messages


# ------------------------------------------------------------------------------------------------------- an overflow


async def test_a_question_that_was_too_long_is_asked_again_shorter() -> None:
    """A model may hold less than it says, or say nothing; what it refused had no answer that could be lost."""
    shortener = Shortener(newest_step)
    script = [*SCRIPT[:2], ContextOverflowError("too long"), "done"]

    result = await _executor(_model(100, script=script), shortener).run(AGENT, "go")

    assert (result.output, len(result.messages)) == ("done", 5)
    assert [messages for messages, _ in shortener.asked] == [6]


async def test_a_question_that_stays_too_long_is_asked_twice_and_no_more() -> None:
    """The run then ends with what the model said."""
    script = [*SCRIPT[:2], ContextOverflowError("too long"), ContextOverflowError("still too long")]

    result = await _executor(_model(100, script=script), Shortener(newest_step)).run(AGENT, "go")

    assert str(result.error) == "still too long"


async def test_an_overflow_that_no_compactor_can_help_ends_the_run() -> None:
    """Nothing is asked twice that did not become shorter."""
    script = [*SCRIPT[:2], ContextOverflowError("too long")]

    result = await _executor(_model(100, script=script), Shortener(lambda messages: None)).run(AGENT, "go")

    assert str(result.error) == "too long"
