"""Whoever listens to a run: observers, the invocation's callback, the handle's stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # noqa: TID251 - agents and results of any output type

from attrs import define, field

from executus_core.loop.signal import Listener, Signal
from executus_core.record.events import RunFinished, RunStarted
from executus_core.run.observers import RunObserver

if TYPE_CHECKING:
    import asyncio
    from typing import Self

    from executus_core.record.result import Result
    from executus_core.run.session import Session


@define(eq=False)
class Audience:
    """The listeners of one run. One that fails is noted and hears no more of this run."""

    session: Session
    observers: tuple[RunObserver, ...]
    signal: Signal = field(init=False)

    @classmethod
    def gather(cls, session: Session) -> Self:
        """Connect everybody, and tell them that the run begins."""
        observers = tuple(
            RunObserver(observer, session.info, session.guard)
            for observer in session.host.observers
            if not observer.is_silenced
        )
        listeners = [Listener(observer.on_event, observer) for observer in observers]
        on_event = session.invocation.on_event
        if on_event is not None:
            listeners.append(Listener(on_event, "on_event"))
        if session.push is not None:
            listeners.append(Listener(session.push, "event stream"))
        audience = cls(session, observers)
        emit = audience.signal = Signal(tuple(listeners), audience.drop)
        # A handle alone is our own code and never fails: it needs no guard between.
        session.emit = session.push if len(listeners) == 1 and session.push else emit
        session.wants_pieces = session.wants_pieces or on_event is not None
        for observer in observers:
            observer.on_start()
        emit(RunStarted(session.run_id))
        return audience

    def drop(self, owner: object, error: BaseException) -> None:
        """Note a listener that failed, and tell it no more."""
        self.session.guard.note("event listener", str(owner), error)
        self.signal.drop(owner)

    async def dismiss(self, result: Result[Any]) -> asyncio.CancelledError | None:
        """Tell everybody that the run is over, and let the slow ones finish, within bounds.

        Returns:
            The cancellation of the caller that came meanwhile, if one did.
        """
        session, signal = self.session, self.signal
        session.emit = None  # what still goes on somewhere is nobody's event any more
        interruption: asyncio.CancelledError | None = None
        for observer in self.observers:
            signal.drop(observer)
            observer.on_event(RunFinished(result))
            observer.on_end(result)
        for observer in self.observers:
            interruption = (
                await observer.finish(session.clock, session.defaults.cleanup_timeout_s) or interruption
            )
        result.notes = session.notes
        signal(RunFinished(result))
        result.notes = session.notes
        signal.forget()
        return interruption
