"""One model call over the candidates of a chain: one is tried after the other, until one answers or nobody is left."""

from __future__ import annotations

import math
from asyncio import CancelledError
from collections import Counter
from typing import TYPE_CHECKING, cast

from attrs import define, field

from executus_core.errors import ContextOverflowError, ModelUnavailableError
from executus_core.llm.exchange import Response
from executus_core.model.attempt import Attempt
from executus_core.model.choice import Ask, Decision, Effort, GiveUp, decide, who_fits

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from types import TracebackType
    from typing import Self

    from executus_core.llm.exchange import Model, ModelEvent, ModelRequest, StreamingModel
    from executus_core.model.candidate import Candidate
    from executus_core.model.chain import Chain
    from executus_core.model.health import Admission


class ModelCall:
    """One model call: chooses whom to ask, waits where nobody may be asked, and gives up when that would take too long."""

    def __init__(self, chain: Chain, request: ModelRequest) -> None:
        """Ask nobody yet.

        Args:
            chain: Who may serve.
            request: The question.
        """
        self.chain = chain
        self.request = request
        self.effort: Effort = Effort()
        self.idle_since: float = chain.clock.monotonic()
        self.last_error: Exception | None = None
        self.windows: list[int] = chain.windows() if len(chain.candidates) > 1 else [0]

    async def next_trial(self) -> Trial:
        """Wait for somebody who may be asked.

        Raises:
            ModelUnavailableError: There is nobody, or not in time; or the last error that somebody raised.
        """
        while not isinstance(decision := self._decide(), Ask):
            if isinstance(decision, GiveUp):
                raise self._explain(decision.again_in_s) from self.last_error
            await self.chain.clock.sleep(decision.seconds)
            self.effort.begin_round()
        return Trial(self, decision.index)

    def take_failure(self, trial: Trial, error: BaseException) -> bool:
        """Tell whether somebody else may be asked after what a candidate raised before its answer began."""
        if isinstance(error, ModelUnavailableError):
            self.last_error = error
            return True
        if not isinstance(error, ContextOverflowError):
            return False
        window = self.windows[trial.place]  # larger than any that overflowed before
        if not window or not who_fits(self.windows, 0, window):
            return False
        self.effort.overflowed = window
        self.last_error = error
        return True

    def describe_attempts(self) -> str:
        """Say who was asked, and how often."""
        counts = Counter(self.chain.candidates[place].spec for place in self.effort.asked)
        return ", ".join(
            f"'{spec}' {'once' if count == 1 else f'{count} times'}" for spec, count in counts.items()
        )

    def _decide(self) -> Decision:
        chain, run = self.chain, self.request.run
        now = chain.clock.monotonic()
        fitting = who_fits(self.windows, chain.tokens_of(self.request), self.effort.overflowed)
        return decide(
            self.effort,
            [place for place in chain.order if place in fitting],
            [chain.health.look(candidate.identity, now) for candidate in chain.candidates],
            chain.policy,
            seconds_left=math.inf if run is None else run.seconds_left(),
            chance=chain.clock.random(),
        )

    def _explain(self, again_in_s: float) -> Exception:
        """Make the error that a call ends with which is given up: of the last one's class, where that can be made anew."""
        error = self.last_error
        when = f"; somebody may be asked again in {round(again_in_s, 1):g} s" if again_in_s else ""
        if error is None:
            return ModelUnavailableError(
                f"nobody may be asked for '{self.chain.tier}' in time: {self._describe_rests()}{when}",
                retry_after_s=again_in_s or None,
            )
        said = f"asked {self.describe_attempts()} for '{self.chain.tier}'{when}"
        if type(error) is not ModelUnavailableError:
            error.add_note(said)
            return error
        explained = ModelUnavailableError(
            f"{error} ({said})", retry_after_s=again_in_s or error.retry_after_s
        )
        explained.usage = error.usage
        return explained

    def _describe_rests(self) -> str:
        """Say of each candidate why it is not asked."""
        now = self.chain.clock.monotonic()
        said: list[str] = []
        for candidate in self.chain.candidates:
            health = self.chain.health.look(candidate.identity, now)
            how = {
                "resting": f"rests for {round(health.seconds_left, 1):g} s more",
                "tried": "is being tried",
            }
            said.append(
                f"'{candidate.spec}' {how.get(health.condition, 'may be asked')}, after {health.reason}"
            )
        return "; ".join(said)


@define(eq=False)
class Trial:
    """One candidate's chance within a call: ``async with`` holds its place, and settles how it went.

    What a candidate raises is swallowed when somebody else may be asked instead.

    Attributes:
        call: The model call.
        place: The candidate's place in the chain.
        request: The question as it is put to the candidate.
        attempt: The stopwatch; None when the candidate began to rest while its place was waited for, and is not to be asked.
    """

    call: ModelCall
    place: int
    request: ModelRequest = field(init=False)
    attempt: Attempt | None = field(default=None, init=False)
    _admission: Admission | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        """Prepare the question."""
        self.request = self.call.chain.prepare(self.call.request, self.place)

    @property
    def candidate(self) -> Candidate:
        """Who is asked."""
        return self.call.chain.candidates[self.place]

    @property
    def model(self) -> Model:
        """The model to ask."""
        return self.candidate.model

    async def __aenter__(self) -> Self:
        """Take a place, and leave to ask."""
        candidate, chain, call = self.candidate, self.call.chain, self.call
        if candidate.place is not None:
            await candidate.place.__aenter__()
        now = chain.clock.monotonic()
        self._admission = chain.health.admit(candidate.identity, now)
        if self._admission is not None:
            call.effort.note_asked(self.place)
            self.attempt = Attempt(
                chain.tier,
                candidate.spec,
                self.request,
                chain.clock,
                len(call.effort.asked),
                now - call.idle_since,
                candidate.price,
                is_silent=getattr(candidate.model, "reports_attempts", False),
            )
        return self

    def take(self, answer: object) -> Response:
        """Take the answer; gives it with its price. What is no response goes on as it is: whoever asked refuses it."""
        call, attempt, admission = self.call, self.attempt, self._admission
        assert attempt is not None  # noqa: S101 - somebody was asked
        assert admission is not None  # noqa: S101 - with leave
        if isinstance(answer, Response):
            call.chain.health.record_success(admission)
            call.chain.note_answer(self.place, self.request, answer)
        else:
            call.chain.health.give_back(admission)
        return cast("Response", attempt.take(answer))

    def ask_in_pieces(self) -> AsyncIterator[ModelEvent]:
        """Ask for an answer in pieces; of a model that does not stream it comes whole."""
        if hasattr(self.model, "stream"):
            return cast("StreamingModel", self.model).stream(self.request)
        return self._ask_whole()

    def see(self, piece: ModelEvent) -> ModelEvent:
        """See a piece of the answer; the last is the answer itself, and gets its price."""
        if isinstance(piece, Response):
            return self.take(piece)
        if self.attempt is not None:
            self.attempt.see_piece()
        return piece

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """Settle how it went, and give the place back; tells whether somebody else may be asked."""
        try:
            return error is not None and self._settle(error)
        finally:
            self.call.idle_since = self.call.chain.clock.monotonic()
            if self.candidate.place is not None:
                await self.candidate.place.__aexit__(kind, error, traceback)

    async def _ask_whole(self) -> AsyncGenerator[ModelEvent]:
        yield await self.model.generate(self.request)

    def _settle(self, error: BaseException) -> bool:
        attempt, admission, chain = self.attempt, self._admission, self.call.chain
        if attempt is None or admission is None or attempt.is_over:
            return False
        now = chain.clock.monotonic()
        if isinstance(error, ModelUnavailableError):
            reason, retry_after_s = f"{error}"[:200], error.retry_after_s
            chain.health.record_failure(
                admission, now, chain.policy, reason=reason, retry_after_s=retry_after_s
            )
        elif self._was_silent_to_the_end(error):
            reason = f"it was silent until the run's time was up, {now - attempt.started:.0f} s"
            chain.health.record_failure(admission, now, chain.policy, reason=reason)
        else:
            chain.health.give_back(admission)
        has_begun = attempt.fail(error)
        if not has_begun and self.call.take_failure(self, error):
            return True
        if isinstance(error, Exception) and len(self.call.effort.asked) > 1:
            error.add_note(f"asked {self.call.describe_attempts()} for '{chain.tier}'")
        return False

    def _was_silent_to_the_end(self, error: BaseException) -> bool:
        """Tell whether the run ran out of time over this candidate: the runs to come should not wait for it as long."""
        run, attempt = self.request.run, self.attempt
        is_cut = isinstance(error, CancelledError) and attempt is not None and attempt.first_piece is None
        return is_cut and run is not None and run.seconds_left() <= 0
