"""The records of a durable run's journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import Factory, define, frozen

if TYPE_CHECKING:
    from executus_core.llm.message import Message
    from executus_core.llm.usage import Usage
    from executus_core.record.run import RunInfo

EntryKind: TypeAlias = Literal["start", "step", "pause", "compaction"]


@define
class CheckpointEntry:
    """One record of the journal: what it adds, never what was there before; but a compaction replaces all of it.

    Attributes:
        kind: "start" holds the opening messages, "step" a response with its tool results, "pause" a response whose calls
            wait for a person, "compaction" the whole transcript after it was shortened.
        step: Which step it belongs to; 0 for "start", and for "compaction" the last before it.
        messages: The messages that it adds to the transcript, in order; for "compaction" those that take its place.
        usage: What the step's model call, or the compaction's, consumed; None for "start" and where no model was asked.
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

    @property
    def transcript(self) -> tuple[Message, ...]:
        """The transcript that the journal holds, oldest message first."""
        transcript: list[Message] = []
        for entry in self.entries:
            if entry.kind == "compaction":
                transcript.clear()
            transcript += entry.messages
        return tuple(transcript)
