"""The delivery port: where a run's output goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from executus_core.record.artifact import Artifact
    from executus_core.record.caller import Target


class Delivery(Protocol):
    """Brings output to targets. Several may be installed: the first that serves the target's kind delivers.

    Contract: called at most once per run, after the run has ended, detached from the caller and bounded by the run's
    cleanup time. What it raises is noted on the result and changes nothing.
    """

    @property
    def kinds(self) -> Collection[str]:
        """The kinds of target that it serves."""
        ...

    async def deliver(self, target: Target, output: str, artifacts: Sequence[Artifact]) -> None:
        """Bring a run's output and artifacts to the target."""

    async def deliver_error(self, target: Target, error: BaseException) -> None:
        """Tell the target that the run did not end by itself."""
