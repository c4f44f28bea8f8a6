"""A host that composes its parts by hand: nothing is discovered, no file is read, no environment is looked at.

Two batteries, the audit trail of ``executus-audit-sqlite`` and the models of ``executus-model-litellm``, and two parts of
its own, a budget and a delivery. A part need not inherit from anything: it fits the port by its shape, and a type checker
says so.

With a real model: ``python examples/by_hand.py anthropic/claude-haiku-4-5``.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from executus_audit_sqlite.audit import SqliteAudit
from executus_audit_sqlite.settings import Settings as AuditSettings
from executus_core import Agent, Artifact, Executor, Invocation, Ports, Target
from executus_core.errors import BudgetExceededError
from executus_core.ports import Estimate, Reservation, Spend
from executus_core.testing import ScriptedModel
from executus_model_litellm.settings import Settings as ModelSettings
from executus_model_litellm.source import LitellmModels


class Quota:
    """A budget: so many runs for each caller, and no more."""

    def __init__(self, runs: int) -> None:
        self.runs = runs
        self.used = Counter[str]()

    async def check(self, caller_id: str, estimate: Estimate) -> Reservation:
        """Take one run from the caller's share before it begins."""
        if self.used[caller_id] >= self.runs:
            raise BudgetExceededError(f"'{caller_id}' has used all {self.runs} runs", budget="quota")
        self.used[caller_id] += 1
        return Reservation(estimate.run_id, caller_id, estimate)

    async def commit(self, reservation: Reservation, spend: Spend) -> None:
        """Keep what was taken, whatever the run came to."""


class Screen:
    """A delivery: prints what comes out."""

    kinds = ("screen",)

    async def deliver(self, target: Target, output: str, artifacts: Sequence[Artifact]) -> None:
        """Print the output, and the names of what came with it."""
        print(f"[{target.id}] {output}", *(artifact.name for artifact in artifacts))

    async def deliver_error(self, target: Target, error: BaseException) -> None:
        """Print what went wrong."""
        print(f"[{target.id}] sorry: {error}")


async def main(spec: str) -> None:
    """Let one caller ask twice, with a quota of one."""
    agent = Agent(name="greeter", system_prompt="Be brief.", model_tier=spec)
    script = ScriptedModel(["Good morning, Alice."])
    async with (
        SqliteAudit(AuditSettings(path=Path("audit.db"))) as audit,
        LitellmModels(ModelSettings()) as models,
        Executor(
            models=models if spec else script,
            ports=Ports(audit=audit, budget=Quota(runs=1), delivery=Screen()),
        ) as executor,
    ):
        for _ in range(2):
            asked = Invocation(caller_id="alice", delivery=Target("screen", "alice"))
            result = await executor.run(agent, "Say good morning to Alice", asked)
            print(f"{result.status}, calls of the model: {result.usage.requests} ({spec or 'a script'})")
    print("Both runs are on record, the refused one too: audit.db")


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else ""))
