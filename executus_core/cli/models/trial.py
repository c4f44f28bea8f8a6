"""One tiny call to a model, as a run like any other: who was asked, how that went, and what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from executus_core.cli import exit_codes
from executus_core.cli.interrupt import cancelled_by_signals
from executus_core.cli.person.operator import operator_id
from executus_core.cli.run.report import report
from executus_core.cli.start.attempts import served_by, watch_attempts
from executus_core.cli.start.setup import choose_or_refuse
from executus_core.errors import ConfigError
from executus_core.record.agent import Agent
from executus_core.record.invocation import Invocation

if TYPE_CHECKING:
    import signal
    from collections.abc import AsyncGenerator

    from executus_core.cli.start.asked import Asked
    from executus_core.llm.attempt import ModelAttempt
    from executus_core.llm.json import JsonObject
    from executus_core.plugin.executor import Executor
    from executus_core.record.result import Result

AGENT: Final = "models-test"
"""How the run is named in the audit trail."""
QUESTION: Final = "Reply with the one word: ready"


@frozen
class Trial:
    """What came of asking one tier or spec.

    Attributes:
        asked: The tier or spec; of whoever names none, what a run would use.
        result: The run.
        attempts: Who was asked in it, in order.
        received: The signal that stopped it, or None.
    """

    asked: str
    result: Result
    attempts: tuple[ModelAttempt, ...] = ()
    received: signal.Signals | None = None

    @property
    def served_by(self) -> str:
        """The candidate that answered, or ""."""
        return ", ".join(served_by(self.attempts))

    @property
    def exit_code(self) -> int:
        """0 when it answered, and otherwise that of its error."""
        return exit_codes.code_of_result(self.result, self.received)

    def as_data(self) -> JsonObject:
        """Give it as data for JSON: the document of its run, with what was asked for and who answered."""
        return {
            "asked": self.asked,
            "served_by": self.served_by or None,
            **report(self.result, attempts=self.attempts),
        }


async def try_models(
    executor: Executor, asked: Asked, names: tuple[str, ...], timeout_s: float
) -> AsyncGenerator[Trial]:
    """Ask each of some tiers and specs once, one after the other; a signal stops the one that goes on, and the others.

    Args:
        executor: Open.
        asked: The server to ask, where one was named.
        names: The tiers and specs; "" for what a run would use.
        timeout_s: Seconds for each.
    """
    seen = watch_attempts(executor)
    for name in names:
        choice, _, _ = await choose_or_refuse(executor, evolve(asked, model=name))
        agent: Agent = Agent(name=AGENT, model_tier=choice.spec, max_steps=1, max_runtime_s=timeout_s)
        run = executor.start(agent, QUESTION, Invocation(caller_id=operator_id()))
        with cancelled_by_signals(run.cancel) as received:
            result = await run
        yield Trial(name or choice.spec, result, seen.take(result.run_id), received.signal)
        if received.signal:
            return


def names_to_try(names: tuple[str, ...], tiers: tuple[str, ...], *, is_all: bool) -> tuple[str, ...]:
    """Decide what is asked: what was named, every tier, or what a run would use.

    Raises:
        ConfigError: Both were said, or there is no tier.
    """
    if names and is_all:
        raise ConfigError("name tiers and specs to test, or say --all for every tier, not both")
    if is_all and not tiers:
        raise ConfigError(
            "--all tests every tier, and [models] names none; name a model: executus models test PROVIDER/MODEL"
        )
    return tiers if is_all else tuple(dict.fromkeys(names)) or ("",)
