"""Which candidates rest because they failed: one state, shared by all runs of a process."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from weakref import WeakKeyDictionary

from attrs import define, frozen

if TYPE_CHECKING:
    from collections.abc import Hashable

    from executus_core.model.policy import FailoverPolicy
    from executus_core.ports.clock import Clock

Condition: TypeAlias = Literal["well", "resting", "due", "tried"]
"""Whether a candidate is asked as ever, left alone, due to be tried again, or just being tried by one call."""

A_MOMENT_S: Final = 0.001
"""What is left of a rest when it is as good as over: clocks count in floats."""


@frozen
class CandidateHealth:
    """How a candidate is.

    Attributes:
        condition: Whether it may be asked.
        seconds_left: How long it still rests; 0 when it does not.
        failures: Failures in a row.
        reason: What went wrong last; "" when nothing did since it answered.
    """

    condition: Condition = "well"
    seconds_left: float = 0.0
    failures: int = 0
    reason: str = ""

    @property
    def may_be_asked(self) -> bool:
        """Whether a call may go to it now."""
        return self.condition in {"well", "due"}


WELL: Final = CandidateHealth()


@frozen(eq=False)
class Admission:
    """Leave to ask a candidate once; whoever holds one says how it went, or gives it back.

    Attributes:
        candidate: The candidate, as its health is kept.
        is_probe: Whether it is the one call that tries the candidate after its rest.
    """

    candidate: Hashable
    is_probe: bool = False


@define
class _Breaker:
    """What went wrong with one candidate since it last answered."""

    failures: int = 0
    reason: str = ""
    rests_until: float = -math.inf
    rest_s: float = 0.0
    is_open: bool = False
    probe: Admission | None = None

    def rest(self, until: float) -> None:
        """Leave the candidate alone until then, and longer if it was to rest longer."""
        self.is_open = True
        self.rests_until = max(self.rests_until, until)


class Health:
    """A circuit breaker per candidate. Decides; never waits.

    A candidate that failed so many times in a row rests. After its rest one call tries it, and all others still leave it
    alone; an answer makes it well again, another failure doubles its rest. A provider that asks for a time with Retry-After
    gets it at once, and no failure is counted: one that limits its callers is not broken.
    """

    def __init__(self) -> None:
        """Know of no failure."""
        self._breakers: dict[Hashable, _Breaker] = {}

    @classmethod
    def of(cls, clock: Clock) -> Health:
        """Give the state that all who go by this clock share: the real clock's is the process's, a test's is the test's."""
        health = _BY_CLOCK.get(clock)
        if health is None:
            health = _BY_CLOCK[clock] = cls()
        return health

    def look(self, candidate: Hashable, now: float) -> CandidateHealth:
        """Tell how a candidate is, and change nothing.

        Args:
            candidate: Its ``identity``.
            now: The clock's ``monotonic``.
        """
        breaker = self._breakers.get(candidate)
        if breaker is None:
            return WELL
        if not breaker.is_open:
            return CandidateHealth("well", 0.0, breaker.failures, breaker.reason)
        left = breaker.rests_until - now
        if left >= A_MOMENT_S:
            return CandidateHealth("resting", left, breaker.failures, breaker.reason)
        condition: Condition = "due" if breaker.probe is None else "tried"
        return CandidateHealth(condition, 0.0, breaker.failures, breaker.reason)

    def admit(self, candidate: Hashable, now: float) -> Admission | None:
        """Give leave to ask a candidate, or None when it rests or another call is trying it."""
        health = self.look(candidate, now)
        if health.condition == "well":
            return Admission(candidate)
        if health.condition != "due":
            return None
        admission = self._breakers[candidate].probe = Admission(candidate, is_probe=True)
        return admission

    def record_success(self, admission: Admission) -> None:
        """Take note that the candidate answered: it is well."""
        self._breakers.pop(admission.candidate, None)

    def record_failure(
        self,
        admission: Admission,
        now: float,
        policy: FailoverPolicy,
        *,
        reason: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        """Take note that the candidate could not answer.

        Args:
            admission: The leave to ask it.
            now: The clock's ``monotonic``.
            policy: How many failures make it rest, and for how long.
            reason: What went wrong, for whoever asks why it rests.
            retry_after_s: Seconds for which the provider wants to be left alone, if it said so.
        """
        breaker = self._breakers.setdefault(admission.candidate, _Breaker())
        breaker.reason = reason
        was_probe = breaker.probe is admission
        if was_probe:
            breaker.probe = None
        if retry_after_s is not None and math.isfinite(retry_after_s):
            breaker.rest(now + max(0.0, retry_after_s))
            return
        breaker.failures += 1
        if was_probe and breaker.rest_s:
            breaker.rest_s = min(2 * breaker.rest_s, policy.max_rest_s)
        elif was_probe or (not breaker.is_open and breaker.failures >= policy.failures_to_rest):
            breaker.rest_s = min(policy.rest_s, policy.max_rest_s)
        else:
            return  # too few failures, or a call that began before the rest
        breaker.rest(now + breaker.rest_s)

    def give_back(self, admission: Admission) -> None:
        """Take note that nothing was learnt: the call was cancelled, or was refused for its own sake."""
        breaker = self._breakers.get(admission.candidate)
        if breaker is not None and breaker.probe is admission:
            breaker.probe = None


_BY_CLOCK: WeakKeyDictionary[Clock, Health] = WeakKeyDictionary()
