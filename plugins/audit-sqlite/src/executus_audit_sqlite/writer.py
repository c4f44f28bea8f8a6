"""Brings recorded runs into the database: one thread, one connection, one transaction for all that waits.

Nobody but the thread touches SQLite, so nothing here can block an event loop. The thread starts with the first run and ends
when there was nothing to do for a while; whoever forgets to stop the writer leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import defaultdict
from contextlib import suppress
from threading import Event, Lock, Thread
from time import monotonic, time
from typing import TYPE_CHECKING, Final, NamedTuple

from executus_audit_sqlite.database import WritableDatabase, explained
from executus_audit_sqlite.errors import AuditDatabaseError
from executus_audit_sqlite.store import forget_saved, save

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from executus_audit_sqlite.pending import PendingRun
    from executus_audit_sqlite.settings import Settings
    from executus_audit_sqlite.store import Saved

_GROUP_RUNS: Final = (
    1000  # per transaction, so that the first of a great many are told before the last are written
)
_IDLE_S: Final = 5.0
_RETRY_S: Final = 0.05

_log = logging.getLogger(__name__)


class _Waiting(NamedTuple):
    """A run that has ended and waits to be safe.

    Attributes:
        waiter: Resolved when it is.
        until: When it stops waiting, by the clock of the waiter's event loop.
    """

    waiter: asyncio.Future[None]
    until: float


class Writer:
    """Saves the runs of one ``SqliteAudit``. Its methods may be called from several event loops at once."""

    def __init__(self, settings: Settings) -> None:
        """Start with no runs and no thread."""
        self._settings = settings
        self._going: dict[PendingRun, None] = {}
        self._urgent: dict[PendingRun, None] = {}
        self._ended: dict[PendingRun, _Waiting] = {}
        self._watched: set[asyncio.AbstractEventLoop] = set()
        self._trouble: AuditDatabaseError | None = None
        self._woken = Event()
        self._next_flush = 0.0
        # The lock is held for a handful of instructions, and only to decide whether a thread is there.
        self._lock = Lock()
        self._thread: Thread | None = None
        self._stopped: asyncio.Future[None] | None = None

    # ------------------------------------------------------------------------------------------ on the event loops

    def begin(self, run: PendingRun) -> None:
        """Save a run from now on, every interval."""
        with self._lock:
            self._going[run] = None
            self._ensure_thread()

    def flush_soon(self, run: PendingRun) -> None:
        """Save a run before the next interval."""
        self._urgent[run] = None
        self._wake()

    async def finish(self, run: PendingRun) -> None:
        """Save a run that has ended, and wait until it is safe.

        Raises:
            AuditDatabaseError: It is not safe, and why. What passes by itself is tried on in the background.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        with self._lock:
            self._ended[run] = _Waiting(waiter, loop.time() + self._settings.close_timeout_s)
            self._going.pop(run, None)
            self._ensure_thread()
        self._wake()
        if loop not in self._watched:
            self._watched.add(loop)
            loop.call_later(self._settings.close_timeout_s, self._watch, loop)
        await waiter

    async def stop(self) -> None:
        """Save what waits, let go of the file and end the thread; takes no longer than the end of a run may."""
        with self._lock:
            thread = self._thread
            if thread is None:
                return
            stopped = self._stopped = asyncio.get_running_loop().create_future()
        self._wake()
        await asyncio.wait([stopped], timeout=self._settings.close_timeout_s)
        if stopped.done():
            thread.join()  # it has said its last word, and is gone in a moment
        if self._ended:
            _log.warning(
                "the audit trail lacks the last %d of its runs: %s", len(self._ended), self._reason()
            )

    def _ensure_thread(self) -> None:
        if self._thread is None:
            # A daemon, so that a disk that hangs can't keep the process from ending.
            self._thread = Thread(target=self._work, name="executus-audit-sqlite", daemon=True)
            self._thread.start()

    def _wake(self) -> None:
        if not self._woken.is_set():
            self._woken.set()

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let go of the runs of one event loop that have waited too long; one alarm at a time serves them all."""
        kept = "the record is kept in memory and written when this has passed"
        waiting = [one for one in list(self._ended.values()) if one.waiter.get_loop() is loop]
        waiting = [one for one in waiting if not one.waiter.done()]
        for one in waiting:
            if one.until <= loop.time():
                one.waiter.set_exception(AuditDatabaseError(f"{self._reason()}; {kept}", passing=True))
        later = [one.until for one in waiting if not one.waiter.done()]
        if later:
            loop.call_at(later[0], self._watch, loop)
        else:
            self._watched.discard(loop)

    def _reason(self) -> str:
        slow = (
            f"the audit database {self._settings.path} took nothing for {self._settings.close_timeout_s:g} s"
        )
        return str(self._trouble or f"{slow}; look for what keeps its disk busy, or raise close_timeout_s")

    # ----------------------------------------------------------------------------------------------- on the thread

    def _work(self) -> None:
        database = WritableDatabase(self._settings)
        while True:
            woken = self._woken.wait(self._patience_s())
            self._woken.clear()
            stopped = self._stopped
            try:
                self._save(database, self._waiting_runs(everything=stopped is not None))
            except Exception as error:  # noqa: BLE001 - whatever it is, runs wait to be told
                database.close()
                self._fail(error)
            if (stopped or not woken) and self._may_end(stopped):
                break
        database.close()
        if stopped:
            _tell([stopped], None)

    def _patience_s(self) -> float:
        if self._trouble and self._ended:
            return _RETRY_S
        if self._going or self._ended:
            return max(0.0, self._next_flush - monotonic())
        return _IDLE_S

    def _may_end(self, stopped: asyncio.Future[None] | None) -> bool:
        with self._lock:
            if stopped is None and (self._going or self._ended or self._stopped):
                return False
            self._thread = self._stopped = None
            return True

    def _waiting_runs(self, *, everything: bool) -> list[PendingRun]:
        """Pick the runs to save now: those that ended, those in a hurry, and every interval all that have news."""
        urgent = list(self._urgent)
        for run in urgent:
            del self._urgent[run]
        going: list[PendingRun] = []
        if everything or monotonic() >= self._next_flush:
            self._next_flush = monotonic() + self._settings.flush_interval_s / 2
            # Only what has waited: most runs are over before that, and are then written once.
            old = math.inf if everything else time() - self._settings.flush_interval_s / 2
            going = [run for run in list(self._going) if run.events and run.events[0][1] <= old]
        return list(dict.fromkeys([*list(self._ended), *urgent, *going]))

    def _save(self, database: WritableDatabase, runs: Sequence[PendingRun]) -> None:
        for start in range(0, len(runs), _GROUP_RUNS):
            with explained(self._settings.path):
                saved = save(database.connect(), runs[start : start + _GROUP_RUNS])
            self._trouble = None
            forget_saved(saved)
            _tell(self._waiters_of(saved), None)

    def _waiters_of(self, saved: Iterable[Saved]) -> list[asyncio.Future[None]]:
        ended = (self._ended.pop(one.run, None) for one in saved if one.ended)
        return [one.waiter for one in ended if one is not None]

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, AuditDatabaseError):
            _log.error("the audit trail failed", exc_info=error)
            error = AuditDatabaseError(
                f"the audit trail failed: {type(error).__name__}: {error}; please report it"
            )
        self._trouble = error
        # What passes is tried again, for as many runs as memory is given to; what does not is told at once.
        keep = self._settings.max_unsaved_runs if error.passing else 0
        refused = list(self._ended)[: max(0, len(self._ended) - keep)]
        _tell([self._ended.pop(run).waiter for run in refused], error)


def _tell(waiters: Iterable[asyncio.Future[None]], error: AuditDatabaseError | None) -> None:
    """Wake whoever waits, with one call for each event loop: a call costs a system call."""
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = defaultdict(list)
    for waiter in waiters:
        by_loop[waiter.get_loop()].append(waiter)
    for loop, its_waiters in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, its_waiters, error)


def _settle(waiters: Iterable[asyncio.Future[None]], error: AuditDatabaseError | None) -> None:
    for waiter in waiters:
        if waiter.done():
            continue
        if error is None:
            waiter.set_result(None)
        else:  # an exception of its own for each: raising one adds to its traceback
            waiter.set_exception(AuditDatabaseError(str(error), passing=error.passing))
