"""What the third stage of permission decides about one tool call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.message import ToolCall
    from executus_core.record.caller import Caller
    from executus_core.record.run import RunInfo

Verdict: TypeAlias = Literal["allow", "deny", "ask"]


@frozen
class Decision:
    """A policy's answer about one call.

    Attributes:
        verdict: "deny" wins over "ask" wins over "allow".
        reason: For a denial, what the model is told; for a question, what the person is told.
    """

    verdict: Verdict
    reason: str = ""


@frozen
class ApprovalRequest:
    """A question to a person about one call of one run.

    Attributes:
        run: The run that asks.
        caller: Who the run is for.
        tool: The tool's name.
        call: The call as the model wrote it.
        arguments: The validated arguments: what is shown is what runs.
        reason: Why it asks.
    """

    run: RunInfo
    caller: Caller
    tool: str
    call: ToolCall
    arguments: Mapping[str, object]
    reason: str


@frozen
class Approval:
    """A person's answer.

    Attributes:
        verdict: "allow" runs the call, "deny" refuses it, "ask" says that nobody can answer now: a durable run pauses.
        reason: For a denial, what the model is told.
    """

    verdict: Verdict
    reason: str = ""
