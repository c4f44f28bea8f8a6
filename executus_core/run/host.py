"""What an executor is made of, shared by all of its runs."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, cast  # noqa: TID251 - agents and results of any output type

from attrs import define, field

from executus_core.model.resolve import quick_find
from executus_core.permission.memory import ApprovalMemory
from executus_core.run.plan import AgentPlan, make_plan
from executus_core.waiting import all_done

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.config.defaults import Defaults
    from executus_core.errors import RunCancelledError
    from executus_core.llm.exchange import Model
    from executus_core.ports.clock import Clock
    from executus_core.ports.compactor import CompactorFactory
    from executus_core.ports.model_source import ModelSource
    from executus_core.ports.ports import Ports
    from executus_core.record.agent import Agent
    from executus_core.run.observers import HostObserver
    from executus_core.tool.registry import ToolRegistry
    from executus_core.waiting import StopSign

MAX_PLANS: Final = 1024
"""Agents made for one run each must not pile up."""


@define(eq=False)
class Host:
    """The parts of one executor.

    Attributes:
        models: Who serves a tier or spec.
        registry: The tools.
        ports: The ports.
        defaults: Caps that agents leave open.
        clock: Time and ids.
        compactor: Shortens long transcripts, or None.
        system_header: Put before every agent's system prompt.
        observers: Told how runs go.
        plans: What is the same in every run of an agent, by the agent's identity; a plan keeps its agent alive.
        live: The stop signs of the runs that go on now.
        in_flight: Idempotency keys of the runs that go on now.
        faults: How often a provider failed beside a run, by port and provider.
        refusal: Why no run may begin, or "".
        approvals: Holds approvals that go on to hold where no provider does.
    """

    models: ModelSource
    registry: ToolRegistry
    ports: Ports
    defaults: Defaults
    clock: Clock
    compactor: CompactorFactory | None = None
    system_header: str = ""
    observers: tuple[HostObserver, ...] = ()
    plans: dict[int, AgentPlan] = field(factory=dict[int, AgentPlan])
    live: set[StopSign] = field(factory=cast("type[set[StopSign]]", set))
    in_flight: set[str] = field(factory=set[str])
    faults: Counter[tuple[str, str]] = field(factory=Counter[tuple[str, str]])
    refusal: str = ""
    approvals: ApprovalMemory = field(factory=ApprovalMemory)
    _idle: asyncio.Future[None] | None = None
    find_model: Callable[[str], Model | None] = field(init=False)
    """Finds the model of a tier at once where that is a look into a mapping."""
    has_gates: bool = field(init=False)
    """Whether a run must pass audit, identity or budgets first."""
    has_watchers: bool = field(init=False)
    """Whether anything of a run may have to be bound to a port."""

    def __attrs_post_init__(self) -> None:
        """Look once at what each run would ask."""
        self.find_model = quick_find(self.models)
        self.use_ports(self.ports)

    def use_ports(self, ports: Ports) -> None:
        """Take ports for the runs that begin from now on."""
        self.ports = ports
        self.has_gates = bool(ports.audit or ports.identity or ports.budget)
        self.has_watchers = self.has_gates or bool(
            ports.critic
            or ports.checkpointer
            or ports.policies
            or ports.usage_sink
            or ports.trace_sink
            or self.compactor
        )

    def plan_of(self, agent: Agent[Any]) -> AgentPlan:
        """Find or make the plan of an agent."""
        plan = self.plans.get(id(agent))
        if plan is None:
            if len(self.plans) >= MAX_PLANS:
                self.plans.clear()
            plan = self.plans[id(agent)] = make_plan(agent, self.defaults, self.system_header)
        return plan

    def forget(self, run: StopSign) -> None:
        """Let go of a run that has ended."""
        self.live.discard(run)
        if self._idle is not None and not self.live and not self._idle.done():
            self._idle.set_result(None)

    async def close(self, cause: RunCancelledError) -> None:
        """Take no more runs, stop those that go on, and wait until they are settled, within bounds."""
        self.refusal = "the executor is closed; make a new one, or run inside its 'async with' block"
        for run in tuple(self.live):
            run.stop(cause)
        if self.live:
            if self._idle is None:  # whoever closes it a second time waits for the same
                self._idle = asyncio.get_running_loop().create_future()
            await all_done(self.clock, [self._idle], self.defaults.settle_limit_s)
