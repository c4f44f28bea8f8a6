"""The attempts at model calls, as they are made: who answered, and in whose place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from attrs import define, evolve, field

from executus_core.cli.screen.words import describe_reason, printable, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from executus_core.llm.attempt import ModelAttempt
    from executus_core.plugin.executor import Executor


@define(eq=False)
class SeenAttempts:
    """A usage sink that keeps what it sees until somebody takes it.

    Attributes:
        tell: Is given each attempt at once, for whoever watches; None where nobody does.
    """

    tell: Callable[[ModelAttempt], None] | None = None
    _seen: list[ModelAttempt] = field(factory=list["ModelAttempt"])

    def record_usage(self, attempt: ModelAttempt) -> None:
        """Keep one attempt."""
        self._seen.append(attempt)
        if self.tell is not None:
            self.tell(attempt)

    def take(self, run_id: str) -> tuple[ModelAttempt, ...]:
        """Give the attempts of a run, oldest first, and forget all that were seen: those of its delegates are theirs."""
        seen, self._seen = self._seen, []
        return tuple(attempt for attempt in seen if attempt.run_id == run_id)


def watch_attempts(executor: Executor) -> SeenAttempts:
    """Have the attempts seen of the runs that begin from now on."""
    seen = SeenAttempts()
    ports = executor.ports
    executor.use_ports(evolve(ports, usage_sink=(*ports.usage_sink, seen)))
    return seen


def served_by(attempts: Iterable[ModelAttempt]) -> tuple[str, ...]:
    """Tell which candidates answered, each once and in order."""
    return tuple(dict.fromkeys(one.candidate for one in attempts if one.outcome == "answered"))


def warn_of_stand_ins(attempts: Sequence[ModelAttempt], chain: Sequence[str]) -> None:
    """Say on standard error who answered in place of the candidate to prefer, and why; nothing where that one did.

    Args:
        attempts: Those of a run, oldest first.
        chain: The specs of its candidates, the one to prefer first.
    """
    for said in describe_stand_ins(attempts, chain):
        click.secho(wrapped(printable(said)), fg="yellow", err=True)


def describe_stand_ins(attempts: Sequence[ModelAttempt], chain: Sequence[str]) -> list[str]:
    """Say who answered in place of the candidate to prefer, and why."""
    preferred = chain[0]
    reasons = [describe_reason(one) for one in attempts if one.candidate == preferred and one.error]
    why = reasons[-1] if reasons else "it was not asked"
    others = [spec for spec in served_by(attempts) if spec in chain[1:]]
    return [f"Model: {spec} answered in place of {preferred}: {why}" for spec in others]
