"""The records of a durable run's journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import Factory, define, frozen

if TYPE_CHECKING:
    from executus_core.llm.message import Message
    from executus_core.llm.usage import Usage
    from executus_core.record.run import RunInfo

EntryKind: TypeAlias = Literal["start", "step", "pause"]


@define
class CheckpointEntry:
    """One record of the journal: what it adds, never what was there before.

    Attributes:
        kind: "start" holds the opening messages, "step" a response with its tool results, "pause" a response whose calls
            wait for a person.
        step: Which step it belongs to; 0 for "start".
        messages: The messages that it adds to the transcript, in order.
        usage: What the step's model call consumed, or None for "start".
    """

    kind: EntryKind
    step: int
    messages: tuple[Message, ...]
    usage: Usage | None = None


@frozen
class InterruptedRun:
    """A durable run that was begun and neither completed nor failed.

    Attributes:
        info: What the run started with.
        entries: Its journal, oldest first.
    """

    info: RunInfo
    entries: tuple[CheckpointEntry, ...] = Factory(tuple)
