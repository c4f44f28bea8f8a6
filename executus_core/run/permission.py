"""Stage 3 of permission: may this concrete call run?"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import define

from executus_core.errors import RunPausedError, ToolPermissionError
from executus_core.record.events import ApprovalRequested
from executus_core.record.permission import Approval, ApprovalRequest, Decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.message import ToolCall
    from executus_core.record.permission import Verdict
    from executus_core.record.tool import Tool
    from executus_core.run.session import Session


@define(eq=False)
class CallPermit:
    """Asks the policies, and a person when one of them or the tool says so. Deny wins over ask wins over allow."""

    session: Session

    async def __call__(self, tool: Tool, call: ToolCall, arguments: Mapping[str, object]) -> None:
        """Let the call through.

        Raises:
            ToolPermissionError: It may not run; the message is for the model.
            RunPausedError: Nobody can answer now, and the run is durable.
        """
        arguments = MappingProxyType(arguments)  # what is shown is what runs: nobody changes it on the way
        verdict, reason = await self._judge(tool, arguments)
        if verdict == "ask":
            verdict, reason = await self._ask(tool, call, arguments, reason)
        self.session.log_event(
            "permission", {"call_id": call.id, "tool": tool.name, "verdict": verdict, "reason": reason}
        )
        if verdict != "allow":
            raise ToolPermissionError(f"the call of '{tool.name}' was denied: {reason or 'no reason given'}")

    async def _judge(self, tool: Tool, arguments: Mapping[str, object]) -> tuple[Verdict, str]:
        session = self.session
        needs_approval = tool.needs_approval
        if callable(needs_approval):
            try:
                needs_approval = bool(needs_approval(arguments))
            except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
                session.guard.note("permission", tool.origin, error)
                return "deny", "its approval rule failed"
        verdict: Verdict = "ask" if needs_approval else "allow"
        reason = f"'{tool.name}' needs approval" if needs_approval else ""
        for policy in session.host.ports.policies:
            try:
                decision = await session.guard.ask(
                    policy.decide,
                    tool,
                    arguments,
                    session.caller,
                    seconds=session.host.defaults.port_timeout_s,
                )
            except Exception as error:  # noqa: BLE001 - foreign code may raise anything
                session.guard.note("policies", policy, error)
                return "deny", "a policy failed"
            if not isinstance(decision, Decision) or decision.verdict not in ("allow", "deny", "ask"):
                session.guard.note("policies", policy, f"decide() gave {decision!r:.100}, not a Decision")
                return "deny", "a policy failed"
            if decision.verdict == "deny":
                return "deny", decision.reason
            if decision.verdict == "ask":
                verdict, reason = "ask", decision.reason or reason
        return verdict, reason

    async def _ask(
        self, tool: Tool, call: ToolCall, arguments: Mapping[str, object], reason: str
    ) -> tuple[Verdict, str]:
        session = self.session
        if session.emit:
            session.emit(ApprovalRequested(call, reason))
        approver = session.host.ports.approver
        if approver is None:
            return "deny", f"{reason}, and nobody is there to ask"
        request = ApprovalRequest(session.info, session.caller, tool.name, call, arguments, reason)
        try:
            approval = await session.guard.ask(approver.approve, request, seconds=float("inf"))
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything
            session.guard.note("approver", approver, error)
            return "deny", "the approver failed"
        if not isinstance(approval, Approval) or approval.verdict not in ("allow", "deny", "ask"):
            session.guard.note("approver", approver, f"approve() gave {approval!r:.100}, not an Approval")
            return "deny", "the approver failed"
        if approval.verdict != "ask":
            return approval.verdict, approval.reason or reason
        if session.checkpointer is None:
            return "deny", f"{reason}, nobody can answer now, and the run is not durable"
        raise RunPausedError(f"'{tool.name}' waits for a person: {reason}", call_ids=[call.id])
