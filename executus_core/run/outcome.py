"""From the error that ended a run to its status."""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING

from executus_core.errors import (
    BudgetExceededError,
    RunCancelledError,
    RunKilledError,
    RunPausedError,
    RunTimeoutError,
)
from executus_core.record.run import RunStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.llm.events import TextDelta
    from executus_core.llm.message import Message

_STATUS: tuple[tuple[type[BaseException], RunStatus], ...] = (
    (RunTimeoutError, RunStatus.TIMEOUT),
    (RunKilledError, RunStatus.KILLED),
    (RunCancelledError, RunStatus.CANCELLED),
    (CancelledError, RunStatus.CANCELLED),
    (BudgetExceededError, RunStatus.BUDGET_EXCEEDED),
    (RunPausedError, RunStatus.PAUSED),
)


def status_of(error: BaseException | None) -> RunStatus:
    """Tell how a run ended from what ended it: the run's own error decides."""
    if error is None:
        return RunStatus.OK
    return next((status for kind, status in _STATUS if isinstance(error, kind)), RunStatus.ERROR)


def describe(error: BaseException | None) -> str:
    """Give an error's class and message, or ""."""
    return "" if error is None else f"{type(error).__name__}: {error}"


def partial_output(
    transcript: Sequence[Message], question: Message | None, written: Sequence[TextDelta] = ()
) -> str:
    """Find the last text that the model wrote to the question; what it wrote before that is no output of this run.

    Args:
        transcript: The messages, oldest first.
        question: The run's input among them.
        written: The deltas of text of an answer that was cut.
    """
    texts: list[object] = [delta.text for delta in written]  # a model may have written anything there
    if unfinished := "".join(text for text in texts if isinstance(text, str)):
        return unfinished
    for message in reversed(transcript):
        if message is question:
            break
        if message.role != "assistant":
            continue
        try:
            text = message.text
        except TypeError:  # a model's answer that was refused for this very reason
            continue
        if text and isinstance(text, str):
            return text
    return ""
