"""What a run tells whoever listens, while it goes on.

Every start has its end: ``ToolStarted`` and ``ToolFinished`` pair by the call's id, ``RunStarted`` and ``RunFinished`` frame
the rest. Deltas are shown only by models that can stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from attrs import define

from executus_core.llm.events import TextDelta, ThinkingDelta

if TYPE_CHECKING:
    from executus_core.llm.exchange import Response
    from executus_core.llm.json import JsonValue
    from executus_core.llm.message import Message, ToolCall
    from executus_core.record.question import Question
    from executus_core.record.result import Result

__all__ = [
    "ApprovalRequested",
    "Compacted",
    "PartialOutput",
    "QuestionAsked",
    "RunEvent",
    "RunFinished",
    "RunStarted",
    "Steered",
    "StepFinished",
    "TextDelta",
    "ThinkingDelta",
    "ToolFinished",
    "ToolStarted",
]


@define
class RunStarted:
    """The run has its id and begins."""

    run_id: str


@define
class ToolStarted:
    """A tool call was accepted and begins, or is about to be refused.

    Attributes:
        index: The step, counted from 1.
        call: The call as the model wrote it.
    """

    index: int
    call: ToolCall


@define
class ToolFinished:
    """A tool call has its result.

    Attributes:
        index: The step, counted from 1.
        call: The call as the model wrote it.
        result: What the model will read; ``result.is_error`` tells failures.
        duration: Seconds.
    """

    index: int
    call: ToolCall
    result: Message
    duration: float


@define
class StepFinished:
    """A model response and the tool results it caused are in the transcript.

    Attributes:
        index: The step, counted from 1.
        response: The model's response.
    """

    index: int
    response: Response


@define
class Compacted:
    """The transcript was shortened before a model call.

    Attributes:
        messages_before: How many messages it had.
        messages_after: How many it has now.
        tokens_before: Its size: what the provider counted last, and an estimate of what came since.
        tokens_after: Its size now, by an estimate.
        strategy: How it was shortened.
    """

    messages_before: int
    messages_after: int
    tokens_before: int = 0
    tokens_after: int = 0
    strategy: str = ""


@define
class Steered:
    """Messages were put into the transcript from outside the model's conversation.

    Attributes:
        messages: In order; from the mailbox first, then from the critic.
    """

    messages: tuple[Message, ...]


@define
class ApprovalRequested:
    """A tool call awaits a person.

    Attributes:
        call: The call as the model wrote it.
        reason: Why it asks.
        request_id: Names the question to the approver; "" when there is none to ask.
    """

    call: ToolCall
    reason: str
    request_id: str = ""


@define
class QuestionAsked:
    """A tool asks a person, and waits. That it is asked again, for an answer that is none of its choices, is no event.

    Attributes:
        call: The call that asks, as the model wrote it.
        question: What it asks.
    """

    call: ToolCall
    question: Question


@define
class PartialOutput:
    """The value of an answer as far as the model has written it.

    Told at most as often as the text has grown by a fifth, to runs with an output type that are watched piece by piece. An
    answer that is asked for again begins anew.

    Attributes:
        value: Plain data, not yet validated: what the JSON holds so far, the last text in it perhaps not to its end. The
            whole, validated value is ``Result.value``.
    """

    value: JsonValue


@define
class RunFinished:
    """The run has ended, settled and cleaned up. Always the last event."""

    result: Result[object]


RunEvent: TypeAlias = (
    RunStarted
    | TextDelta
    | ThinkingDelta
    | ToolStarted
    | ToolFinished
    | StepFinished
    | Compacted
    | Steered
    | ApprovalRequested
    | QuestionAsked
    | PartialOutput
    | RunFinished
)
