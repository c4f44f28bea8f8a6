"""What every audit must do."""
# ruff: noqa: ARG002, S101 - a capability that is not given ignores what it is asked; a suite is made of assertions

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING

import pytest
from attrs import frozen

from executus_core.llm.message import Message
from executus_core.record.run import RunStats, RunStatus, RunTally
from executus_core.testing.conformance.base import (
    HOSTILE_TEXTS,
    Conformance,
    answer,
    cancelled_at_once,
    cannot_check,
    interleaved,
    run_info,
    tool_call,
)
from executus_core.testing.hotpath import assert_returns_at_once

if TYPE_CHECKING:
    from executus_core.ports.audit import Audit, RunRecorder
    from executus_core.record.run import RunInfo

__all__ = ["AuditConformance", "AuditReading"]


@frozen
class AuditReading:
    """What an audit has kept of a run, in words that every store can say.

    Attributes:
        entries: Kind and key of each entry in the order in which it happened: ("step", "1") with its index, ("tool", its
            call's id), ("event", its type), ("error", its message).
        status: How the run ended; "" while it goes on.
        output: The run's output.
        total_tokens: Tokens in and out.
    """

    entries: tuple[tuple[str, str], ...]
    status: str
    output: str = ""
    total_tokens: int = 0


class AuditConformance(Conformance):
    """What every audit must do.

    Give the fixture ``audit``: an audit that is open and records every run. Give ``read_back`` too, if the audit can be
    read: only then can the suite see that nothing is lost.
    """

    @pytest.fixture
    def audit(self) -> Audit:
        """The audit to check."""
        raise NotImplementedError("give the fixture 'audit'")

    async def read_back(self, audit: Audit, run_id: str) -> AuditReading | None:
        """Read what the audit has kept of a run; None when it can't be read."""
        return None

    # ------------------------------------------------------------------------------------------------- the hot path

    async def test_a_recorder_starts_with_nothing_counted(self, audit: Audit) -> None:
        """A new recorder has a live tally of zeros."""
        recorder = await _start(audit)

        assert isinstance(recorder.tally, RunTally)
        assert (recorder.tally.steps, recorder.tally.tool_calls, recorder.tally.usage.requests) == (0, 0, 0)
        await recorder.close(_stats())

    async def test_recording_returns_at_once(self, audit: Audit) -> None:
        """The plain methods do no I/O, do not wait, and give nothing."""
        recorder = await _start(audit)
        call, response = tool_call(), answer("Hm.", tool_call())
        result = Message.tool(call, "3")

        for what, record in (
            ("on_step", lambda: recorder.on_step(1, response)),
            ("on_tool", lambda: recorder.on_tool(call, result, 0.25)),
            ("log_event", lambda: recorder.log_event("run.input", {"input": "Good morning"})),
            ("log_error", lambda: recorder.log_error("the tool 'add' failed")),
        ):
            assert assert_returns_at_once(f"the recorder's {what}", record) is None, (
                f"{what} must give nothing"
            )
        await recorder.close(_stats())

    async def test_the_tally_counts_what_was_recorded(self, audit: Audit) -> None:
        """Steps, tool calls, failed calls and usage are counted as they come."""
        recorder = await _start(audit)

        _record_two_steps(recorder)

        tally = recorder.tally
        assert (tally.steps, tally.tool_calls, tally.tool_errors) == (2, 2, 1)
        assert (tally.usage.input_tokens, tally.usage.output_tokens, tally.usage.requests) == (20, 10, 2)
        assert tally.usage.cost_usd == 0.01 + 0.01
        await recorder.close(_stats())

    async def test_recording_changes_nothing_that_it_is_given(self, audit: Audit) -> None:
        """Messages, responses and payloads belong to the run and stay as they are."""
        call = tool_call()
        given = (answer("Hm.", call, image=True), Message.tool(call, "3"), {"a": {"b": [1, 2]}})
        before = copy.deepcopy(given)
        recorder = await _start(audit)

        recorder.on_step(1, given[0])
        recorder.on_tool(call, given[1], 0.25)
        recorder.log_event("run.extra", given[2])
        await recorder.close(_stats())

        assert given == before

    @pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=lambda text: repr(text[:20]))
    async def test_recording_never_raises(self, audit: Audit, text: str) -> None:
        """Whatever a model, a tool or a person wrote is recorded, and the record still closes."""
        recorder = await _start(audit)
        call = tool_call(text, text, text)

        recorder.on_step(1, answer(text, call, image=True))
        recorder.on_tool(call, Message.tool(call, text, is_error=True), 0.0)
        recorder.log_event("run.extra", {text: [text, float("nan"), 10**400, None, True]})
        recorder.log_error(text)
        await recorder.close(_stats(output=text))

        reading = await self.read_back(audit, "run-1")
        assert reading is None or (len(reading.entries), reading.status) == (4, "ok")

    # ------------------------------------------------------------------------------------------------ what is kept

    async def test_a_record_is_complete_when_close_returns(self, audit: Audit) -> None:
        """Everything that was recorded can be read, in its order, with how the run ended."""
        recorder = await _start(audit)

        recorder.log_event("run.input", {"input": "Good morning"})
        _record_two_steps(recorder)
        recorder.log_error("the tool 'add' failed")
        await recorder.close(_stats(output="Good morning to you"))

        reading = await self._read(audit, "run-1")
        assert reading.entries == (
            ("event", "run.input"),
            ("step", "1"),
            ("tool", "call-1"),
            ("tool", "call-2"),
            ("step", "2"),
            ("error", "the tool 'add' failed"),
        )
        assert (reading.status, reading.output, reading.total_tokens) == ("ok", "Good morning to you", 30)

    @pytest.mark.parametrize("status", list(RunStatus), ids=str)
    async def test_every_way_to_end_is_kept(self, audit: Audit, status: RunStatus) -> None:
        """A run that was refused, cancelled or killed before its first step has a record like any other."""
        recorder = await _start(audit)

        await recorder.close(RunStats(status, error="" if status == "ok" else "RunError: for a reason"))

        assert (await self._read(audit, "run-1")).status == str(status)

    async def test_a_long_run_loses_nothing(self, audit: Audit) -> None:
        """A thousand tool calls are recorded without giving way once, and all of them are there after close."""
        recorder = await _start(audit)
        calls = [tool_call(f"call-{number}") for number in range(1000)]

        for number, call in enumerate(calls, 1):
            recorder.on_step(number, answer("", call))
            recorder.on_tool(call, Message.tool(call, "3"), 0.25)
        await recorder.close(_stats())

        kept = [key for kind, key in (await self._read(audit, "run-1")).entries if kind == "tool"]
        assert kept == [call.id for call in calls]

    async def test_many_runs_at_once_keep_apart(self, audit: Audit) -> None:
        """Fifty runs that record in turns each have their own record, whole and in order."""

        async def run(number: int) -> None:
            recorder = await _start(audit, run_info(f"run-{number}"))
            for step in range(1, 6):
                call = tool_call(f"call-{number}-{step}")
                recorder.on_step(step, answer("", call))
                await asyncio.sleep(0)
                recorder.on_tool(call, Message.tool(call, "3"), 0.25)
                await asyncio.sleep(0)
            assert recorder.tally.steps == recorder.tally.tool_calls == 5
            await recorder.close(_stats(output=f"output {number}"))

        assert [error for error in await interleaved(map(run, range(50))) if error is not None] == []
        for number in range(50):
            reading = await self._read(audit, f"run-{number}")
            kept = [key for kind, key in reading.entries if kind == "tool"]
            assert kept == [f"call-{number}-{step}" for step in range(1, 6)]
            assert reading.output == f"output {number}"

    # ----------------------------------------------------------------------------------------------------- faults

    async def test_a_run_that_stops_waiting_harms_no_other(self, audit: Audit) -> None:
        """A close or a start that is cancelled leaves the audit fit for the next run."""
        recorder = await _start(audit)
        _record_two_steps(recorder)

        await cancelled_at_once(lambda: recorder.close(_stats()))
        await cancelled_at_once(lambda: audit.start_run(run_info("run-2")))

        recorder = await _start(audit, run_info("run-3"))
        _record_two_steps(recorder)
        await recorder.close(_stats())
        reading = await self.read_back(audit, "run-3")
        assert reading is None or (len(reading.entries), reading.status) == (4, "ok")

    async def _read(self, audit: Audit, run_id: str) -> AuditReading:
        reading = await self.read_back(audit, run_id)
        if reading is None:
            cannot_check("read_back")
        return reading


async def _start(audit: Audit, info: RunInfo | None = None) -> RunRecorder:
    recorder = await audit.start_run(info or run_info())
    assert recorder is not None, "the suite checks an audit that records every run; this one skipped a run"
    return recorder


def _record_two_steps(recorder: RunRecorder) -> None:
    """Record two tool calls, the second one failed, and a final answer."""
    good, bad = tool_call("call-1"), tool_call("call-2", "no_such_tool")
    recorder.on_step(1, answer("Let me see.", good, bad))
    recorder.on_tool(good, Message.tool(good, "3"), 0.25)
    recorder.on_tool(bad, Message.tool(bad, "there is no tool 'no_such_tool'", is_error=True), 0.0)
    recorder.on_step(2, answer("It is 3."))


def _stats(output: str = "It is 3.") -> RunStats:
    usage = answer().usage + answer().usage
    return RunStats(RunStatus.OK, output, steps=2, tool_calls=2, runtime_seconds=0.5, usage=usage)
