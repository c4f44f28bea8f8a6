"""Cancelling something at every point where it waits.

As SQLite tests a full disk: fail the first write, then the second, until a whole run passes untouched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast  # noqa: TID251 - what a coroutine is sent is anybody's

from attrs import define, frozen
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
    from contextvars import Context
    from types import FrameType

__all__ = ["Cancelled", "cancel_at_each", "count_suspensions"]

ResultT = TypeVar("ResultT")

_ASYNCIO = str(Path(asyncio.__file__).parent)


@frozen
class Cancelled(Generic[ResultT]):
    """How something ended that was cancelled on its way.

    Attributes:
        number: At which suspension, counted from 1.
        where: File and line of the innermost frame that waited there.
        result: What it gave nevertheless; None when it raised.
        error: What it raised: a ``CancelledError`` unless it swallowed or replaced it.
    """

    number: int
    where: str
    result: ResultT | None
    error: BaseException | None


async def count_suspensions(
    factory: Callable[[], Coroutine[Any, Any, object]],
    *,
    drive: Callable[[Awaitable[object]], Awaitable[object]] | None = None,
) -> int:
    """Count how often something really waits: awaits that go through without giving way don't count.

    Args:
        factory: Makes the coroutine.
        drive: How to wait for it, for example ``FakeClock.run_until``.

    Returns:
        The suspensions of the coroutine's task and of all tasks that were started meanwhile.
    """
    counter = _Counter(cancel_at=0)
    await _run(counter, factory, drive)
    return counter.count


async def cancel_at_each(
    factory: Callable[[], Coroutine[Any, Any, ResultT]],
    *,
    drive: Callable[[Awaitable[object]], Awaitable[object]] | None = None,
    limit: int = 10_000,
) -> AsyncGenerator[Cancelled[ResultT]]:
    """Run something again and again, cancelled at its first suspension, then at its second, until one run is not reached.

    Args:
        factory: Makes the coroutine, each time afresh.
        drive: How to wait for it, for example ``FakeClock.run_until``.
        limit: Most suspensions to try.

    Yields:
        How each run ended, once it has.

    Raises:
        AssertionError: It has more suspensions than the limit.
    """
    for number in range(1, limit + 1):
        counter = _Counter(cancel_at=number)
        result, error = await _run(counter, factory, drive)
        if counter.count < number:
            return
        yield Cancelled(number, counter.where, result, error)
    raise AssertionError(f"still not at its end after {limit} suspensions; raise the limit")


@define
class _Counter:
    """Counts suspensions, and cancels the root task at one of them."""

    cancel_at: int
    count: int = 0
    where: str = ""
    root: asyncio.Task[object] | None = None

    def suspended(self, coroutine: object) -> None:
        self.count += 1
        if self.count == self.cancel_at and self.root is not None:
            self.where = _innermost(coroutine)
            self.root.cancel()


_counter: ContextVar[_Counter | None] = ContextVar("counter", default=None)
"""Set in the root task and so in all tasks that it starts, but not in what drives it."""


class _Counted(Coroutine[Any, Any, ResultT]):
    """A coroutine that tells a counter whenever it suspends."""

    def __init__(self, coroutine: Coroutine[Any, Any, ResultT], counter: _Counter) -> None:
        self._coroutine = coroutine
        self._counter = counter

    @override
    def send(self, value: object, /) -> object:
        waits_for: object = self._coroutine.send(value)
        self._counter.suspended(self._coroutine)
        return waits_for

    @override
    def throw(self, *error: Any) -> object:
        waits_for: object = self._coroutine.throw(*error)
        self._counter.suspended(self._coroutine)
        return waits_for

    @override
    def close(self) -> None:
        self._coroutine.close()

    @override
    def __await__(self) -> Generator[Any, Any, ResultT]:
        return self._coroutine.__await__()


def _make_task(
    loop: asyncio.AbstractEventLoop,
    coroutine: Coroutine[Any, Any, ResultT],
    **options: Any,  # noqa: ANN401 - the task's own, which differ by version
) -> asyncio.Task[ResultT]:
    return asyncio.Task(coroutine, loop=loop, **options)


@contextmanager
def _counting(loop: asyncio.AbstractEventLoop) -> Generator[None]:
    """Have every task that is started under a counter tell it."""
    before = loop.get_task_factory()
    make_task = cast("Callable[..., asyncio.Future[Any]]", before or _make_task)

    def make(
        loop: asyncio.AbstractEventLoop,
        coroutine: Coroutine[Any, Any, ResultT],
        *,
        context: Context | None = None,
        **options: Any,  # noqa: ANN401 - the task's own, which differ by version
    ) -> asyncio.Future[ResultT]:
        counter = _counter.get() if context is None else context.get(_counter)
        counted = coroutine if counter is None else _Counted(coroutine, counter)
        return make_task(loop, counted, context=context, **options)

    loop.set_task_factory(cast("Any", make))
    try:
        yield
    finally:
        loop.set_task_factory(before)


async def _run(
    counter: _Counter,
    factory: Callable[[], Coroutine[Any, Any, ResultT]],
    drive: Callable[[Awaitable[object]], Awaitable[object]] | None,
) -> tuple[ResultT | None, BaseException | None]:
    loop = asyncio.get_running_loop()
    context = copy_context()
    context.run(_counter.set, counter)
    with _counting(loop):
        task = counter.root = loop.create_task(factory(), context=context)
        ended = asyncio.wait([task])
        await (ended if drive is None else drive(ended))
    if task.cancelled():
        return None, asyncio.CancelledError()
    error = task.exception()
    return (None, error) if error is not None else (task.result(), None)


def _innermost(coroutine: object) -> str:
    """Find the file and line in which a chain of coroutines waits, the standard library's own left out."""
    frame: FrameType | None = None
    while coroutine is not None:
        inner: FrameType | None = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if inner is not None and (frame is None or not inner.f_code.co_filename.startswith(_ASYNCIO)):
            frame = inner
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}" if frame else "unknown"
