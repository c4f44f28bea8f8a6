"""What the third stage of permission decides about one tool call, and what of it goes on to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from executus_core.llm.message import ToolCall
    from executus_core.record.caller import Caller
    from executus_core.record.run import RunInfo

Verdict: TypeAlias = Literal["allow", "ask", "deny", "terminate"]
"""What may happen to a call."""
ApprovalScope: TypeAlias = Literal["once", "run", "conversation", "always"]
"""For how long an approval holds."""

VERDICT_ORDER: Final[dict[str, int]] = {"allow": 0, "ask": 1, "deny": 2, "terminate": 3}
"""How strong a verdict is; of several the strongest holds."""
SCOPE_ORDER: Final[dict[str, int]] = {"once": 0, "run": 1, "conversation": 2, "always": 3}
"""How far an approval reaches."""


@frozen
class Decision:
    """A policy's answer about one call.

    Attributes:
        verdict: "terminate", which ends the run, wins over "deny" wins over "ask" wins over "allow".
        reason: For a refusal, what the model is told; for a question, what the person is told.
        arguments: With "allow" or "ask", other arguments for the call, as JSON by name; None leaves them as they are. The
            tool validates them again, and later policies, the person and the tool see nothing else.
        rule: Which of its rules the policy followed, for the audit record; "" when it has none.
    """

    verdict: Verdict
    reason: str = ""
    arguments: Mapping[str, object] | None = None
    rule: str = ""


@frozen
class ApprovalRequest:
    """A question to a person about one call of one run.

    Attributes:
        run: The run that asks.
        caller: Who the run is for.
        tool: The tool's name.
        call: The call as the model wrote it.
        arguments: The validated arguments, as policies left them: what is shown is what runs.
        reason: Why it asks.
        id: Names this question and no other, of this run or any.
        origin: Where the tool comes from.
        scopes: For how long an approval could hold here, the shortest first.
    """

    run: RunInfo
    caller: Caller
    tool: str
    call: ToolCall
    arguments: Mapping[str, object]
    reason: str
    id: str = ""
    origin: str = ""
    scopes: tuple[ApprovalScope, ...] = ("once",)


@frozen
class Approval:
    """A person's answer.

    Attributes:
        verdict: "allow" runs the call, "deny" refuses it, "terminate" refuses it and ends the run, "ask" says that nobody
            can answer now: a durable run pauses, and any other takes it for a denial.
        reason: For a refusal, what the model is told.
        scope: For how long an "allow" holds for equal calls of the same caller. One that reaches further than the request's
            ``scopes`` holds as long as those let it, and a note says so. Of any other verdict nothing is kept.
        by: Who gave it, for the record.
        request_id: The request that it answers; "" for the one that was asked. Any other is a denial.
    """

    verdict: Verdict
    reason: str = ""
    scope: ApprovalScope = "once"
    by: str = ""
    request_id: str = ""


@frozen
class BoundCall:
    """An exact call on behalf of one caller, somewhere: what a standing approval is looked up by.

    Attributes:
        tool: The tool's name.
        origin: Where the tool comes from: another tool of this name is another tool.
        arguments: The arguments as canonical JSON.
        caller_id: Who the run is for.
        tenant: That caller's tenant.
        run_id: The run.
        channel_id: The conversation; "" for none.
    """

    tool: str
    origin: str
    arguments: str
    caller_id: str = ""
    tenant: str = ""
    run_id: str = ""
    channel_id: str = ""


@frozen
class StandingApproval:
    """A person's approval that goes on to hold.

    Attributes:
        id: Names it.
        call: The call that it was given for.
        scope: How far it reaches from there: equal calls of the same caller in the run, the conversation, or anywhere.
        by: Who gave it; "" when the approver did not say.
        reason: What that person said.
        given_at: When, time zone UTC.
    """

    id: str
    call: BoundCall
    scope: ApprovalScope
    by: str = ""
    reason: str = ""
    given_at: datetime | None = None

    def covers(self, call: BoundCall) -> bool:
        """Tell whether it holds for a call."""
        own = self.call
        if (own.tool, own.origin, own.arguments) != (call.tool, call.origin, call.arguments):
            return False
        if (own.tenant, own.caller_id) != (call.tenant, call.caller_id):
            return False
        if self.scope == "run":
            return bool(call.run_id) and own.run_id == call.run_id
        if self.scope == "conversation":
            return bool(call.channel_id) and own.channel_id == call.channel_id
        return self.scope == "always"
