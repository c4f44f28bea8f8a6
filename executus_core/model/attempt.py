"""One attempt at a model call, from the question to its end, as it is reported to the run that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, evolve, field

from executus_core.errors import ModelUnavailableError
from executus_core.llm.attempt import ModelAttempt
from executus_core.llm.exchange import Response
from executus_core.llm.usage import Usage

if TYPE_CHECKING:
    from executus_core.llm.attempt import AttemptOutcome
    from executus_core.llm.exchange import ModelRequest
    from executus_core.llm.price import Price
    from executus_core.ports.clock import Clock


@define(eq=False)
class Attempt:
    """A question that was put to a candidate, with a stopwatch.

    Attributes:
        tier: The tier or spec that was asked for.
        candidate: Who is asked.
        request: The question as it is put to the candidate.
        clock: Time.
        number: Which attempt of its call, counted from 1.
        waited_s: Seconds that were waited before it.
        price: The candidate's price list, in place of what its source says of the cost.
        is_silent: Whether the candidate reports its attempts itself.
        started: When it began, on the clock's ``monotonic``.
        first_piece: When the first piece of a streamed answer came.
        is_over: Whether it was reported.
    """

    tier: str
    candidate: str
    request: ModelRequest
    clock: Clock
    number: int = 1
    waited_s: float = 0.0
    price: Price | None = None
    is_silent: bool = False
    started: float = field(init=False)
    first_piece: float | None = field(default=None, init=False)
    is_over: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        """Start the stopwatch."""
        self.started = self.clock.monotonic()

    def see_piece(self) -> None:
        """Note when the first piece came."""
        if self.first_piece is None:
            self.first_piece = self.clock.monotonic()

    def take(self, answer: object) -> object:
        """Report an answer.

        Returns:
            The answer with its price; what is no response as it is: whoever asked refuses it.
        """
        if not isinstance(answer, Response):
            self._report(
                "rejected", None, error=f"it answered with a {type(answer).__name__}, not with a Response"
            )
            return answer
        usage = self._price(answer.usage)
        if usage is not answer.usage:
            answer = evolve(answer, usage=usage)
        self._report("answered", usage, answer)
        return answer

    def end_stream(self) -> None:
        """Take the end of a stream of pieces.

        Raises:
            ModelUnavailableError: There was no whole response among them.
        """
        if not self.is_over:
            raise ModelUnavailableError(
                f"the stream of '{self.candidate}' ended without a whole response",
                has_begun=self.first_piece is not None,
            )

    def fail(self, error: BaseException) -> bool:
        """Report what went wrong in place of an answer; what comes after one is nobody's failure.

        Returns:
            Whether the answer had begun; the error knows it then, too.
        """
        has_begun = self.first_piece is not None or (
            isinstance(error, ModelUnavailableError) and error.has_begun
        )
        if has_begun and isinstance(error, ModelUnavailableError):
            error.has_begun = True
        usage = getattr(error, "usage", None)
        usage = self._price(usage) if isinstance(usage, Usage) else None
        self._report("broken" if has_begun else "failed", usage, error=f"{type(error).__name__}: {error}")
        return has_begun

    def _price(self, usage: Usage) -> Usage:
        """Give a usage its cost by the candidate's price list; one that holds no numbers stays as it is."""
        if self.price is None:
            return usage
        try:
            return evolve(usage, cost_usd=self.price.cost_of(usage))
        except TypeError:
            return usage

    def _report(
        self, outcome: AttemptOutcome, usage: Usage | None, response: Response | None = None, error: str = ""
    ) -> None:
        run = self.request.run
        is_over, self.is_over = self.is_over, True
        if run is None or is_over or self.is_silent:
            return
        duration = self.clock.monotonic() - self.started
        first_token_s = None if self.first_piece is None else self.first_piece - self.started
        attempt = ModelAttempt(
            run_id=run.run_id,
            caller_id=run.caller_id,
            tier=self.tier,
            candidate=self.candidate,
            number=self.number,
            outcome=outcome,
            duration=duration,
            first_token_s=first_token_s,
            waited_s=self.waited_s,
            usage=usage,
            model=response.model if response else "",
            error=error,
        )
        run.record_attempt(attempt, self.request, response)
