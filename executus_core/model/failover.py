"""One model made of several: the next one serves when one can't."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.model.candidate import Candidate
    from executus_core.model.health import Health
    from executus_core.model.policy import FailoverPolicy
    from executus_core.ports.clock import Clock


class FailoverModel:
    """A chain of candidates behind one ``Model``. Made for one run: who serves goes on to serve it."""

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
        """
        raise NotImplementedError
