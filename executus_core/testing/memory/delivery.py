"""A delivery that keeps what it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from executus_core.record.artifact import Artifact
    from executus_core.record.caller import Target

__all__ = ["Delivered", "MemoryDelivery"]


@frozen
class Delivered:
    """One delivery.

    Attributes:
        target: Where it went.
        output: The run's output; "" for an error.
        artifacts: The run's artifacts.
        error: Why the run did not end by itself, or None.
    """

    target: Target
    output: str = ""
    artifacts: tuple[Artifact, ...] = ()
    error: BaseException | None = None


class MemoryDelivery:
    """Delivers into a list.

    Attributes:
        kinds: The kinds of target that it serves.
        delivered: What was delivered, errors included, in order.
    """

    def __init__(self, kinds: Collection[str] = ("memory",)) -> None:
        """Serve the kinds of target that are named."""
        self.kinds: frozenset[str] = frozenset(kinds)
        self.delivered: list[Delivered] = []

    async def deliver(self, target: Target, output: str, artifacts: Sequence[Artifact]) -> None:
        """Keep a run's output and artifacts."""
        self.delivered.append(Delivered(target, output, tuple(artifacts)))

    async def deliver_error(self, target: Target, error: BaseException) -> None:
        """Keep why a run did not end by itself."""
        self.delivered.append(Delivered(target, error=error))
