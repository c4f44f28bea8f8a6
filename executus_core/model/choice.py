"""Who is asked next in one model call, how long to wait before, or that it is given up: decided, not done."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from attrs import define, field, frozen

from executus_core.model.health import A_MOMENT_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.model.health import CandidateHealth
    from executus_core.model.policy import FailoverPolicy


@frozen
class Ask:
    """Ask a candidate now.

    Attributes:
        index: Its place in the chain.
    """

    index: int


@frozen
class Wait:
    """Wait, and decide again.

    Attributes:
        seconds: How long.
    """

    seconds: float


@frozen
class GiveUp:
    """Ask nobody any more.

    Attributes:
        again_in_s: When somebody may be asked again, as far as is known.
    """

    again_in_s: float


Decision: TypeAlias = "Ask | Wait | GiveUp"


@define
class Effort:
    """What one model call has tried so far.

    Attributes:
        asked: Who was asked, by place in the chain, oldest first.
        asked_in_round: Who was asked in this round over the candidates.
        rounds: Rounds that ended with a wait.
        overflowed: The window that the transcript did not fit; 0 when it did not overflow any.
    """

    asked: list[int] = field(factory=list[int])
    asked_in_round: set[int] = field(factory=set[int])
    rounds: int = 0
    overflowed: int = 0

    def note_asked(self, index: int) -> None:
        """Take note that a candidate was asked."""
        self.asked.append(index)
        self.asked_in_round.add(index)

    def begin_round(self) -> None:
        """Take note that a wait is over."""
        self.asked_in_round.clear()
        self.rounds += 1


def decide(
    effort: Effort,
    order: Sequence[int],
    healths: Sequence[CandidateHealth],
    policy: FailoverPolicy,
    *,
    seconds_left: float,
    chance: float,
) -> Decision:
    """Decide what a model call does next.

    Args:
        effort: What it has tried.
        order: Who may be asked, by place in the chain, the one to prefer first.
        healths: How each candidate of the chain is.
        policy: How hard to try.
        seconds_left: How long it may go on.
        chance: At least 0 and below 1; spreads the waits of many.
    """
    order = [index for index in order if effort.asked.count(index) < max(1, policy.max_attempts_each)]
    is_over = not order or len(effort.asked) >= max(1, policy.max_attempts)
    if not is_over:
        for index in order:
            if index not in effort.asked_in_round and healths[index].may_be_asked:
                return Ask(index)
    soonest = min((healths[index].seconds_left for index in order), default=0.0)
    # A rest is waited for as long as it takes. Who may be asked already, or is being tried, is asked after a pause.
    seconds = max(soonest, 0.0 if soonest and not effort.asked_in_round else _backoff(effort, policy, chance))
    return GiveUp(soonest) if is_over or seconds >= seconds_left else Wait(seconds)


def who_fits(windows: Sequence[int], needed: int, overflowed: int) -> list[int]:
    """Tell by their windows who may be asked, by place in the chain.

    Args:
        windows: The candidates' windows in tokens; 0 where it is not known.
        needed: What the transcript has at least; 0 when that is not known. Nobody is passed over if nobody is large enough:
            another model counts other tokens.
        overflowed: A window that the transcript did not fit; from then on only one that is known to be larger will do.
    """
    if overflowed:
        return [index for index, window in enumerate(windows) if window > overflowed]
    fitting = [index for index, window in enumerate(windows) if not window or window >= needed]
    return fitting or list(range(len(windows)))


def _backoff(effort: Effort, policy: FailoverPolicy, chance: float) -> float:
    """Give the pause after a round: doubled with each, at random between half of it and the whole."""
    whole = min(policy.backoff_s * 2.0 ** min(effort.rounds, 64), policy.max_backoff_s)
    return max(whole * (0.5 + chance / 2), A_MOMENT_S)
