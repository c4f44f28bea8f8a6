"""What a run leaves behind: everything, as it was."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import UTC, datetime

import pytest
from attrs import asdict
from hypothesis import given
from hypothesis import strategies as st

from executus_audit_sqlite.encode import events_text, step_event, tool_event
from executus_audit_sqlite.reader import open_audit
from executus_audit_sqlite.stored import EVENTS, StoredError, StoredImage, StoredText
from executus_core import Agent, Executor, tool
from executus_core.llm import FilePart, ImagePart, Message, Response, TextPart, ToolCall, Usage
from executus_core.ports import Ports, RunStats, RunStatus
from executus_core.record.run import Step
from executus_core.testing import ScriptedModel, call

# ------------------------------------------------------------------------------------------------- a run of the executor


async def test_a_run_leaves_its_steps_its_calls_and_its_end(audit, read):
    """An executor's run is on record with the input, each response, each tool call and the final counts."""

    @tool
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    model = ScriptedModel([call("add", a=2, b=3), "It is 5."])
    agent = Agent(name="clerk", system_prompt="Be brief.", tools=["add"])
    async with Executor(models=model, registry=[add], ports=Ports(audit=audit)) as executor:
        result = await executor.run(agent, "What is 2 + 3?")

    detail = read(result.run_id)
    assert result.notes == ()
    kinds = [event.kind for event in detail.events]
    assert [kind for kind in kinds if kind != "event"] == ["start", "step", "tool", "step", "end"]
    logged = {event.type: event.payload for event in detail.events if event.kind == "event"}
    assert logged["run.input"]["text"] == "What is 2 + 3?"
    assert logged["permission"]["verdict"] == "allow"
    (called,) = [event for event in detail.events if event.kind == "tool"]
    assert (called.name, called.whole_text) == ("add", "5")
    assert (detail.run.agent, detail.run.status, detail.run.stats.output) == ("clerk", "ok", "It is 5.")
    assert (detail.run.stats.steps, detail.run.stats.tool_calls) == (2, 1)


async def test_a_refused_run_has_a_record(audit, read, info_of):
    """A run that a budget refused before its first step is kept with its reason."""
    recorder = await audit.start_run(info_of("run-1"))
    await recorder.close(RunStats(RunStatus.BUDGET_EXCEEDED, error="BudgetExceededError: nothing is left"))

    detail = read("run-1")
    assert [event.kind for event in detail.events] == ["start", "end"]
    assert detail.run.status == "budget_exceeded"
    assert detail.run.stats.error == "BudgetExceededError: nothing is left"


async def test_everything_known_at_the_start_reads_back(audit, read, info_of):
    """What the run started with, the plugins and their versions included, is kept whole."""
    started = datetime(2025, 11, 21, 10, 13, 2, 123457, tzinfo=UTC)
    info = info_of(
        "run-1", subject_id="s", channel_id="c", guild_id="g", parent_run_id="run-0", started_at=started,
        max_steps=12, max_runtime_s=60.5, tenant="acme", durable=True, inputs={"input": "hi", "depth": {"n": [1, None]}},
    )  # fmt: skip
    recorder = await audit.start_run(info)
    await recorder.close(RunStats(RunStatus.OK))

    run = read("run-1").run
    kept = {
        **run.info.model_dump(),
        **run.model_dump(include={"run_id", "caller_id", "tenant", "parent_run_id"}),
    }
    kept |= {"name": run.agent, "started_at": run.started_at, "plugins": list(kept["plugins"])}
    assert kept == asdict(
        info, value_serializer=lambda _, __, value: list(value) if isinstance(value, tuple) else value
    )


async def test_a_run_that_goes_on_can_be_read(audit, read, info_of, record_steps, record_run):
    """What happened is in the database before the run ends, which shows as open with its counts so far."""
    recorder = await audit.start_run(info_of("run-1"))
    record_steps(recorder)
    recorder.log_error(
        "the tool 'add' failed"
    )  # saved soon, so before the end of another run that comes after it
    await record_run(audit, "run-2")

    detail = read("run-1")
    assert detail.run.status == "open"
    assert detail.run.stats.steps == 2
    assert detail.run.stats.usage.input_tokens == 2400
    assert [event.kind for event in detail.events][-1] == "error"
    await recorder.close(RunStats(RunStatus.OK))


async def test_a_resumed_run_is_one_run(audit, read, info_of):
    """A run that paused and went on has one record, with both stretches in order."""
    for status in (RunStatus.PAUSED, RunStatus.OK):
        recorder = await audit.start_run(info_of("run-1"))
        recorder.log_event("run.stretch", {"ended": str(status)})
        await recorder.close(RunStats(status))

    detail = read("run-1")
    assert detail.run.status == "ok"
    assert [event.kind for event in detail.events] == ["start", "event", "end", "start", "event", "end"]


async def test_a_picture_and_a_file_are_kept_as_what_they_were_not_as_bytes(audit, read, info_of, path):
    """The bytes stay out of the database; name, size and hash tell which it was."""
    picture = b"\x89PNG" + bytes(range(256)) * 100
    shown = ToolCall("c1", "render", "{}")
    parts = (TextPart("front view"), ImagePart(picture), FilePart("plan.pdf", "application/pdf", picture))
    recorder = await audit.start_run(info_of("run-1"))
    recorder.on_tool(shown, Message.tool(shown, parts), 0.1)
    await recorder.close(RunStats(RunStatus.OK))

    (event,) = (event for event in read("run-1").events if event.kind == "tool")
    digest = hashlib.sha256(picture).hexdigest()
    assert event.parts == (
        StoredText(text="front view"),
        StoredImage(media_type="image/png", size_bytes=len(picture), sha256=digest),
        StoredImage(media_type="application/pdf", size_bytes=len(picture), sha256=digest, name="plan.pdf"),
    )
    assert event.whole_text.endswith("[image/png, 25,604 bytes]\n[plan.pdf: application/pdf, 25,604 bytes]")
    assert path.stat().st_size < 100_000


async def test_an_event_that_cannot_be_encoded_takes_no_other_with_it(audit, read, info_of):
    """A payload that holds itself is replaced by an error that says so; its neighbours stay."""
    endless: list[object] = []
    endless.append(endless)
    recorder = await audit.start_run(info_of("run-1", inputs={"endless": endless}))
    recorder.log_event("run.before", {})
    recorder.log_event("run.endless", {"list": endless})
    recorder.log_event("run.after", {})
    await recorder.close(RunStats(RunStatus.OK))

    detail = read("run-1")
    assert [event.kind for event in detail.events] == ["start", "event", "error", "event", "end"]
    assert "could not be recorded" in detail.events[2].message
    assert "not recorded" in detail.run.info.inputs


async def test_sql_can_ask_for_single_events(audit, record_run, path):
    """The view ``event`` has a row for each event, for whoever looks with a tool of their own."""
    await record_run(audit, "run-1")

    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT kind, count(*) FROM event GROUP BY kind ORDER BY kind").fetchall()
    connection.close()
    assert rows == [("end", 1), ("event", 1), ("start", 1), ("step", 2), ("tool", 1)]


# --------------------------------------------------------------------------------------------------- reads back equal

texts = st.text(st.characters(codec="utf-8"), max_size=40)
counts = st.integers(0, 10**12)
images = st.builds(ImagePart, st.binary(max_size=60), st.sampled_from(["image/png", "image/jpeg"]))
files = st.builds(FilePart, texts, st.just("application/pdf"), st.binary(max_size=60))
calls = st.builds(ToolCall, texts, texts, texts)
messages = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    st.lists(st.builds(TextPart, texts) | images | files, max_size=3).map(tuple),
    st.lists(calls, max_size=3).map(tuple),
    texts,
    st.booleans(),
)
usages = st.builds(Usage, counts, counts, counts, counts, st.none() | st.floats(0, 1e6), counts)
moments = st.floats(0, 4e9)


def as_it_was(event, *, role, tool_call_id):
    """Build from a stored event the message that was recorded, with pictures as what is kept of them."""
    parts = event.parts if event.text is None else (StoredText(text=event.text),)
    return {
        "role": event.role or role,
        "parts": [part.model_dump() for part in parts],
        "tool_calls": [one.model_dump() for one in event.tool_calls],
        "tool_call_id": tool_call_id if event.tool_call_id is None else event.tool_call_id,
        "is_error": event.is_error,
    }


def as_kept(message):
    """Say what ought to be kept of a message."""
    return {
        "role": message.role,
        "parts": [
            {"text": part.text}
            if isinstance(part, TextPart)
            else {
                "media_type": part.media_type,
                "size_bytes": len(part.data),
                "sha256": hashlib.sha256(part.data).hexdigest(),
                "name": part.name if isinstance(part, FilePart) else "",
            }
            for part in message.parts
        ],
        "tool_calls": [asdict(one) for one in message.tool_calls],
        "tool_call_id": message.tool_call_id,
        "is_error": message.is_error,
    }


@given(moments, counts, st.builds(Response, messages, usages, texts, texts))
def test_any_response_reads_back_equal(at, index, response):
    """Whatever a model answered is read back as it was."""
    (event,) = EVENTS.validate_json(events_text([(step_event, at, index, response)]))

    assert (event.at, event.index, event.model, event.stop_reason) == (
        at,
        index,
        response.model,
        response.stop_reason,
    )
    assert event.usage.model_dump() == asdict(response.usage)
    assert as_it_was(event, role="assistant", tool_call_id="") == as_kept(response.message)


@given(moments, st.builds(Step, counts, calls, messages, st.booleans(), st.floats(0, 1e6)))
def test_any_tool_call_reads_back_equal(at, step):
    """Whatever a tool was asked and said is read back as it was."""
    (event,) = EVENTS.validate_json(events_text([(tool_event, at, step)]))

    assert (event.at, event.index, event.duration_s) == (at, step.index, step.duration)
    assert (event.id, event.name, event.arguments) == (
        step.tool_call.id,
        step.tool_call.name,
        step.tool_call.arguments,
    )
    assert as_it_was(event, role="tool", tool_call_id=step.tool_call.id) == as_kept(step.result)


@pytest.mark.parametrize("text", ["half \ud800 a pair", "nothing \x00 there", "\x1b[31mred", "ünïcödé 🎉"])
async def test_no_text_is_too_strange(audit, read, info_of, text):
    """Hostile text is kept; only half a surrogate pair, which no file can hold, is written out."""
    recorder = await audit.start_run(info_of("run-1", name=text, inputs={text: text}))
    recorder.log_error(text)
    await recorder.close(RunStats(RunStatus.ERROR, text, text))

    detail = read("run-1")
    kept = text.replace("\ud800", "\\ud800")
    (error,) = (event for event in detail.events if isinstance(event, StoredError))
    assert (error.message, detail.run.agent, detail.run.stats.output) == (kept, kept, kept)
    assert detail.run.info.inputs == {kept: kept}


def test_a_database_that_is_not_there_has_no_runs(path):
    """Reading makes nothing."""
    with open_audit(path) as reader:
        assert reader.list_runs() == []

    assert not path.exists()
