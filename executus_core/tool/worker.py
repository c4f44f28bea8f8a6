"""Worker threads for synchronous tools."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import TYPE_CHECKING

from attrs import define

if TYPE_CHECKING:
    from collections.abc import Callable


@define
class Outcome:
    """What a call on a worker thread came to: a value, or an error that was raised there."""

    value: object = None
    error: BaseException | None = None


async def call_in_thread(
    call: Callable[[], object], name: str, on_late: Callable[[Outcome], None]
) -> Outcome:
    """Run a blocking call on a thread of its own and wait for it.

    A thread per call, and a daemon: one that never ends can't use up a pool or keep the process alive. A thread can't be
    stopped; when the wait is cancelled it is abandoned, and what it comes to goes to ``on_late`` and nowhere else.

    Args:
        call: What to run, in a copy of the current context.
        name: The thread's name.
        on_late: Told, in the event loop, of an outcome that nobody waits for any more.
    """
    loop = asyncio.get_running_loop()
    arrival: asyncio.Future[Outcome] = loop.create_future()
    context = contextvars.copy_context()

    def arrive(outcome: Outcome) -> None:
        if arrival.done():
            on_late(outcome)
        else:
            arrival.set_result(outcome)

    def work() -> None:
        # Caught here, as a value: a StopIteration can't be put into a future, and an exit must not end the thread silently.
        try:
            outcome = Outcome(context.run(call))
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            outcome = Outcome(error=error)
        try:
            loop.call_soon_threadsafe(arrive, outcome)
        except RuntimeError:
            return  # the event loop is closed: nobody is left to be told

    threading.Thread(target=work, name=name, daemon=True).start()
    return await arrival
