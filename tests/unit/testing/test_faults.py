"""Any method of any port can be made to go wrong in any way, and none is left out of a sweep."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from executus_core import ports
from executus_core.llm import Message, ModelRequest
from executus_core.record.run import RunInfo
from executus_core.testing import (
    FAULTS,
    PORT_METHODS,
    Fault,
    MemoryAudit,
    MemoryDelivery,
    MemoryObserver,
    ScriptedModel,
    faulty,
    hits,
)
from executus_core.testing import faults as module
from executus_core.testing.faults import Garbage, PlantedBaseError, PlantedError

RAISED = {
    Fault.RAISES: PlantedError,
    Fault.RAISES_BASE: PlantedBaseError,
    Fault.EXITS: SystemExit,
    Fault.CANCELS: asyncio.CancelledError,
}
TRUSTED = {"Alarm", "Clock", "CompactionRun"}
REQUEST = ModelRequest([Message.user("Hello")])


def test_every_protocol_of_every_port_is_listed() -> None:
    """A new port, or a wider one, must be placed in the list before the build passes."""
    protocols = {
        name: value
        for name, value in vars(ports).items()
        if inspect.isclass(value) and getattr(value, "_is_protocol", 0)
    }
    listed = {base for _, protocol, _ in module._PROTOCOLS for base in protocol.__mro__}

    assert {name for name, protocol in protocols.items() if protocol not in listed} == TRUSTED


def test_every_method_of_every_protocol_is_listed() -> None:
    """The list is taken from the protocols, so a new method is swept as soon as it is written."""
    names = {(method.port, method.path) for method in PORT_METHODS}

    for expected in (
        ("audit", "start_run().on_step"),
        ("audit", "start_run().tally"),
        ("budget", "record_usage"),
        ("critic", "monitor().on_change"),
        ("checkpointer", "begin().fail"),
        ("compactor", "().bind"),
        ("compactor", "().compact"),
        ("compactor", "__call__"),
        ("model", "stream"),
    ):
        assert expected in names
    assert len(names) == len(PORT_METHODS)


def test_every_port_that_a_host_may_have_is_listed() -> None:
    """The names are those of ``Ports``."""
    fields = {field.name for field in ports.Ports.__attrs_attrs__} - {
        "clock",
        "names",
        "plugins",
        "session_tools",
    }

    assert {method.port for method in PORT_METHODS} == fields | {"config", "model", "models"}


def test_a_plain_method_has_no_fault_that_stops_the_loop() -> None:
    """Only what is awaited can hang without stopping every other run."""
    faults = {str(method): method.faults for method in PORT_METHODS}

    assert Fault.HANGS not in faults["audit.start_run().on_step"]
    assert Fault.HANGS in faults["observers.on_event"]
    assert faults["audit.start_run().close"] == faults["model.stream"] == FAULTS


@pytest.mark.parametrize("fault", [*RAISED], ids=str)
async def test_an_async_method_raises_when_it_is_awaited(fault: Fault) -> None:
    """The fault comes where a real one would: not at the call."""
    audit = faulty(MemoryAudit(), "start_run", fault)

    starting = audit.start_run(RunInfo("run-1"))
    with pytest.raises(RAISED[fault]):
        await starting

    assert hits(audit) == 1


@pytest.mark.parametrize("fault", [*RAISED], ids=str)
async def test_what_a_method_gives_can_be_faulty(fault: Fault) -> None:
    """A path reaches into the recorder, and the rest of it works."""
    audit = MemoryAudit()
    recorder = await faulty(audit, "start_run().log_error", fault).start_run(RunInfo("run-1"))

    recorder.log_event("run.input", {})
    with pytest.raises(RAISED[fault]):
        recorder.log_error("no")

    assert len(audit.records["run-1"].entries) == 1
    assert hits(recorder) == 1


async def test_a_method_that_gives_nothing_stays_so() -> None:
    """An audit that skips a run has no recorder to go wrong."""
    audit = faulty(MemoryAudit(only=lambda info: False), "start_run().close", Fault.RAISES)

    assert await audit.start_run(RunInfo("run-1")) is None


async def test_a_hung_method_hangs_until_it_is_cancelled() -> None:
    """Nothing but a cancellation ends it."""
    audit = faulty(MemoryAudit(), "start_run", Fault.HANGS)
    task = asyncio.create_task(audit.start_run(RunInfo("run-1")))

    for _ in range(10):
        await asyncio.sleep(0)
    assert not task.done()

    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_garbage_is_nothing_that_a_port_knows() -> None:
    """Awaited it is garbage; not awaitable it is garbage at once."""
    info = RunInfo("run-1")

    assert isinstance(await faulty(MemoryAudit(), "start_run", Fault.GARBAGE).start_run(info), Garbage)
    assert isinstance(faulty(MemoryAudit(), "start_run", Fault.NOT_AWAITABLE).start_run(info), Garbage)
    assert isinstance(faulty(MemoryDelivery(), "kinds", Fault.GARBAGE).kinds, Garbage)


async def test_a_property_raises_when_it_is_read() -> None:
    """A provider can go wrong without being called."""
    delivery = faulty(MemoryDelivery(), "kinds", Fault.RAISES)

    with pytest.raises(PlantedError):
        _ = delivery.kinds


async def test_a_stream_goes_wrong_when_it_is_iterated() -> None:
    """Calling it gives an iterator, as with a real one."""
    model = faulty(ScriptedModel(), "stream", Fault.RAISES)

    stream = model.stream(REQUEST)
    with pytest.raises(PlantedError):
        await anext(stream)


async def test_a_plain_method_that_may_be_async_can_hang() -> None:
    """An observer's coroutine is awaited beside the run."""
    hanging = faulty(MemoryObserver(), "on_run_start", Fault.HANGS).on_run_start(RunInfo("run-1"))

    assert inspect.iscoroutine(hanging)
    hanging.close()


def test_a_provider_that_is_called_itself_can_be_faulty() -> None:
    """A compactor factory is a function: it, or what it gives, goes wrong."""

    class Compactor:
        def compact(self) -> str:
            return "shorter"

    def factory(threshold_tokens: int) -> Compactor:
        return Compactor()

    with pytest.raises(PlantedError):
        faulty(factory, "__call__", Fault.RAISES)(5)
    with pytest.raises(PlantedError):
        faulty(factory, "().compact", Fault.RAISES)(5).compact()
    assert faulty(factory, "other", Fault.RAISES)(5).compact() == "shorter"


def test_a_fault_may_come_late() -> None:
    """The first calls go well, and are no hits."""
    observer = faulty(MemoryObserver(), "on_run_start", Fault.RAISES, after=2)

    for _ in range(2):
        observer.on_run_start(RunInfo("run-1"))
    assert hits(observer) == 0
    with pytest.raises(PlantedError):
        observer.on_run_start(RunInfo("run-1"))
    assert hits(observer) == 1


def test_it_shows_what_is_wrong_with_it() -> None:
    """Its repr is there to be read in a failed assertion."""
    assert (
        repr(faulty(7, "start_run().close", Fault.RAISES_BASE)) == "<faulty 7: start_run().close raises base>"
    )
