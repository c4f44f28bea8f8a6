"""Attempts at a run's model calls: shown to audit and sinks, and counted where they brought no answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from attrs import evolve

from executus_core.errors import BudgetExceededError
from executus_core.llm.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.llm.attempt import ModelAttempt
    from executus_core.llm.exchange import ModelRequest, Response
    from executus_core.llm.json import JsonValue
    from executus_core.ports.audit import Audit, RunRecorder
    from executus_core.ports.sinks import TraceSink, UsageSink
    from executus_core.run.guard import Guard
    from executus_core.run.host import Host
    from executus_core.waiting import StopSign


class AskingRun(Protocol):
    """The run whose model is asked, as far as its attempts need it."""

    stop: StopSign
    extra_usages: list[Usage]
    meter: Callable[[Usage], None] | None
    listening: tuple[tuple[Audit, RunRecorder], ...]
    dropped_sinks: frozenset[int]
    is_reported: bool

    @property
    def host(self) -> Host:
        """Knows the sinks."""
        ...

    @property
    def guard(self) -> Guard:
        """Notes a sink that fails."""
        ...

    def log_event(self, type: str, payload: dict[str, JsonValue]) -> None:  # noqa: A002 - the contract's word
        """Put an event on record."""


def record_attempt(
    run: AskingRun, attempt: ModelAttempt, request: ModelRequest, response: Response | None
) -> None:
    """Count, record and show one attempt.

    The usage of an answer is counted by whoever takes the answer. Of an attempt without one it is what the provider said;
    when it said nothing, unknown where an answer had begun, and nothing at all where none had: a refused connection, a rate
    limit and a server's error consume nothing, and so are no request. On record is what a model reports that makes several
    attempts; of one that makes a single attempt the step says all of it, or the run's error.
    """
    if attempt.outcome != "answered":
        usage = attempt.usage or (Usage() if attempt.outcome == "broken" else None)
        if usage is not None:
            add_usage(run, usage)
    if run.listening and not run.is_reported:
        run.log_event("model.attempt", attempt.as_data())
    ports = run.host.ports
    for usage_sink in ports.usage_sink:
        _show(run, "usage_sink", usage_sink, partial(_meter, usage_sink, attempt))
    if ports.trace_sink:
        request = evolve(request, messages=[*request.messages])  # the run's own list goes on to grow
    for trace_sink in ports.trace_sink:
        _show(run, "trace_sink", trace_sink, partial(_trace, trace_sink, attempt, request, response))


def add_usage(run: AskingRun, usage: Usage) -> None:
    """Count a usage that belongs to no step, and let the budgets see it; one that is exhausted stops the run."""
    run.extra_usages.append(usage)
    if run.meter is None:
        return
    try:
        run.meter(usage)
    except BudgetExceededError as error:
        run.stop.stop(error)


def _show(run: AskingRun, port: str, sink: object, show: Callable[[], None]) -> None:
    """Show an attempt to a sink; one that fails is noted and sees no more of this run."""
    if id(sink) in run.dropped_sinks:
        return
    try:
        show()
    except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
        run.dropped_sinks |= {id(sink)}
        run.guard.note(port, sink, error)


def _meter(sink: UsageSink, attempt: ModelAttempt) -> None:
    sink.record_usage(attempt)


def _trace(sink: TraceSink, attempt: ModelAttempt, request: ModelRequest, response: Response | None) -> None:
    sink.record_call(attempt, request, response)
