"""One model made of several: the next one serves when one can't."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from executus_core.errors import ConfigError
from executus_core.model.chain import Chain
from executus_core.model.trying import ModelCall

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Sequence

    from executus_core.llm.exchange import ModelEvent, ModelRequest, OutputMode, Response, SchemaModel
    from executus_core.llm.price import Price
    from executus_core.model.candidate import Candidate
    from executus_core.model.health import Health
    from executus_core.model.policy import FailoverPolicy
    from executus_core.ports.clock import Clock


class FailoverModel:
    """A chain of candidates behind one ``Model``. Made for one run: who serves goes on to serve it.

    A candidate that can't answer now is passed over for the next; when all were asked, they are asked again after a pause,
    as long as the run's time and the policy allow. Nobody is asked again once an answer has begun, nor for an error that no
    other try would mend: such an error is raised as it is.
    """

    def __init__(
        self,
        tier: str,
        candidates: Sequence[Candidate],
        *,
        health: Health,
        policy: FailoverPolicy,
        clock: Clock,
    ) -> None:
        """Ask nobody yet.

        Args:
            tier: The tier or spec that the chain stands for.
            candidates: Who may serve, the one to prefer first; at least one.
            health: Who rests, shared by all runs.
            policy: How hard to try.
            clock: Time and chance.

        Raises:
            ConfigError: There is no candidate.
        """
        if not candidates:
            raise ConfigError(f"'{tier}' has no candidate; name at least one model for it")
        self._chain = Chain(tier, tuple(candidates), health, policy, clock)

    def __repr__(self) -> str:
        """Show the chain."""
        chain = ", ".join(candidate.spec for candidate in self._chain.candidates)
        return f"<FailoverModel '{self._chain.tier}': {chain}>"

    @property
    def candidates(self) -> Sequence[Candidate]:
        """Who may serve, the one to prefer first."""
        return self._chain.candidates

    @property
    def name(self) -> str:
        """Who serves, or would be asked next."""
        return self._chain.current.spec

    @property
    def context_tokens(self) -> int:
        """The window of who serves, or would be asked next; 0 when it is not known."""
        return self._chain.current.model.context_tokens

    @property
    def reports_attempts(self) -> bool:
        """Each attempt is reported to the run that asks."""
        return True

    @property
    def problem(self) -> str:
        """Why who would be asked next can't be; "" when nothing is known to be wrong."""
        return getattr(self._chain.current.model, "problem", "")

    @property
    def reads(self) -> Collection[str]:
        """Types of files that every candidate reads by itself: any of them may come to serve."""
        first, *others = (set[str](getattr(candidate.model, "reads", ())) for candidate in self.candidates)
        return first.intersection(*others)

    @property
    def price(self) -> Price | None:
        """The price of who serves, or would be asked next; None when it is not known."""
        current = self._chain.current
        return current.price or getattr(current.model, "price", None)

    def output_mode(self, *, has_tools: bool) -> OutputMode:
        """Choose as who serves, or would be asked next, does; its provider's own where it does not say.

        Args:
            has_tools: Whether tools are on offer beside.
        """
        model = self._chain.current.model
        return (
            cast("SchemaModel", model).output_mode(has_tools=has_tools)
            if hasattr(model, "output_mode")
            else "native"
        )

    async def generate(self, request: ModelRequest) -> Response:
        """Answer one request, by whoever can.

        Raises:
            ModelUnavailableError: Nobody could, or not in time.
        """
        call = ModelCall(self._chain, request)
        try:
            while True:
                async with await call.next_trial() as trial:
                    if trial.attempt is not None:
                        return trial.take(await trial.model.generate(trial.request))
        finally:
            call.last_error = None  # its traceback holds this call

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer one request piece by piece; from its first piece on nobody else is asked.

        Raises:
            ModelUnavailableError: Nobody could, or not in time; or the answer broke off.
        """
        call = ModelCall(self._chain, request)
        try:
            while True:
                async with await call.next_trial() as trial:
                    if trial.attempt is None:
                        continue
                    pieces = trial.ask_in_pieces()
                    try:
                        async for piece in pieces:
                            yield trial.see(piece)
                        trial.attempt.end_stream()
                    finally:
                        close = getattr(pieces, "aclose", None)
                        if close is not None:
                            await close()
                    return
        finally:
            call.last_error = None  # the same
