"""Faults to plant in any method of any port, and the list of all of them.

A run must outlive whatever a provider does: ``faulty`` makes one do it, and a sweep over ``PORT_METHODS`` leaves none out.
"""

from __future__ import annotations

import asyncio
import inspect
from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, cast

from attrs import define, evolve, frozen
from typing_extensions import override

from executus_core.llm.exchange import StreamingModel
from executus_core.ports.asker import Asker
from executus_core.ports.audit import Audit, RunRecorder
from executus_core.ports.budget import MeteredBudget
from executus_core.ports.checkpointer import Checkpointer, CheckpointerFactory
from executus_core.ports.compactor import AskingCompactor, CompactorFactory
from executus_core.ports.critic import Critic, NotifyingCriticHandle
from executus_core.ports.delivery import Delivery
from executus_core.ports.identity import Identity
from executus_core.ports.input_files import InputFileStager
from executus_core.ports.model_source import (
    FindingModelSource,
    ListingEndpointSource,
    ListingModelSource,
)
from executus_core.ports.observer import Observer
from executus_core.ports.palette import PaletteSource
from executus_core.ports.permission import Approver, CallPolicy, StandingApprovals
from executus_core.ports.scheduler import Scheduler
from executus_core.ports.sinks import Redactor, TraceSink, UsageSink
from executus_core.ports.sources import ChangingConfigSource, SkillSource, WritableAgentSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

__all__ = [
    "FAULTS",
    "PORT_METHODS",
    "Fault",
    "Garbage",
    "PlantedBaseError",
    "PlantedError",
    "PortMethod",
    "faulty",
    "hits",
]

ProviderT = TypeVar("ProviderT")
Kind: TypeAlias = Literal["plain", "async", "either", "stream", "property"]


class PlantedError(Exception):
    """What a provider raises that goes wrong as programs do."""


class PlantedBaseError(BaseException):
    """What a provider raises that an ``except Exception`` lets through, as a native library's panic."""


class Fault(Enum):
    """What a provider may do wrong.

    Attributes:
        RAISES: An exception.
        RAISES_BASE: A ``BaseException`` that is no ``Exception``.
        EXITS: ``SystemExit``, as from a ``sys.exit()`` deep in a library.
        CANCELS: ``CancelledError``, though nobody cancelled.
        HANGS: It never returns; for methods that are awaited.
        GARBAGE: It gives an object that is nothing a port knows.
        NOT_AWAITABLE: It gives a plain value where an awaitable is due.
    """

    RAISES = "raises"
    RAISES_BASE = "raises base"
    EXITS = "exits"
    CANCELS = "cancels"
    HANGS = "hangs"
    GARBAGE = "garbage"
    NOT_AWAITABLE = "not awaitable"

    def __str__(self) -> str:
        """Show the plain words."""
        return self.value


FAULTS: tuple[Fault, ...] = tuple(Fault)
"""Every fault."""


@frozen
class PortMethod:
    """A method of a port, or of what a port's method gives.

    Attributes:
        port: The port's name as in ``Ports``; also "models", "config" and "model".
        path: How to reach it from the provider: "check", or "start_run().on_step" for a method of what ``start_run`` gives.
        kind: Whether it is plain, async, may be either, is an iterator to wait for, or a property.
    """

    port: str
    path: str
    kind: Kind

    def __str__(self) -> str:
        """Show the port and the path."""
        return f"{self.port}.{self.path}"

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What it may do wrong; a plain method that hangs stops every run, and no host can mend that."""
        if self.kind in {"plain", "property"}:
            return tuple(fault for fault in FAULTS if fault not in {Fault.HANGS, Fault.NOT_AWAITABLE})
        return (
            FAULTS
            if self.kind != "either"
            else tuple(fault for fault in FAULTS if fault is not Fault.NOT_AWAITABLE)
        )


def faulty(provider: ProviderT, method: str, fault: Fault, *, after: int = 0) -> ProviderT:
    """Wrap a provider so that one of its methods does something wrong, and all else is as it was.

    Args:
        provider: A provider, or anything else with methods.
        method: Which one, as in ``PortMethod.path``: "check", "start_run().on_step" for what a method gives, "().compact"
            for what calling the provider itself gives.
        fault: What it does.
        after: How many calls go well before the first one that does not.

    Returns:
        A stand-in for the provider; ``hits`` tells how often the fault was met.
    """
    return cast("ProviderT", _Faulty(provider, _Plan(method, fault, _Count(after))))


def hits(provider: object) -> int:
    """Tell how often a planted fault was met: a sweep that meets none has shown nothing."""
    return cast("_Faulty", provider).fault_plan.count.hits


@define
class _Count:
    """How often a fault was met, shared by a stand-in and those that it gives."""

    spared: int
    hits: int = 0

    def is_due(self) -> bool:
        if self.spared > 0:
            self.spared -= 1
            return False
        self.hits += 1
        return True


@frozen
class _Plan:
    """Which method does what wrong."""

    path: str
    fault: Fault
    count: _Count

    @property
    def beyond(self) -> _Plan:
        """The plan for what the first method of the path gives."""
        return evolve(self, path=self.path.partition("()")[2].removeprefix("."))


class _Faulty:
    """Stands in for a provider."""

    def __init__(self, provider: object, plan: _Plan) -> None:
        self._provider = provider
        self.fault_plan = plan

    @override
    def __repr__(self) -> str:
        return f"<faulty {self._provider!r}: {self.fault_plan.path} {self.fault_plan.fault}>"

    def __getattr__(self, name: str) -> object:
        attribute: object = getattr(self._provider, name)
        head, opens, _ = self.fault_plan.path.partition("()")
        if name != head:
            return attribute
        if callable(attribute):
            return (
                _opening(attribute, self.fault_plan.beyond) if opens else _planted(attribute, self.fault_plan)
            )
        return _misbehave(self.fault_plan.fault) if self.fault_plan.count.is_due() else attribute

    def __call__(self, *args: object, **kwargs: object) -> object:
        provider = cast("Callable[..., object]", self._provider)
        if self.fault_plan.path == "__call__":
            provider = _planted(provider, self.fault_plan)
        elif self.fault_plan.path.startswith("()"):
            provider = _opening(provider, self.fault_plan.beyond)
        return provider(*args, **kwargs)


def _opening(method: Callable[..., object], plan: _Plan) -> Callable[..., object]:
    """Wrap a method that gives what the fault is planted in."""

    def opening(*args: object, **kwargs: object) -> object:
        given = method(*args, **kwargs)
        return _opened(given, plan) if inspect.isawaitable(given) else _Faulty(given, plan)

    return opening


async def _opened(given: Awaitable[object], plan: _Plan) -> object:
    opened = await given
    return None if opened is None else _Faulty(opened, plan)


def _planted(method: Callable[..., object], plan: _Plan) -> Callable[..., object]:
    """Wrap a method that does something wrong, in the way in which it would: when called, awaited or iterated."""

    def planted(*args: object, **kwargs: object) -> object:
        if not plan.count.is_due():
            return method(*args, **kwargs)
        if plan.fault is Fault.NOT_AWAITABLE:
            return Garbage()
        if inspect.isasyncgenfunction(method):
            return _misbehave_in_turn(plan.fault)
        if inspect.iscoroutinefunction(method) or plan.fault is Fault.HANGS:
            return _misbehave_later(plan.fault)
        return _misbehave(plan.fault)

    return planted


def _misbehave(fault: Fault) -> object:
    match fault:
        case Fault.RAISES:
            raise PlantedError("planted: the provider raised")
        case Fault.RAISES_BASE:
            raise PlantedBaseError("planted: the provider raised a BaseException")
        case Fault.EXITS:
            raise SystemExit("planted: the provider called sys.exit()")
        case Fault.CANCELS:
            raise asyncio.CancelledError("planted: the provider cancelled itself")
        case _:
            return Garbage()


async def _misbehave_later(fault: Fault) -> object:
    if fault is Fault.HANGS:
        await asyncio.get_running_loop().create_future()
    return _misbehave(fault)


async def _misbehave_in_turn(fault: Fault) -> AsyncIterator[object]:
    yield await _misbehave_later(fault)


class Garbage:
    """Nothing that a port knows."""


_PROTOCOLS: tuple[tuple[str, type, str], ...] = (
    ("audit", Audit, ""),
    ("audit", RunRecorder, "start_run()."),
    ("budget", MeteredBudget, ""),
    ("critic", Critic, ""),
    ("critic", NotifyingCriticHandle, "monitor()."),
    ("checkpointer", CheckpointerFactory, ""),
    ("checkpointer", Checkpointer, "begin()."),
    ("palette", PaletteSource, ""),
    ("delivery", Delivery, ""),
    ("input_files", InputFileStager, ""),
    ("identity", Identity, ""),
    ("policies", CallPolicy, ""),
    ("approver", Approver, ""),
    ("standing_approvals", StandingApprovals, ""),
    ("asker", Asker, ""),
    ("agents", WritableAgentSource, ""),
    ("skills", SkillSource, ""),
    ("scheduler", Scheduler, ""),
    ("usage_sink", UsageSink, ""),
    ("trace_sink", TraceSink, ""),
    ("redactor", Redactor, ""),
    ("compactor", CompactorFactory, ""),
    ("compactor", AskingCompactor, "()."),
    ("observers", Observer, ""),
    ("models", ListingModelSource, ""),
    ("models", ListingEndpointSource, ""),
    ("models", FindingModelSource, ""),
    ("model", StreamingModel, ""),
    ("config", ChangingConfigSource, ""),
)
"""Each port, its protocol at its widest, and how to come from the provider to it. Not here is the clock: it is the one port
that a run trusts."""


def _methods_of(protocol: type) -> Iterator[tuple[str, Kind]]:
    for base in reversed(protocol.__mro__):
        if not getattr(base, "_is_protocol", False):
            continue
        for name, member in vars(base).items():
            if name.startswith("_") and name != "__call__":
                continue
            if isinstance(member, property):
                yield name, "property"
            elif inspect.iscoroutinefunction(member):
                yield name, "async"
            elif inspect.isfunction(member):
                yield name, _kind_of(str(member.__annotations__.get("return", "")))


def _kind_of(returns: str) -> Kind:
    if returns.startswith("Awaitable"):
        return "either"
    return "stream" if returns.startswith("AsyncIterator") else "plain"


PORT_METHODS: tuple[PortMethod, ...] = tuple(
    dict.fromkeys(  # two wide protocols of one port share the narrow one's methods
        PortMethod(port, way + name, kind)
        for port, protocol, way in _PROTOCOLS
        for name, kind in _methods_of(protocol)
    )
)
"""Every method of every port."""
