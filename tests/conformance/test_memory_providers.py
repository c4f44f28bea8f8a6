"""The providers in memory keep the contracts of their ports, checked by the suites that authors use."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from executus_core.errors import ModelUnavailableError, ToolError
from executus_core.llm.usage import Usage
from executus_core.record.budget import Spend
from executus_core.record.caller import Caller
from executus_core.record.run import Step
from executus_core.testing import (
    MemoryAudit,
    MemoryBudget,
    MemoryCheckpoints,
    MemoryDelivery,
    MemoryIdentity,
    MemoryInputFiles,
    MemoryModels,
    MemoryPalette,
    ScriptedCritic,
    ScriptedModel,
    call,
    delay,
)
from executus_core.testing.conformance import (
    AuditConformance,
    AuditReading,
    BudgetConformance,
    CheckpointerConformance,
    CriticConformance,
    DeliveryConformance,
    DeliveryReading,
    IdentityConformance,
    InputFilesConformance,
    ModelConformance,
    ModelSourceConformance,
    PaletteConformance,
)
from executus_core.testing.memory.audit import RecordedError, RecordedEvent, RecordedStep

if TYPE_CHECKING:
    from executus_core.llm.json import JsonObject
    from executus_core.record.run import RunInfo
    from executus_core.testing.memory.audit import Recorded


def _say(entry: Recorded) -> tuple[str, str]:
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


class TestMemoryBudgetOfRuns(BudgetConformance):
    @pytest.fixture
    def open_budget(self):
        return lambda: MemoryBudget(max_runs=3)


class TestMemoryBudgetOfDollars(BudgetConformance):
    overspend = Usage(1, 1, cost_usd=0.5)

    @pytest.fixture
    def open_budget(self):
        return lambda: MemoryBudget(max_cost_usd=1.0, reserve_usd=0.3)


class TestMemoryBudgetOfBoth(BudgetConformance):
    room = 2
    full_spend = Spend(1.0, Usage(10, 5, cost_usd=0.5))
    overspend = Usage(1, 1, cost_usd=0.51)

    @pytest.fixture
    def open_budget(self):
        return lambda: MemoryBudget(max_runs=5, max_cost_usd=1.0, reserve_usd=0.5)


class TestScriptedCritic(CriticConformance):
    @pytest.fixture
    def critic(self) -> ScriptedCritic:
        return ScriptedCritic()

    async def make_it_speak(self, critic, handle) -> bool:
        handle.send("Look at the clock.")
        return True

    async def make_it_kill(self, critic, handle) -> bool:
        handle.kill("it goes in circles")
        return True


class TestMemoryCheckpoints(CheckpointerConformance):
    @pytest.fixture
    def checkpointer(self) -> MemoryCheckpoints:
        return MemoryCheckpoints()


class TestMemoryPalette(PaletteConformance):
    skill = "greet"
    agent = "helper"
    failing_skill = "fail"

    @pytest.fixture
    def palette(self) -> MemoryPalette:
        async def helper(inputs: JsonObject, run: RunInfo) -> str:
            """Helps."""
            return f"{run.run_id}: {inputs.get('prompt')!r}"

        def fail(inputs: JsonObject, run: RunInfo) -> str:
            raise ToolError("the shop is closed; come back tomorrow")

        return MemoryPalette(skills={"greet": "Hello!", "fail": fail}, agents={"helper": helper})


class TestMemoryDelivery(DeliveryConformance):
    @pytest.fixture
    def delivery(self) -> MemoryDelivery:
        return MemoryDelivery()

    async def read_back(self, delivery: MemoryDelivery, target) -> DeliveryReading:
        last = [delivered for delivered in delivery.delivered if delivered.target == target][-1]
        return DeliveryReading(
            last.output or str(last.error), {file.name: file.data for file in last.artifacts}
        )


class TestMemoryInputFiles(InputFilesConformance):
    @pytest.fixture
    def input_files(self) -> MemoryInputFiles:
        return MemoryInputFiles()

    async def read_back(self, input_files: MemoryInputFiles, file_id: str) -> bytes:
        return input_files.files[file_id].content


class TestMemoryIdentity(IdentityConformance):
    known = Caller("alice", "Alice", {"net"}, tenant="tenant-1")

    @pytest.fixture
    def identity(self) -> MemoryIdentity:
        return MemoryIdentity([self.known, Caller("root", is_admin=True)])


class TestMemoryModels(ModelSourceConformance):
    @pytest.fixture
    def model_source(self) -> MemoryModels:
        return MemoryModels(
            {"fast": ScriptedModel(name="vendor/fast"), "slow": ScriptedModel(name="vendor/slow")}
        )


class TestScriptedModel(ModelConformance):
    @pytest.fixture
    def model(self) -> ScriptedModel:
        return ScriptedModel(lambda request: ["It is three, I should say.", call("add", a=1, b=2)])

    def model_that_takes_its_time(self) -> ScriptedModel:
        return ScriptedModel([delay(math.inf, "never")])

    def unavailable_model(self) -> ScriptedModel:
        return ScriptedModel([ModelUnavailableError("429: too many requests", retry_after_s=3.0)])
