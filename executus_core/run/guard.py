"""The one guard through which a run calls foreign code: bounded, and blamed by name."""

from __future__ import annotations

import logging
from asyncio import CancelledError
from collections.abc import Awaitable
from types import CoroutineType
from typing import TYPE_CHECKING, TypeAlias, cast

from attrs import define, field

from executus_core.errors import ExecutusError
from executus_core.record.run import Note
from executus_core.waiting import go_on_within, is_abandoned, within

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from executus_core.ports.clock import Clock
    from executus_core.ports.ports import Ports

    Suspended: TypeAlias = CoroutineType[object, None, object]

logger: logging.Logger = logging.getLogger("executus")


async def _finish(awaitable: Awaitable[object]) -> object:
    """Await anything that can be awaited, as a coroutine."""
    return await awaitable


@define(eq=False)
class Guard:
    """Calls providers for one run, and notes what goes wrong.

    What comes back is an ``object``: a provider may return anything, so whoever asks looks before it believes.

    Attributes:
        run_id: The run.
        ports: Knows the providers' names.
        clock: Bounds the calls.
        is_cancelled: Tells the run's own cancellation from a provider's.
        faults: The whole host's count of failures, by port and provider.
        notes: What went wrong so far.
    """

    run_id: str
    ports: Ports
    clock: Clock
    is_cancelled: Callable[[], bool]
    faults: Counter[tuple[str, str]]
    notes: list[Note] = field(factory=cast("type[list[Note]]", list))

    async def ask(self, method: Callable[..., object], *args: object, seconds: float) -> object:
        """Call a provider whose failure matters: whatever it raises comes out as an ``Exception``.

        Raises:
            CancelledError: Only when the run itself was cancelled.
            Exception: What the provider raised; a provider's ``SystemExit`` and the like come as a ``RuntimeError``.
        """
        try:
            pending = method(*args)
            if type(pending) is CoroutineType:
                # Most calls end in their first stretch: only one that waits is bounded, by what that costs.
                try:
                    waits_for: object = pending.send(None)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # as it is
                except StopIteration as end:
                    return end.value
                return await go_on_within(self.clock, seconds, cast("Suspended", pending), waits_for)  # pyright: ignore[reportUnknownArgumentType]  # as it is
            if isinstance(pending, Awaitable):
                return await within(self.clock, seconds, _finish(cast("Awaitable[object]", pending)))
            return pending
        except CancelledError as error:
            if self.is_cancelled():
                raise
            raise RuntimeError("it cancelled itself") from error
        except Exception:
            raise
        except BaseException as error:
            if is_abandoned():
                raise
            raise RuntimeError(f"it raised {type(error).__name__}: {error}") from error

    async def tell(
        self, port: str, provider: object, method: Callable[..., object], *args: object, seconds: float
    ) -> object:
        """Call a provider whose failure is noted and changes nothing.

        Returns:
            What it returned, or None when it failed.
        """
        try:
            return await self.ask(method, *args, seconds=seconds)
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything
            self.note(port, provider, error)
            return None

    def note(self, port: str, provider: object, error: BaseException | str) -> None:
        """Log and count that a provider failed, with its plugin's name, and keep it for the result."""
        name = provider if isinstance(provider, str) else self.ports.name_of(provider)
        message = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
        note = Note(port, name, message)
        self.notes.append(note)
        self.faults[port, name] += 1
        # our own errors say in their message what was wrong, and where
        unexpected = None if isinstance(error, (str, ExecutusError)) else error
        logger.warning("run %s: %s", self.run_id, note, exc_info=unexpected)
