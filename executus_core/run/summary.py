"""The way in which a compactor asks a model: on the run's time, budget and record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from executus_core.errors import ModelError
from executus_core.llm.exchange import ModelRequest, Response
from executus_core.llm.usage import Usage
from executus_core.loop.ask import reports_attempts
from executus_core.model.reported import ReportedModel
from executus_core.run.attempts import add_usage
from executus_core.run.opening import ask_for_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.exchange import Model
    from executus_core.llm.message import Message
    from executus_core.ports.compactor import CompactorFactory
    from executus_core.run.session import Session

TIME_SHARE: Final = 0.4
"""Share of the run's remaining time that one answer may take: less than a compaction has, for what shortens instead."""


class ModelToAsk:
    """What a compactor sees of its run: a ``CompactionRun``."""

    def __init__(self, session: Session, factory: CompactorFactory) -> None:
        """Keep the run, and whom to blame."""
        self._session = session
        self._factory = factory
        self._models: dict[str, Model] = {"": session.model}
        self._noted: set[str] = set()

    async def ask(self, tier: str, messages: Sequence[Message]) -> Response:
        """Ask a model without tools; what it consumes is the run's."""
        session = self._session
        model = await self._find(tier)
        request = ModelRequest(messages, run=session)
        started = session.clock.monotonic()
        seconds = min(session.defaults.summary_timeout_s, session.seconds_left() * TIME_SHARE)
        answer = await session.guard.ask(model.generate, request, seconds=seconds)
        if not isinstance(answer, Response) or type(answer.usage) is not Usage:
            raise ModelError(
                f"the model '{model.name}' answered with {answer!r:.100}, not with a whole Response"
            )
        session.log_event(
            "compaction.summary",
            {
                "tier": tier or session.plan.tier,
                "model": answer.model,
                "input_tokens": answer.usage.input_tokens,
                "output_tokens": answer.usage.output_tokens,
                "cost_usd": answer.usage.cost_usd,
                "duration_s": session.clock.monotonic() - started,
            },
        )
        add_usage(session, answer.usage)
        session.stop.check()
        return answer

    async def find_window(self, tier: str) -> int:
        """Find a model's window."""
        return (await self._find(tier)).context_tokens

    def note(self, problem: str, error: Exception) -> None:
        """Note a problem once, with its first error."""
        if problem not in self._noted:
            self._noted.add(problem)
            self._session.guard.note(
                "compactor", self._factory, f"{problem}: {type(error).__name__}: {error}"
            )

    async def _find(self, tier: str) -> Model:
        model = self._models.get(tier)
        if model is None:
            session = self._session
            model = session.host.find_model(tier)
            if model is None or not hasattr(model, "generate"):
                model = await ask_for_model(session, tier)
            if session.is_reported and not reports_attempts(model):
                model = ReportedModel(tier, model, session.clock)
            self._models[tier] = model
        return model
