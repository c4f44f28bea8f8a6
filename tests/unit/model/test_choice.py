"""Who is asked next, how long to wait, and when to give up, for any state of a call."""

from __future__ import annotations

import math

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from executus_core.model.choice import Ask, Effort, GiveUp, Wait, decide, who_fits
from executus_core.model.health import WELL, CandidateHealth
from executus_core.model.policy import FailoverPolicy

POLICY = FailoverPolicy(max_attempts=6, max_attempts_each=6, backoff_s=1, max_backoff_s=8)


def resting(seconds: float) -> CandidateHealth:
    """A candidate that rests."""
    return CandidateHealth("resting", seconds, 5, "503")


def choose(
    effort: Effort,
    healths: list[CandidateHealth],
    *,
    order: list[int] | None = None,
    seconds_left: float = math.inf,
    chance: float = 0.0,
) -> Ask | Wait | GiveUp:
    """Decide by the policy above."""
    order = list(range(len(healths))) if order is None else order
    return decide(effort, order, healths, POLICY, seconds_left=seconds_left, chance=chance)


def test_the_first_in_order_that_does_not_rest_is_asked() -> None:
    """Each once in a round."""
    effort = Effort()
    assert choose(effort, [resting(9), WELL, WELL]) == Ask(1)
    effort.note_asked(1)
    assert choose(effort, [resting(9), WELL, WELL]) == Ask(2)
    assert choose(Effort(), [WELL, WELL, WELL], order=[2, 0, 1]) == Ask(2)


def test_after_a_round_there_is_a_pause_that_doubles_up_to_the_longest() -> None:
    """At random between half of it and the whole."""
    effort, pauses = Effort(), list[object]()
    for _ in range(5):
        effort.note_asked(0)
        pauses += [choose(effort, [WELL]), choose(effort, [WELL], chance=1 - 1e-9)]
        effort.begin_round()

    least, most = pauses[::2], pauses[1::2]
    assert least == [Wait(0.5), Wait(1), Wait(2), Wait(4), Wait(4)]
    assert [round(pause.seconds, 3) for pause in most if isinstance(pause, Wait)] == [1, 2, 4, 8, 8]


def test_a_rest_is_waited_for_as_long_as_it_takes() -> None:
    """The shortest one; with somebody who was just asked, at least the pause."""
    assert choose(Effort(), [resting(30), resting(0.1)]) == Wait(0.1)
    asked = Effort(asked=[1], asked_in_round={1})
    assert choose(asked, [resting(30), resting(20)]) == Wait(20)
    assert choose(asked, [resting(30), resting(0.1)]) == Wait(0.5)


def test_who_is_being_tried_is_looked_at_again_after_a_pause() -> None:
    """Nobody knows how long that takes."""
    assert choose(Effort(), [CandidateHealth("tried", 0.0, 5, "503")]) == Wait(0.5)


def test_a_wait_that_does_not_fit_into_the_time_is_none() -> None:
    """It says when somebody may be asked again."""
    assert choose(Effort(), [resting(30), resting(20)], seconds_left=20) == GiveUp(20)
    assert choose(Effort(asked=[0], asked_in_round={0}), [WELL], seconds_left=0.4) == GiveUp(0)


def test_after_so_many_attempts_nobody_is_asked() -> None:
    """Over all candidates together."""
    assert choose(Effort(asked=[0, 1, 0, 1, 0, 1]), [WELL, WELL]) == GiveUp(0)


HEALTHS = st.one_of(
    st.just(WELL),
    st.just(CandidateHealth("due", 0.0, 5, "503")),
    st.just(CandidateHealth("tried", 0.0, 5, "503")),
    st.floats(0.001, 1e4).map(resting),
)


@given(
    healths=st.lists(HEALTHS, min_size=1, max_size=5),
    asked=st.lists(st.integers(0, 4), max_size=8),
    in_round=st.sets(st.integers(0, 4)),
    rounds=st.integers(0, 2_000),
    seconds_left=st.floats(0, 1e5) | st.just(math.inf),
    chance=st.floats(0, 1, exclude_max=True),
)
def test_whatever_was_tried_the_decision_can_be_acted_upon(
    *,
    healths: list[CandidateHealth],
    asked: list[int],
    in_round: set[int],
    rounds: int,
    seconds_left: float,
    chance: float,
) -> None:
    """Only who may be asked is asked, each wait fits and lets time pass, and nobody gives up without a reason."""
    effort = Effort(asked, in_round, rounds)
    decision = choose(effort, healths, seconds_left=seconds_left, chance=chance)
    left = [place for place in range(len(healths)) if asked.count(place) < POLICY.max_attempts_each]
    free = [place for place in left if healths[place].may_be_asked and place not in in_round]

    if isinstance(decision, Ask):
        assert len(asked) < POLICY.max_attempts
        assert decision.index == free[0]
    elif isinstance(decision, Wait):
        assert not free
        assert 0.001 <= decision.seconds < seconds_left
        assert decision.seconds <= max(
            POLICY.max_backoff_s, min(healths[place].seconds_left for place in left)
        )
    else:
        pause = max(POLICY.max_backoff_s, decision.again_in_s)
        is_over = not left or len(asked) >= POLICY.max_attempts
        assert is_over or (not free and pause >= seconds_left)


@given(
    windows=st.lists(st.integers(0, 10), min_size=1, max_size=5),
    needed=st.integers(0, 12),
    overflowed=st.integers(0, 12),
)
def test_a_larger_window_is_asked_for_and_never_a_smaller_one(
    windows: list[int], needed: int, overflowed: int
) -> None:
    """After an overflow only what is known to be larger; before, everybody rather than nobody."""
    fitting = who_fits(windows, needed, overflowed)

    if overflowed:
        assert all(windows[place] > overflowed for place in fitting)
    else:
        assert fitting
        large = [place for place, window in enumerate(windows) if not window or window >= needed]
        assert fitting == (large or list(range(len(windows))))


def test_the_same_candidate_is_asked_only_so_often() -> None:
    """Whoever is down is soon known to be; the others may be asked on."""
    policy = evolve(POLICY, max_attempts_each=2)

    def after(*asked: int) -> object:
        effort = Effort(list(asked), rounds=len(asked))
        return decide(effort, range(2), [WELL, WELL], policy, seconds_left=math.inf, chance=0.0)

    assert after(0, 1, 0) == Ask(1)
    assert after(0, 1, 0, 1) == GiveUp(0.0)
