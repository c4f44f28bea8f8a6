"""What one run came to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic

from attrs import Factory, define
from typing_extensions import TypeVar

from executus_core.llm.usage import Usage

if TYPE_CHECKING:
    from executus_core.llm.exchange import ModelRequest
    from executus_core.llm.message import Message
    from executus_core.record.artifact import Artifact, PostRunResult
    from executus_core.record.run import Note, RunStatus, Step

OutputT = TypeVar("OutputT", default=None)


@define
class Result(Generic[OutputT]):
    """What one run came to. It always comes back, however the run ended.

    Attributes:
        run_id: The run.
        status: How it ended.
        output: The final text, or the partial one of a run that did not end by itself.
        value: The output as the agent's ``output_type``; None when the agent has none or the run did not end by itself.
        error: Why the run did not end by itself, or None.
        steps: Every tool call, in the order of the transcript.
        usages: What each model call consumed, those that brought a step first; ``usage`` is their sum.
        messages: The transcript, oldest first.
        post_run: What the session's post-run hook made, or None.
        artifacts: Files that tools attached, then those of ``post_run``.
        notes: What went wrong beside the run without changing its outcome.
        request: On a dry run, the request that would have been sent; else None.
        duration: Seconds from the start to the end of the loop; settling is not included.
        started_at_s: Seconds since the epoch when the run started; ``started_at`` is the same as a time.
    """

    run_id: str
    status: RunStatus
    output: str
    value: OutputT | None
    error: BaseException | None
    steps: list[Step]
    usages: list[Usage]
    messages: list[Message]
    duration: float
    started_at_s: float
    post_run: PostRunResult | None = None
    artifacts: tuple[Artifact, ...] = ()
    notes: tuple[Note, ...] = Factory(tuple)
    request: ModelRequest | None = None

    @property
    def usage(self) -> Usage:
        """What all model calls consumed."""
        return self.usages[0] if len(self.usages) == 1 else Usage.total(self.usages)

    @property
    def history(self) -> tuple[Message, ...]:
        """The transcript as ``Invocation.history`` takes it: without system messages, and without calls that wait."""
        history = [message for message in self.messages if message.role != "system"]
        answered = {message.tool_call_id for message in history if message.role == "tool"}
        while history and any(call.id not in answered for call in history[-1].tool_calls):
            history.pop()
        return tuple(history)

    @property
    def started_at(self) -> datetime:
        """When the run started, time zone UTC."""
        return datetime.fromtimestamp(self.started_at_s, UTC)

    @property
    def ok(self) -> bool:
        """Whether the run ended by itself."""
        return self.status == "ok"

    def raise_for_status(self) -> None:
        """Raise ``error``, for whoever wants an exception; a run without one passes."""
        if self.error is not None:
            raise self.error
