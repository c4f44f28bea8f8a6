"""The suite for audits: what is in memory passes it, and what breaks a promise does not."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from executus_core.record.run import Step
from executus_core.testing import AuditConformance, AuditReading, MemoryAudit
from executus_core.testing.memory.audit import MemoryRecord, RecordedError, RecordedEvent, RecordedStep

if TYPE_CHECKING:
    from collections.abc import Callable


def _say(entry: RecordedStep | Step | RecordedEvent | RecordedError) -> tuple[str, str]:
    match entry:
        case RecordedStep(index=index):
            return "step", str(index)
        case Step(tool_call=tool_call):
            return "tool", tool_call.id
        case RecordedEvent(type=kind):
            return "event", kind
        case RecordedError(message=message):
            return "error", message


class TestMemoryAudit(AuditConformance):
    @pytest.fixture
    def audit(self) -> MemoryAudit:
        return MemoryAudit()

    async def read_back(self, audit: MemoryAudit, run_id: str) -> AuditReading:
        record = audit.records[run_id]
        assert record.times_closed == 1
        usage = record.stats.usage
        entries = tuple(map(_say, record.entries))
        tokens = usage.input_tokens + usage.output_tokens
        return AuditReading(entries, str(record.stats.status), record.stats.output, tokens)


def audit_of(recorder: type[MemoryRecord]) -> Callable[[], MemoryAudit]:
    class Audit(MemoryAudit):
        async def start_run(self, info):
            record = self.records[info.run_id] = recorder(info)
            return record

    Audit.__name__ = recorder.__name__
    return Audit


class StartsUncounted(MemoryRecord):
    def __init__(self, info):
        super().__init__(info)
        self.tally = None


class WritesAFile(MemoryRecord):
    def on_step(self, index, response):
        Path("/dev/null").write_text(response.message.text)
        super().on_step(index, response)


class Waits(MemoryRecord):
    def on_tool(self, call, result, duration):
        time.sleep(0.002)
        super().on_tool(call, result, duration)


class IsAsync(MemoryRecord):
    async def log_error(self, message):
        super().log_error(message)


class CountsNoFailures(MemoryRecord):
    def on_tool(self, call, result, duration):
        super().on_tool(call, evolve(result, is_error=False), duration)


class MarksPayloads(MemoryRecord):
    def log_event(self, type, payload):  # noqa: A002
        payload["seen"] = True
        super().log_event(type, payload)


class Encodes(MemoryRecord):
    def on_step(self, index, response):
        response.message.text.encode()
        super().on_step(index, response)


class ParsesArguments(MemoryRecord):
    def on_tool(self, call, result, duration):
        json.loads(call.arguments)
        super().on_tool(call, result, duration)


class ClosesEarly(MemoryRecord):
    async def close(self, stats):
        last = self.entries.pop() if self.entries else None
        await super().close(stats)
        asyncio.get_running_loop().call_soon(self.entries.append, last)


class MixesUpTheOrder(MemoryRecord):
    def on_tool(self, call, result, duration):
        super().on_tool(call, result, duration)
        self.entries.reverse()


class KnowsOnlySuccess(MemoryRecord):
    async def close(self, stats):
        await super().close(evolve(stats, status="ok"))


class HasABound(MemoryRecord):
    def on_tool(self, call, result, duration):
        super().on_tool(call, result, duration)
        del self.entries[500:]


class OneForAll(MemoryAudit):
    async def start_run(self, info):
        record = next(iter(self.records.values()), None) or MemoryRecord(info)
        self.records[info.run_id] = record
        return record


class BreaksWhenCancelled(MemoryAudit):
    broken = False

    async def start_run(self, info):
        audit = self

        class Record(MemoryRecord):
            async def close(self, stats):
                if audit.broken:
                    raise RuntimeError("still locked")
                audit.broken = True
                await asyncio.sleep(0)
                audit.broken = False
                await super().close(stats)

        record = self.records[info.run_id] = Record(info)
        return record


BROKEN = [
    ("test_a_recorder_starts_with_nothing_counted", audit_of(StartsUncounted)),
    ("test_recording_returns_at_once", audit_of(WritesAFile)),
    ("test_recording_returns_at_once", audit_of(Waits)),
    ("test_recording_returns_at_once", audit_of(IsAsync)),
    ("test_the_tally_counts_what_was_recorded", audit_of(CountsNoFailures)),
    ("test_recording_changes_nothing_that_it_is_given", audit_of(MarksPayloads)),
    ("test_recording_never_raises", audit_of(Encodes)),
    ("test_recording_never_raises", audit_of(ParsesArguments)),
    ("test_a_record_is_complete_when_close_returns", audit_of(ClosesEarly)),
    ("test_a_record_is_complete_when_close_returns", audit_of(MixesUpTheOrder)),
    ("test_every_way_to_end_is_kept", audit_of(KnowsOnlySuccess)),
    ("test_a_long_run_loses_nothing", audit_of(HasABound)),
    ("test_many_runs_at_once_keep_apart", OneForAll),
    ("test_a_run_that_stops_waiting_harms_no_other", BreaksWhenCancelled),
]


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(check: str, provider: Callable[[], object], assert_caught) -> None:
    """The check fails for a provider that breaks just its promise."""
    await assert_caught(TestMemoryAudit(), check, audit=provider)


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(TestMemoryAudit, BROKEN)
