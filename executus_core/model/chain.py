"""The candidates of a tier, and how one run has fared with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, evolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.exchange import ModelRequest, Response
    from executus_core.model.candidate import Candidate
    from executus_core.model.health import Health
    from executus_core.model.policy import FailoverPolicy
    from executus_core.ports.clock import Clock


@define(eq=False)
class Chain:
    """The candidates, and who of them serves.

    Attributes:
        tier: The tier or spec that the chain stands for.
        candidates: Who may serve, the one to prefer first.
        health: Who rests, shared by all runs.
        policy: How hard to try.
        clock: Time and chance.
        serving: Who answered last, by place in the chain; None before anybody did.
        tokens: What the transcript had when it did, by the provider's own count; 0 when that is not known.
        messages: How many messages those were.
    """

    tier: str
    candidates: Sequence[Candidate]
    health: Health
    policy: FailoverPolicy
    clock: Clock
    serving: int | None = None
    tokens: int = 0
    messages: int = 0

    @property
    def order(self) -> Sequence[int]:
        """Places in the chain, in the order of preference: who served last, then the chain's own."""
        places = range(len(self.candidates))
        serving = self.serving
        return places if not serving else (serving, *(place for place in places if place != serving))

    @property
    def current(self) -> Candidate:
        """Who would be asked next; the one to prefer when all rest."""
        now, health, order = self.clock.monotonic(), self.health, self.order
        for place in order:
            if health.look(self.candidates[place].identity, now).may_be_asked:
                return self.candidates[place]
        return self.candidates[order[0]]

    def windows(self) -> list[int]:
        """Windows of all candidates in tokens; 0 where it is not known."""
        return [candidate.model.context_tokens for candidate in self.candidates]

    def tokens_of(self, request: ModelRequest) -> int:
        """Tell what a transcript has at least; 0 when that is not known, as after it was shortened."""
        return self.tokens if len(request.messages) >= self.messages else 0

    def prepare(self, request: ModelRequest, place: int) -> ModelRequest:
        """Put a question as a candidate is asked it: the options of the request go before those of the tier."""
        options = self.candidates[place].options
        return evolve(request, options={**options, **request.options}) if options else request

    def note_answer(self, place: int, request: ModelRequest, response: Response) -> None:
        """Take note that a candidate answered: it goes on to serve this run."""
        self.serving = place
        usage = response.usage
        try:
            self.tokens = int(usage.input_tokens) + int(usage.output_tokens)
        except (AttributeError, TypeError, ValueError):  # a model may have filled it with anything
            self.tokens = 0
        self.messages = len(request.messages)
