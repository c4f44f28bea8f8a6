"""One attempt to get one answer: what audit, meters and traces see of a model call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import define

if TYPE_CHECKING:
    from executus_core.llm.json import JsonValue
    from executus_core.llm.usage import Usage

AttemptOutcome: TypeAlias = Literal["answered", "failed", "broken", "rejected"]
"""How an attempt ended: with an answer, with an error before its answer had begun, with one after that, or with an answer
that was of no use."""


@define
class ModelAttempt:
    """One question to one candidate. A model call is one attempt, or several when candidates fail.

    Attributes:
        run_id: The run that asked; "" outside of a run.
        caller_id: Who the run is for.
        tier: The tier or spec that was asked for.
        candidate: The spec of who was asked, without credentials.
        number: Which attempt of its call, counted from 1.
        outcome: How it ended.
        duration: Seconds from the question to the end of the answer, or to the error.
        first_token_s: Seconds to the first piece of a streamed answer; None for one that came whole, or not at all.
        waited_s: Seconds that were waited before it: for the candidate to be free, or to try again.
        usage: What it consumed; None when nobody said.
        model: The model that really served, as the provider names it; "" when there is no answer.
        error: Class and message of what went wrong; "" when it answered.
    """

    run_id: str
    caller_id: str
    tier: str
    candidate: str
    number: int
    outcome: AttemptOutcome
    duration: float
    first_token_s: float | None = None
    waited_s: float = 0.0
    usage: Usage | None = None
    model: str = ""
    error: str = ""

    def as_data(self) -> dict[str, JsonValue]:
        """Give it as data, for records and JSON: what is not known is null, and not 0."""
        usage = self.usage
        return {
            "tier": self.tier,
            "candidate": self.candidate,
            "number": self.number,
            "outcome": self.outcome,
            "duration_s": self.duration,
            "first_token_s": self.first_token_s,
            "waited_s": self.waited_s,
            "input_tokens": usage.input_tokens if usage else None,
            "output_tokens": usage.output_tokens if usage else None,
            "cost_usd": usage.cost_usd if usage else None,
            "model": self.model,
            "error": self.error,
        }
