"""The critic bound to one run: what it says is asked for, checked, and never trusted to work."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attrs import define, field

from executus_core.errors import RunKilledError, RunTimeoutError
from executus_core.llm.message import Message
from executus_core.record.run import KillCause

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from executus_core.ports.clock import Alarm
    from executus_core.ports.critic import CriticHandle
    from executus_core.run.session import Session

LOOK_AGAIN_S = 1.0


@define(eq=False)
class CriticBinding:
    """Lets a critic's handle move a run's bounds. A handle that fails is dropped; the bounds stay as they were last."""

    session: Session
    handle: CriticHandle
    drop: Callable[[BaseException], None]
    _is_alive: bool = True
    _tells: bool = field(default=False, init=False)
    _has_moved: bool = field(default=False, init=False)
    _alarm: Alarm | None = field(default=None, init=False)

    def begin(self) -> None:
        """Be told of changes, or look once a second at a handle that can't tell."""
        subscribe = getattr(self.handle, "on_change", None)
        if callable(subscribe):
            self._tells = True
            try:
                subscribe(self.look)
            except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
                self.fail(error)
        else:
            self._look_regularly()
        self.look()

    def end(self) -> None:
        """Look no more."""
        self._is_alive = False
        if self._alarm is not None:
            self._alarm.cancel()

    def look(self) -> None:
        """See whether the critic wants to kill the run or to move its deadline."""
        if not self._is_alive:
            return
        try:
            cause: object = self.handle.kill_cause()
            deadline: object = self.handle.deadline()
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            self.fail(error)
            return
        stop = self.session.stop
        if cause is not None:
            if not isinstance(cause, KillCause):
                self.fail(TypeError(f"kill_cause() gave {cause!r:.100}, not a KillCause"))
                return
            stop.stop(RunKilledError(f"the critic killed the run: {cause.reason}", cause=cause))
        elif deadline is not None and deadline != stop.deadline:
            if isinstance(deadline, bool) or not isinstance(deadline, (int, float)) or math.isnan(deadline):
                self.fail(TypeError(f"deadline() gave {deadline!r:.100}, not seconds"))
                return
            self._has_moved = True
            stop.move_deadline(deadline)

    def deadline_passed(self) -> None:
        """End the run for its deadline, unless the critic moves it at the last moment."""
        self.look()
        stop = self.session.stop
        if stop.cause is None and self.session.host.clock.monotonic() >= stop.deadline:
            source = "the critic's deadline" if self._has_moved else "max_runtime_s"
            stop.stop(RunTimeoutError(self.session.plan.max_runtime_s, source=source))

    def ceiling(self) -> int | None:
        """Ask for the step ceiling."""
        if not self._tells:
            self.look()
        if not self._is_alive:
            return None
        try:
            ceiling: object = self.handle.max_steps()
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            self.fail(error)
            return None
        if ceiling is None or (isinstance(ceiling, int) and not isinstance(ceiling, bool)):
            return ceiling
        self.fail(TypeError(f"max_steps() gave {ceiling!r:.100}, not a number of steps"))
        return None

    def steer(self) -> Sequence[Message]:
        """Ask for messages to put before the next step."""
        if not self._is_alive:
            return ()
        try:
            given: tuple[object, ...] = tuple(self.handle.steer())
            if not given:
                return ()
            messages = [message for message in given if isinstance(message, Message)]
            strangers = [message for message in given if not _is_steer(message)]
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            self.fail(error)
            return ()
        if strangers:
            self.fail(TypeError(f"steer() gave {strangers[0]!r:.100}, not a user's Message"))
            return ()
        return messages

    def fail(self, error: BaseException) -> None:
        """Drop the critic for the rest of the run."""
        self.end()
        self.drop(error)

    def _look_regularly(self) -> None:
        clock = self.session.host.clock
        self._alarm = clock.call_at(clock.monotonic() + LOOK_AGAIN_S, self._look_once_more)

    def _look_once_more(self) -> None:
        self.look()
        if self._is_alive:
            self._look_regularly()


def _is_steer(message: object) -> bool:
    """Tell whether a transcript stays whole with this message between two steps."""
    return isinstance(message, Message) and message.role in {"user", "system"} and not message.tool_calls
