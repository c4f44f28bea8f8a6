"""Usage and trace sinks: each model call as it comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.llm.exchange import Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from executus_core.llm.exchange import ModelRequest
    from executus_core.run.session import Session


def with_sinks(
    session: Session, generate: Callable[[ModelRequest], Awaitable[Response]]
) -> Callable[[ModelRequest], Awaitable[Response]]:
    """Ask as before, and show each answer to the sinks; one that fails is noted and sees no more of this run."""
    ports = session.host.ports
    dropped: set[int] = set()

    def show(port: str, sink: object, method: Callable[..., None], *args: object) -> None:
        if id(sink) in dropped:
            return
        try:
            method(*args)
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            dropped.add(id(sink))
            session.guard.note(port, sink, error)

    async def ask(request: ModelRequest) -> Response:
        started = session.clock.monotonic()
        response = await generate(request)
        if isinstance(response, Response):
            duration = session.clock.monotonic() - started
            model = response.model or session.plan.tier
            for usage_sink in ports.usage_sink:
                show("usage_sink", usage_sink, usage_sink.record_usage, session.run_id, model, response.usage)
            for trace_sink in ports.trace_sink:
                show("trace_sink", trace_sink, trace_sink.record_call, request, response, duration)
        return response

    return ask
