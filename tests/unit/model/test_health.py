"""Who failed too often rests, is tried by one call, and is well again when it answers."""

from __future__ import annotations

import gc

import pytest
from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from executus_core.model.health import Admission, Health
from executus_core.model.policy import FailoverPolicy
from executus_core.testing import FakeClock

POLICY = FailoverPolicy(failures_to_rest=3, rest_s=5, max_rest_s=20)


def fail(health: Health, now: float, *, times: int = 1, retry_after_s: float | None = None) -> None:
    """Let as many calls fail, one after the other."""
    for _ in range(times):
        admission = health.admit("a", now)
        assert admission is not None
        health.record_failure(admission, now, POLICY, reason="503", retry_after_s=retry_after_s)


def test_nobody_rests_before_it_failed_so_often_in_a_row() -> None:
    """Two failures, an answer, two failures: that is not three in a row."""
    health = Health()
    fail(health, 0, times=2)
    admission = health.admit("a", 0)
    assert admission is not None
    health.record_success(admission)
    fail(health, 0, times=2)

    assert health.look("a", 0).may_be_asked
    assert health.look("a", 0).failures == 2


def test_who_failed_so_often_rests_and_says_for_how_long_and_why() -> None:
    """Others are not concerned."""
    health = Health()
    fail(health, 0, times=3)

    look = health.look("a", 2)
    assert (look.condition, look.seconds_left, look.failures, look.reason) == ("resting", 3, 3, "503")
    assert health.admit("a", 4.9) is None
    assert health.admit("b", 2) is not None


def test_after_its_rest_one_call_tries_it_and_the_others_leave_it_alone() -> None:
    """Until that call has ended, however long it takes."""
    health = Health()
    fail(health, 0, times=3)

    probe = health.admit("a", 5)
    assert probe is not None
    assert health.look("a", 500).condition == "tried"
    assert health.admit("a", 500) is None

    health.record_success(probe)
    assert health.look("a", 500).condition == "well"


def test_each_failure_after_a_rest_doubles_the_next_up_to_the_longest() -> None:
    """5, 10, 20, and no more."""
    health, now, rests = Health(), 0.0, []
    fail(health, now, times=3)
    for _ in range(4):
        rests.append(health.look("a", now).seconds_left)
        now += rests[-1]
        fail(health, now)

    assert rests == [5, 10, 20, 20]


def test_a_call_that_began_before_the_rest_and_fails_in_it_makes_it_no_longer() -> None:
    """Many calls that fail together are one trouble."""
    health = Health()
    calls = [health.admit("a", 0) for _ in range(9)]
    for now, admission in enumerate(calls):
        assert admission is not None
        health.record_failure(admission, now / 10, POLICY, reason="503")

    assert health.look("a", 0.8).seconds_left == pytest.approx(5 - 0.6)


def test_a_call_that_began_before_the_rest_and_is_answered_ends_it() -> None:
    """Who answers is well."""
    health = Health()
    early = health.admit("a", 0)
    assert early is not None
    fail(health, 0, times=3)

    health.record_success(early)

    assert health.look("a", 0).may_be_asked


def test_retry_after_is_kept_at_once_and_is_no_failure() -> None:
    """A provider that limits its callers is not broken: exactly that long, however long, and nothing doubles."""
    health, now = Health(), 0.0
    for _ in range(4):
        fail(health, now, retry_after_s=90)
        look = health.look("a", now)
        assert (look.seconds_left, look.failures) == (90, 0)
        now += 90

    assert health.look("a", now).may_be_asked


@pytest.mark.parametrize("seconds", [float("nan"), float("inf")])
def test_a_retry_after_that_names_no_time_counts_as_a_failure(seconds: float) -> None:
    """Nobody rests for ever."""
    health = Health()
    fail(health, 0, retry_after_s=seconds)

    assert health.look("a", 0) == evolve(health.look("a", 0), condition="well", failures=1)


def test_a_probe_that_learnt_nothing_gives_its_place_back() -> None:
    """The next call tries instead."""
    health = Health()
    fail(health, 0, times=3)
    probe = health.admit("a", 5)
    assert probe is not None

    health.give_back(probe)

    second = health.admit("a", 5)
    assert second is not None
    assert second.is_probe


def test_all_who_go_by_a_clock_share_one_state_that_goes_with_it() -> None:
    """The real clock's is the process's, and a test's is the test's."""
    clock = FakeClock()
    assert Health.of(clock) is Health.of(clock)
    assert Health.of(FakeClock()) is not Health.of(clock)

    fail(Health.of(clock), 0, times=3)
    del clock
    gc.collect()
    assert Health.of(FakeClock()).look("a", 0).may_be_asked


class Calls(RuleBasedStateMachine):
    """Any calls to one candidate, that overlap and end in any way."""

    def __init__(self) -> None:
        """Begin with a candidate that is well."""
        super().__init__()
        self.health = Health()
        self.now = 0.0
        self.open: list[Admission] = []
        self.probes: set[Admission] = set()

    @rule()
    def call(self) -> None:
        """Begin a call, where one may be."""
        may_be_asked = self.health.look("a", self.now).may_be_asked
        admission = self.health.admit("a", self.now)
        assert (admission is not None) == may_be_asked
        if admission is not None:
            self.open.append(admission)
            if admission.is_probe:
                self.probes.add(admission)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def succeed(self, data: st.DataObject) -> None:
        """End any call with an answer: that closes the circuit."""
        self.health.record_success(self._end(data))
        self.probes.clear()
        assert self.health.look("a", self.now).condition == "well"

    @precondition(lambda self: self.open)
    @rule(data=st.data(), retry_after_s=st.none() | st.floats(-10, 200))
    def fail(self, data: st.DataObject, retry_after_s: float | None) -> None:
        """End any call with a failure."""
        admission = self._end(data)
        self.health.record_failure(admission, self.now, POLICY, reason="503", retry_after_s=retry_after_s)
        if retry_after_s is not None and retry_after_s > 0.01:
            assert self.health.look("a", self.now).seconds_left >= retry_after_s - 1e-6

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Cancel any call."""
        self.health.give_back(self._end(data))

    @rule(seconds=st.floats(0, 300))
    def pass_time(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds

    @invariant()
    def there_is_one_probe_at_most(self) -> None:
        """Since the candidate was last well."""
        assert len(self.probes) <= 1

    @invariant()
    def nobody_waits_for_ever(self) -> None:
        """When its rest is over, somebody may ask it, unless somebody does."""
        look = self.health.look("a", self.now)
        assert look.seconds_left <= 200
        later = self.health.look("a", self.now + look.seconds_left)
        assert later.may_be_asked != bool(self.probes)

    def _end(self, data: st.DataObject) -> Admission:
        admission = data.draw(st.sampled_from(self.open))
        self.open.remove(admission)
        self.probes.discard(admission)
        return admission


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=60, stateful_step_count=30)
