"""The critic port: supervision of a run, with the right to extend or kill it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from executus_core.llm.exchange import Response
    from executus_core.llm.message import Message, ToolCall
    from executus_core.record.run import KillCause, RunInfo


class CriticHandle(Protocol):
    """Supervises one run.

    Contract: every plain method is on the hot path: it returns at once and does no I/O; thinking happens in a task of the
    critic's own. The run calls them from its event loop, never two at a time. A handle that raises is noted on the result
    and not asked again; the run's own deadline and ceiling then stand as they were last.
    """

    def record_step(self, index: int, response: Response) -> None:
        """See a model response as it comes; ``index`` counts from 1."""

    def record_tool_start(self, call: ToolCall) -> None:
        """See a tool call as it starts. Its arguments are as the model wrote them."""

    def steer(self) -> Sequence[Message]:
        """Give the messages to put before the model's next step, once; asked at each step, after the mailbox."""
        ...

    def deadline(self) -> float | None:
        """Give the run's hard deadline in seconds of the clock's ``monotonic``, or None to leave it as it is."""
        ...

    def max_steps(self) -> int | None:
        """Give the step ceiling, or None to leave it as it is; asked at each step."""
        ...

    def kill_cause(self) -> KillCause | None:
        """Give the reason to kill the run, or None. Once given it stays."""
        ...

    async def stop(self) -> None:
        """End the supervision; called exactly once, bounded by the run's cleanup time."""


class NotifyingCriticHandle(CriticHandle, Protocol):
    """A handle that tells when ``kill_cause`` or ``deadline`` changed; without it the run looks once a second."""

    def on_change(self, look_again: Callable[[], None]) -> None:
        """Keep a callback to call from the run's event loop after each change."""


class Critic(Protocol):
    """Decides which runs to supervise."""

    async def monitor(self, info: RunInfo, soft_timeout: float) -> CriticHandle | None:
        """Begin to supervise a run whose agent asks for it, or give None.

        Args:
            info: The run.
            soft_timeout: Seconds without progress after which to look closer.
        """
        ...
