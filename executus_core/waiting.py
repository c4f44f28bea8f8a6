"""Bounded waiting: an end to every wait, on any clock, that costs nothing until something really waits.

Each of these drives a coroutine's first stretch by hand, in the same task. Most calls end in it, and then no alarm was ever
set. Only a coroutine that suspends is bounded by an alarm, which cancels the task as ``asyncio.timeout`` does.
"""

from __future__ import annotations

import asyncio
import types
from typing import TYPE_CHECKING, Any, TypeVar, cast  # noqa: TID251 - what a coroutine yields is asyncio's affair

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Iterable, Sequence

    from executus_core.ports.clock import Alarm, Clock

T = TypeVar("T")


@types.coroutine
def _go_on(coroutine: Coroutine[Any, Any, T], waits_for: object) -> Generator[Any, Any, T]:
    """Go on with a started coroutine that has yielded ``waits_for`` to the task that drives it."""
    try:
        yield waits_for
    except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
        try:
            waits_for = coroutine.throw(error)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        return (yield from _go_on(coroutine, waits_for))  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]  # a generator
    return (yield from coroutine)  # type: ignore[no-any-return]  # pyright: ignore[reportUnknownVariableType]  # a generator and a coroutine alike


def is_abandoned() -> bool:
    """Tell whether the event loop is gone, and this coroutine only being closed: then nothing can be awaited any more.

    It tells that ``GeneratorExit`` from one that foreign code raises, which is a failure like any other.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return True
    return False


class WaitedTooLongError(TimeoutError):
    """A bounded wait was over before its coroutine was."""


def _never() -> int:
    """Stand in for a task that was let go of."""
    return 0


class StopSign:
    """Stops the task that entered it, at most once, for one reason.

    A block under a stop sign ends in one of three ways: by itself; with the sign's ``cause``, when ``stop`` was called
    first; or with a ``CancelledError``, when somebody else cancelled the task. The first two leave the task fit to go on.
    """

    cause: BaseException | None = None
    """Why it was stopped, once it was."""
    deadline: float = float("inf")
    """On the clock's ``monotonic``."""
    on_deadline: Callable[[], None] | None = None
    cancelling: Callable[[], int]
    """How often the task was asked to cancel; more than ``base`` means since the block began."""
    base: int
    interruption: asyncio.CancelledError | None = None
    """After ``leave``: the cancellation of the task by somebody else, who still wants it raised."""
    _alarm: Alarm | None = None

    def __init__(self, clock: Clock) -> None:
        """Make a sign that nobody has entered yet."""
        self._clock = clock
        self._task: asyncio.Task[Any] | None = None

    def enter(self) -> None:
        """Begin the block in the current task."""
        task = asyncio.current_task()
        if task is None:
            message = "a run needs a running asyncio task"
            raise RuntimeError(message)
        if self.cause is not None:
            raise self.cause
        self._task = task
        self.cancelling = task.cancelling
        self.base = task.cancelling()

    def stop(self, cause: BaseException) -> None:
        """Stop the block for this reason; does nothing when it was stopped before or has ended."""
        if self.cause is None:
            self.cause = cause
            if self._task is not None:
                self._task.cancel()

    def is_raised(self) -> bool:
        """Whether the task was cancelled since the block began, by the sign or by somebody else."""
        return self._task is not None and self._task.cancelling() > self.base

    async def leave(self, error: BaseException | None) -> BaseException | None:
        """End the block.

        Args:
            error: What ended it, or None when it ended by itself.

        Returns:
            What really ended it: the sign's cause in place of the cancellation that it made. Somebody else's is kept as
            ``interruption``, also when the block swallowed it.
        """
        task, self._task = self._task, None
        if task is None or (self.cause is None and task.cancelling() <= self.base):
            return error
        if self.cause is not None:
            task.uncancel()
        late = asyncio.CancelledError()
        # A cancellation may not have arrived yet: take it here, or it would hit whoever comes next.
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError as arrival:
            late = arrival
        if task.cancelling() > self.base:
            self.interruption = error if isinstance(error, asyncio.CancelledError) else late
            return error
        return self.cause if isinstance(error, asyncio.CancelledError) else error

    def disarm(self) -> None:
        """End a block that ended by itself and was not stopped: from now on stopping it does nothing."""
        self._task = None

    async def hold(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run the block's work, with ``on_deadline`` called should it still go on at ``deadline``."""
        try:
            waits_for = coroutine.send(None)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        self._alarm = self._clock.call_at(self.deadline, self._ring)
        try:
            return await _go_on(coroutine, waits_for)
        finally:
            if self._alarm is not None:  # pyright: ignore[reportUnnecessaryComparison]  # it may have rung meanwhile
                self._alarm.cancel()
                self._alarm = None

    def move_deadline(self, when: float) -> None:
        """Set the deadline anew, on the clock's ``monotonic``."""
        self.deadline = when
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = self._clock.call_at(when, self._ring)

    def check(self) -> None:
        """End the block here and now when it should have ended: it swallowed its end, or never waits and is late.

        Raises:
            CancelledError: It was stopped or cancelled, or its deadline has passed.
        """
        if self._clock.monotonic() >= self.deadline and self.on_deadline is not None:
            self.on_deadline()
        if self.is_raised():
            raise asyncio.CancelledError

    def forget(self) -> None:
        """Let go of the task and of whoever is told of the deadline."""
        self._task = self.on_deadline = None
        self.cancelling = _never

    def _ring(self) -> None:
        self._alarm = (
            self._clock.call_at(self.deadline, self._ring)
            if self.deadline > self._clock.monotonic()
            else None
        )
        if self._alarm is None and self.on_deadline is not None:
            self.on_deadline()


async def within(clock: Clock, seconds: float, coroutine: Coroutine[Any, Any, T]) -> T:
    """Wait for a coroutine at most so long.

    Raises:
        WaitedTooLongError: It was cancelled because the time was up.
    """
    try:
        waits_for = coroutine.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    return await go_on_within(clock, seconds, coroutine, waits_for)


async def go_on_within(
    clock: Clock, seconds: float, coroutine: Coroutine[Any, Any, T], waits_for: object
) -> T:
    """Wait at most so long for a coroutine whose first stretch has been driven by hand, up to ``waits_for``.

    Raises:
        WaitedTooLongError: It was cancelled because the time was up.
    """
    sign = StopSign(clock)
    sign.deadline = clock.monotonic() + seconds
    sign.on_deadline = lambda: sign.stop(WaitedTooLongError(f"no answer within {seconds:g} s"))
    sign.enter()
    error: BaseException | None = None
    result: T
    try:
        result = await sign.hold(cast("Coroutine[Any, Any, T]", _go_on(coroutine, waits_for)))
    except BaseException as raised:  # noqa: BLE001 - foreign code may raise anything
        error = raised
    task = asyncio.current_task()
    error = await sign.leave(error)
    if sign.interruption is not None and error is not sign.interruption and task is not None:
        # It ended nevertheless: what it made must not be lost, so the cancellation comes at the next wait.
        task.uncancel()
        task.cancel()
    if error is not None:
        raise error
    return result  # pyright: ignore[reportReturnType, reportPossiblyUnboundVariable]  # where there is no error


async def see_through(
    clock: Clock, tasks: Sequence[asyncio.Future[Any]], seconds: float
) -> tuple[bool, asyncio.CancelledError | None]:
    """Wait until all tasks are done, at most so long, also when whoever waits is cancelled meanwhile.

    Returns:
        Whether they are done, and that cancellation, still to be raised.
    """
    end = clock.monotonic() + seconds
    interruption: asyncio.CancelledError | None = None
    while True:
        try:
            return await all_done(clock, tasks, end - clock.monotonic()), interruption
        except asyncio.CancelledError as cancelled:
            interruption = cancelled


async def all_done(clock: Clock, tasks: Iterable[asyncio.Future[Any]], seconds: float) -> bool:
    """Wait until all tasks are done, at most so long; tells whether they are. Cancels nothing, raises nothing of theirs."""
    pending = [task for task in tasks if not task.done()]
    if not pending:
        return True
    arrival: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    left = len(pending)

    def one_is_done(_task: asyncio.Future[Any]) -> None:
        nonlocal left
        left -= 1
        if not left and not arrival.done():
            arrival.set_result(None)

    def time_is_up() -> None:
        if not arrival.done():
            arrival.set_result(None)

    for task in pending:
        task.add_done_callback(one_is_done)
    alarm = clock.call_at(clock.monotonic() + seconds, time_is_up)
    try:
        await arrival
    finally:
        alarm.cancel()
        for task in pending:
            task.remove_done_callback(one_is_done)
    return left == 0
