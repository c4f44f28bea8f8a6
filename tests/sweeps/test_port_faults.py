"""Every method of every port that a run calls, broken in every way: the run ends with a status, and the right one.

A provider that only watches changes nothing but the notes. One that decides (budget, identity, permission) fails closed.
Nothing is left behind, and ``run`` never raises.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

import pytest
from attrs import field, frozen
from sweepkit import EVERYTHING, Computed, Proxy, World, assert_whole, outcome

from executus_core import ports as ports_room
from executus_core.errors import BudgetExceededError, ModelResolutionError, ModelUnavailableError, PluginError
from executus_core.testing import call
from executus_core.testing.leaks import no_leaks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from executus_core.record.result import Result

pytestmark = pytest.mark.usefixtures("quiet")

Role: TypeAlias = Literal[
    "watches", "refuses", "stops", "denies", "denies guarded", "leaves out", "tool error", "fails"
]
Method: TypeAlias = Callable[..., object]


class CustomBaseError(BaseException):
    """What native code and careless plugins raise."""


@frozen
class Cell:
    """One method of one port.

    Attributes:
        protocol: The port's protocol, or where else the foreign code sits.
        method: Its method.
        plugin: Which provider of ``World`` has it.
        role: What its fault may do to the run.
        port: Under which port the note names the plugin; "" when the fault is not a note but the run's or a call's error.
        is_async: Whether it can be waited for, and so be rescued from hanging.
        inside: The method of the provider that gives the object whose method this is; "" for the provider itself.
        garbage: Whether a return value that makes no sense is noticed; a method that returns nothing has none.
        fails: Whether it is only called in a run that fails.
        is_property: Whether it is read, not called.
    """

    protocol: str
    method: str
    plugin: str
    role: Role = "watches"
    port: str = ""
    is_async: bool = True
    inside: str = ""
    garbage: bool = False
    fails: bool = False
    is_property: bool = False

    def __str__(self) -> str:
        return f"{self.protocol}.{self.method}"


def _recorder(method: str, *, is_async: bool = False) -> Cell:
    return Cell("RunRecorder", method, "audit", port="audit", is_async=is_async, inside="start_run")


def _handle(method: str, *, garbage: bool = False, is_async: bool = False) -> Cell:
    return Cell(
        "CriticHandle", method, "critic", port="critic", is_async=is_async, inside="monitor", garbage=garbage
    )


CELLS: tuple[Cell, ...] = (
    Cell("Audit", "start_run", "audit", port="audit", garbage=True),
    _recorder("on_step"),
    _recorder("on_tool"),
    _recorder("log_event"),
    _recorder("log_error"),
    _recorder("close", is_async=True),
    Cell("Budget", "check", "budget", "refuses", garbage=True),
    Cell("Budget", "commit", "budget", port="budget"),
    Cell("MeteredBudget", "record_usage", "budget", "stops", is_async=False),
    Cell("Critic", "monitor", "critic", port="critic", garbage=True),
    _handle("record_step"),
    _handle("record_tool_start"),
    _handle("steer", garbage=True),
    _handle("deadline", garbage=True),
    _handle("max_steps", garbage=True),
    _handle("kill_cause", garbage=True),
    _handle("stop", is_async=True),
    Cell("NotifyingCriticHandle", "on_change", "critic", port="critic", is_async=False, inside="monitor"),
    Cell("CheckpointerFactory", "begin", "checkpointer", port="checkpointer", garbage=True),
    Cell("Checkpointer", "save", "checkpointer", port="checkpointer", inside="begin"),
    Cell("Checkpointer", "complete", "checkpointer", port="checkpointer", inside="begin"),
    Cell("Checkpointer", "fail", "checkpointer", port="checkpointer", inside="begin", fails=True),
    Cell("PaletteSource", "resolve_skill", "palette", "leaves out", port="palette", garbage=True),
    Cell("PaletteSource", "resolve_agent", "palette", "leaves out", port="palette", garbage=True),
    Cell("PaletteSource", "invoke_skill", "palette", "tool error"),
    Cell("PaletteSource", "invoke_agent", "palette", "tool error"),
    Cell("Delivery", "kinds", "delivery", port="delivery", is_async=False, is_property=True),
    Cell("Delivery", "deliver", "delivery", port="delivery"),
    Cell("Delivery", "deliver_error", "delivery", port="delivery", fails=True),
    Cell("InputFileStager", "stage", "input_files", "leaves out", port="input_files", garbage=True),
    Cell("Identity", "resolve", "identity", "refuses", garbage=True),
    Cell("CallPolicy", "decide", "policy", "denies", port="policies", garbage=True),
    Cell("Approver", "approve", "approver", "denies guarded", port="approver", garbage=True),
    Cell("StandingApprovals", "find_approval", "standing", port="standing_approvals", garbage=True),
    Cell("StandingApprovals", "save_approval", "standing", port="standing_approvals"),
    Cell("Asker", "ask", "asker", "tool error", port="asker", garbage=True),
    Cell("ModelSource", "resolve", "models", "refuses", garbage=True),
    Cell("CompactorFactory", "__call__", "compactor", port="compactor", is_async=False, garbage=True),
    Cell("Compactor", "compact", "compactor", port="compactor", inside="__call__", garbage=True),
    Cell("AskingCompactor", "bind", "compactor", port="compactor", is_async=False, inside="__call__"),
    Cell("UsageSink", "record_usage", "usage", port="usage_sink", is_async=False),
    Cell("TraceSink", "record_call", "trace", port="trace_sink", is_async=False),
    Cell("Observer", "on_run_start", "observer", port="observer", is_async=False),
    Cell("Observer", "on_event", "observer", port="observer", is_async=False),
    Cell("Observer", "on_run_end", "observer", port="observer", is_async=False),
    Cell("Observer (async)", "on_run_start", "async_observer", port="observer"),
    Cell("Observer (async)", "on_event", "async_observer", port="observer"),
    Cell("Observer (async)", "on_run_end", "async_observer", port="observer"),
    Cell("Session", "factory", "session", "fails", garbage=True),
    Cell("Session", "post_run", "post_run", port="post_run", garbage=True),
    Cell("Session", "cleanup", "cleanup", port="cleanup"),
    Cell("Invocation", "on_event", "on_event", port="event listener", is_async=False),
)

NOT_CALLED: dict[str, str] = {
    "CompactionRun.ask": "called by a compactor, and answered by the run",
    "CompactionRun.find_window": "called by a compactor, and answered by the run",
    "CompactionRun.note": "called by a compactor, and answered by the run",
    "RunRecorder.tally": "for whoever watches the record; a run keeps its own",
    "CheckpointerFactory.interrupted": "asked by recovery, not by a run",
    "Alarm.cancel": "the clock is trusted: without one nothing can be bounded",
    "Clock.monotonic": "the clock is trusted",
    "Clock.time": "the clock is trusted",
    "Clock.call_at": "the clock is trusted",
    "Clock.sleep": "the clock is trusted",
    "Clock.random": "the clock is trusted",
    "Clock.new_id": "the clock is trusted",
    "EndpointModelSource.resolve_at": "asked by a router in place of resolve, and heard as that is: see its tests",
    "ListingEndpointSource.endpoint_types": "read when the configuration is",
    "FindingModelSource.find_models": "asked by the command line, not by a run",
    "ListingModelSource.tiers": "only for the message about a tier that nobody knows: see its own test",
    "AgentSource.list_agents": "listings, not runs",
    "AgentSource.find_agent": "looked up before a run",
    "WritableAgentSource.save_agent": "not part of a run",
    "SkillSource.list_skills": "listings, not runs",
    "SkillSource.find_skill": "looked up by palettes, whose fault it then is",
    "ConfigSource.read": "read while the host is built",
    "ChangingConfigSource.wait_for_change": "waited for by the host, beside all runs",
    "Scheduler.schedule": "starts runs, is not called by them",
    "Scheduler.list": "starts runs, is not called by them",
    "Scheduler.pause": "starts runs, is not called by them",
    "Scheduler.remove": "starts runs, is not called by them",
    "Scheduler.run_forever": "starts runs, is not called by them",
    "StandingApprovals.list_approvals": "for people and their tools",
    "StandingApprovals.revoke_approval": "for people and their tools",
    "Redactor.redact": "called by what records, inside the recorder, whose fault it then is",
}
"""Methods of the ports that no run calls, each with the reason."""

NOT_RESCUED = (
    "a plain method runs on the event loop itself: while it hangs nothing else runs that could stop it"
)
"""Why the cell 'a plain method hangs' is left out. The ports say so: plain methods return at once and do no I/O."""


@frozen
class Fault:
    """A way to break a method.

    Attributes:
        name: For the test's id.
        make: Gives what a method raises; None for faults that raise nothing.
        is_late: Whether it first waits, which only an async method can.
        garbage: What it returns instead, in a tuple; empty when it returns nothing at all.
        hangs: Whether it never comes back.
    """

    name: str
    make: Callable[[], BaseException] | None = None
    is_late: bool = False
    garbage: tuple[object, ...] = field(default=())
    hangs: bool = False

    def method(self, is_async: bool) -> Method:
        """Make the broken method."""
        if self.hangs:
            return self._hang
        if self.make is not None and not self.is_late:
            return self._raise
        if is_async:
            return self._wait_then_break
        return self._give_garbage

    def _raise(self, *_args: object) -> object:
        assert self.make is not None
        raise self.make()

    async def _hang(self, *_args: object) -> object:
        return await asyncio.get_running_loop().create_future()

    async def _wait_then_break(self, *_args: object) -> object:
        await asyncio.sleep(0)
        return self._raise() if self.make is not None else self.garbage[0]

    def _give_garbage(self, *_args: object) -> object:
        return self.garbage[0]


RAISED: dict[str, Callable[[], BaseException]] = {
    "Exception": lambda: ValueError("planted"),
    "SystemExit": lambda: SystemExit("planted"),
    "KeyboardInterrupt": lambda: KeyboardInterrupt("planted"),
    "BaseException": lambda: CustomBaseError("planted"),
    "GeneratorExit": lambda: GeneratorExit("planted"),
    "StopIteration": lambda: StopIteration("planted"),
    "StopAsyncIteration": lambda: StopAsyncIteration("planted"),
    "cancels itself": lambda: asyncio.CancelledError("planted"),
    "TimeoutError": lambda: TimeoutError("planted"),
}
FAULTS: tuple[Fault, ...] = (
    *(Fault(f"raises {name}", make) for name, make in RAISED.items()),
    *(Fault(f"waits, then raises {name}", make, is_late=True) for name, make in RAISED.items()),
    Fault("gives an object", garbage=(object(),)),
    Fault("gives a text", garbage=("garbage",)),
    Fault("gives a number", garbage=(float("nan"),)),
    Fault("gives a list", garbage=([object()],)),
    Fault("hangs", hangs=True),
)


def _applies(cell: Cell, fault: Fault) -> bool:
    """Tell whether a method can be broken in this way."""
    if fault.is_late or fault.hangs:
        return cell.is_async
    # A text is what a stager, a palette and a person give, None is what a method without a value gives.
    gives_text = {"stage", "invoke_skill", "invoke_agent", "ask"}
    return not (cell.method in gives_text and fault.name == "gives a text")


MATRIX = [(cell, fault) for cell in CELLS for fault in FAULTS if _applies(cell, fault)]

FAILING = ([call("add", a=1, b=2)], ModelUnavailableError("the provider is gone"))


def _plant(cell: Cell, fault: Fault) -> Callable[[str, object], object]:
    """Make the wrapper that puts the fault where the cell says."""
    broken = fault.method(cell.is_async)
    replaced: object = Computed(broken) if cell.is_property else broken

    def wrap(name: str, provider: object) -> object:
        if name != cell.plugin:
            return provider
        if name in {"session", "post_run", "cleanup", "on_event"}:
            return broken
        if not cell.inside:
            return Proxy(provider, **{cell.method: replaced})
        opened = getattr(provider, cell.inside)

        async def open_later(*args: object) -> object:
            return Proxy(await opened(*args), **{cell.method: replaced})

        def open_now(*args: object) -> object:
            return Proxy(opened(*args), **{cell.method: replaced})

        return Proxy(
            provider, **{cell.inside: open_later if inspect.iscoroutinefunction(opened) else open_now}
        )

    return wrap


async def _run(world: World) -> Result[None]:
    """Run to the result; nothing may be left behind, neither a task, a thread nor a live run."""

    async def watch() -> Result[None]:
        try:
            return await world.run()
        except BaseException as error:  # an exit would end pytest itself
            raise AssertionError(f"run() raised {error!r}") from error

    async with no_leaks():
        result = await world.clock.run_until(watch())
        now = world.clock.monotonic()
        await world.clock.run_until(world.executor.__aexit__(None, None, None))
        assert world.clock.monotonic() == now, "the executor still waited for a run that had ended"
    return result


@pytest.mark.parametrize("streams", [False, True], ids=["run", "stream"])
@pytest.mark.parametrize(("cell", "fault"), MATRIX, ids=[f"{cell}-{fault.name}" for cell, fault in MATRIX])
async def test_a_broken_provider_does_what_its_port_allows_and_no_more(
    cell: Cell, fault: Fault, streams: bool
):
    """Whoever watches changes only the notes, whoever decides fails closed, and the run is settled all the same."""
    script = FAILING if cell.fails else EVERYTHING
    world = World(script, _plant(cell, fault), streams=streams)
    result = await _run(world)
    assert_whole(result.messages)
    _check_settled(cell, world)
    _check_note(cell, fault, result)
    if cell.role == "watches":
        assert _all_of(world, result) == await _untouched(cell.fails, streams)
    elif not (fault.garbage and not cell.garbage):
        ROLES[cell.role](cell, world, result)


async def _untouched(fails: bool, streams: bool) -> tuple[object, ...]:
    """Give what the same run comes to when nothing is broken."""
    if (fails, streams) not in BASELINES:
        world = World(FAILING if fails else EVERYTHING, streams=streams)
        result = await _run(world)
        assert not result.notes
        BASELINES[fails, streams] = _all_of(world, result)
    return BASELINES[fails, streams]


def _all_of(world: World, result: Result[None]) -> tuple[object, ...]:
    """Take what a run came to, and which tools ran: those of one response run side by side, so not in which order."""
    return (*outcome(result), sorted(world.tools_called))


BASELINES: dict[tuple[bool, bool], tuple[object, ...]] = {}


def _check_settled(cell: Cell, world: World) -> None:
    """Check that every other port was settled exactly once."""
    if cell.plugin != "audit":
        assert [record.times_closed for record in world.audit.records.values()] == [1]
    if cell.plugin != "budget":
        assert world.budget.running == 0
    if cell.plugin != "checkpointer":
        assert all(journal.state != "open" for journal in world.checkpoints.journals.values())
    if cell.plugin != "critic":
        assert all(handle.times_stopped == 1 for handle in world.critic.handles.values())
    if cell.plugin != "cleanup" and cell.role in {
        "watches",
        "stops",
        "denies",
        "denies guarded",
        "tool error",
    }:
        assert world.cleanups == 1
    if cell.plugin != "post_run":
        assert world.post_runs == world.cleanups or cell.plugin == "cleanup"


def _check_note(cell: Cell, fault: Fault, result: Result[None]) -> None:
    """Check that the culprit, and nobody else, is named on the result."""
    noticed = cell.port and (not fault.garbage or cell.garbage)
    culprits = {(note.port, note.provider) for note in result.notes}
    if cell.method in {"approve", "ask"} and fault.hangs:
        noticed = ""  # a person may take as long as the run has
    if not noticed:
        assert not [each for each in culprits if each[0] != "policies"] or cell.port
        return
    assert {port for port, _ in culprits} == {cell.port}, result.notes
    if cell.plugin not in {"post_run", "cleanup", "on_event"}:
        assert {provider for _, provider in culprits} == {f"plugin-{cell.plugin}"}
    if fault.make is not None:
        words = (
            "planted",
            "cancelled",
            "StopIteration",
        )  # a coroutine can't raise a StopIteration: Python replaces it
        assert any(word in note.message for note in result.notes for word in words)


def _check_refused(cell: Cell, world: World, result: Result[None]) -> None:
    kind = {"budget": BudgetExceededError, "identity": PluginError, "models": ModelResolutionError}[
        cell.plugin
    ]
    assert isinstance(result.error, kind), repr(result.error)
    assert result.status == ("budget_exceeded" if cell.plugin == "budget" else "error")
    assert not world.model.requests
    assert not world.tools_called
    if cell.plugin == "models":
        assert "fast" in str(result.error)
    else:
        assert f"plugin-{cell.plugin}" in str(result.error)


def _check_stopped(cell: Cell, world: World, result: Result[None]) -> None:
    assert result.status == "budget_exceeded"
    assert len(world.model.requests) == 1
    assert not world.tools_called


def _check_denied(cell: Cell, world: World, result: Result[None]) -> None:
    assert not world.tools_called
    assert result.steps
    assert all(step.is_error for step in result.steps)


def _check_guarded_denied(cell: Cell, world: World, result: Result[None]) -> None:
    assert "guarded" not in world.tools_called
    if not any(fault_note.port == "approver" for fault_note in result.notes):
        assert result.status == "timeout"  # the person never answered


def _check_left_out(cell: Cell, world: World, result: Result[None]) -> None:
    assert result.status == "ok", repr(result.error)
    assert world.model.requests
    if cell.method == "stage":
        assert "notes.txt" not in world.model.requests[0].messages[1].text
        return
    lost = {"resolve_skill": "skill__sum", "resolve_agent": "agent__aid"}[cell.method]
    assert lost not in [spec.name for spec in world.model.requests[0].tools]


def _check_tool_error(cell: Cell, world: World, result: Result[None]) -> None:
    name = {"invoke_skill": "skill__sum", "invoke_agent": "agent__aid", "ask": "consult"}[cell.method]
    steps = [step for step in result.steps if step.tool_call.name == name]
    assert all(step.is_error for step in steps)
    assert result.status == ("ok" if steps else "timeout")


def _check_failed(cell: Cell, world: World, result: Result[None]) -> None:
    assert result.status == "error"
    assert not world.model.requests


ROLES: dict[str, Callable[..., None]] = {
    "refuses": _check_refused,
    "stops": _check_stopped,
    "denies": _check_denied,
    "denies guarded": _check_guarded_denied,
    "leaves out": _check_left_out,
    "tool error": _check_tool_error,
    "fails": _check_failed,
}


WATCHERS = [
    cell
    for cell in CELLS
    if cell.role == "watches" and not cell.is_async and cell.inside not in ("", "__call__")
]


@pytest.mark.parametrize("cell", WATCHERS, ids=str)
async def test_a_watcher_that_failed_once_is_not_called_again_but_to_be_closed(cell: Cell):
    """Neither the method that failed nor its neighbours: only ``close`` and ``stop`` still come, once."""
    calls: list[str] = []
    broken = Fault("raises", RAISED["Exception"]).method(is_async=False)

    def wrap(name: str, provider: object) -> object:
        if name != cell.plugin:
            return provider
        opened = getattr(provider, cell.inside)

        async def open_watched(*args: object) -> object:
            handle = await opened(*args)
            methods = {
                each.method: _counted(
                    calls, each.method, broken if each is cell else getattr(handle, each.method)
                )
                for each in CELLS
                if each.plugin == cell.plugin and each.inside == cell.inside
            }
            return Proxy(handle, **methods)

        return Proxy(provider, **{cell.inside: open_watched})

    world = World(EVERYTHING, wrap)
    result = await _run(world)
    assert result.status == "ok"
    assert [note.provider for note in result.notes] == [f"plugin-{cell.plugin}"]
    assert set(calls[calls.index(cell.method) + 1 :]) == {"close" if cell.plugin == "audit" else "stop"}
    assert calls.count(cell.method) == 1


def _counted(calls: list[str], name: str, method: Method) -> Method:
    def counted(*args: object) -> object:
        calls.append(name)
        return method(*args)

    return counted


HALF = {"start_run", "monitor", "begin"}


@pytest.mark.parametrize(
    "missing", [str(cell) for cell in CELLS if cell.inside in HALF and cell.method != "on_change"]
)
async def test_what_lacks_a_method_is_refused_when_it_is_given(missing: str):
    """Half a recorder, handle or journal is noted at once, and the run goes on and settles without it."""
    cell = next(cell for cell in CELLS if str(cell) == missing)
    world = World(EVERYTHING, _plant_missing(cell))
    result = await _run(world)
    assert _all_of(world, result) == await _untouched(fails=False, streams=False)
    assert [(note.port, note.provider) for note in result.notes] == [(cell.port, f"plugin-{cell.plugin}")]
    assert world.cleanups == 1
    assert world.budget.running == 0


def _plant_missing(cell: Cell) -> Callable[[str, object], object]:
    def wrap(name: str, provider: object) -> object:
        if name != cell.plugin:
            return provider
        opened = getattr(provider, cell.inside)

        async def open_half(*args: object) -> object:
            return Proxy(await opened(*args), **{cell.method: None})

        return Proxy(provider, **{cell.inside: open_half})

    return wrap


async def test_a_tier_that_a_garbled_source_does_not_know_is_still_named():
    """``tiers`` is only for the message; what it raises costs the message its hint and no more."""

    def wrap(name: str, provider: object) -> object:
        if name != "models":
            return provider

        async def know_nothing(_spec: str) -> None:
            return None

        def fail() -> object:
            raise SystemExit("planted")

        return Proxy(provider, resolve=know_nothing, tiers=fail)

    result = await _run(World(EVERYTHING, wrap))
    assert isinstance(result.error, ModelResolutionError)
    assert "'fast'" in str(result.error)


def _methods_of_all_ports() -> Iterator[str]:
    for name in ports_room.__all__:
        protocol = getattr(ports_room, name)
        if not getattr(protocol, "_is_protocol", False):
            continue
        for method, value in vars(protocol).items():
            is_call = method == "__call__" and protocol.__name__ == "CompactorFactory"
            if (callable(value) or isinstance(value, property)) and (is_call or not method.startswith("_")):
                yield f"{name}.{method}"


def test_every_method_of_every_port_is_broken_or_named_as_not_called():
    """A port that grows a method needs a row here: a cell, or the reason why no run calls it."""
    known = {str(cell).replace(" (async)", "") for cell in CELLS} | set(NOT_CALLED)
    assert not set(_methods_of_all_ports()) - known
    assert not set(NOT_CALLED) - set(_methods_of_all_ports())


def test_only_hanging_plain_methods_are_left_out():
    """Every cell is broken in every way, but for one that nothing in the process can rescue."""
    missing = {(str(cell), fault.name) for cell in CELLS for fault in FAULTS} - {
        (str(cell), fault.name) for cell, fault in MATRIX
    }
    plain = {str(cell) for cell in CELLS if not cell.is_async}
    assert NOT_RESCUED
    for name, fault in missing:
        if fault == "hangs" or fault.startswith("waits"):
            assert name in plain
        else:
            assert fault == "gives a text", "what is sensible is not a fault"
