"""Stage 3 of permission: may this concrete call run? The one place that every call passes on its way to a tool's body."""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING, TypeGuard

from attrs import define

from executus_core.errors import RunPausedError, RunTerminatedError, ToolPermissionError
from executus_core.record.permission import VERDICT_ORDER, Decision
from executus_core.run.approval import ask_person
from executus_core.run.ruling import Ruling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.message import ToolCall
    from executus_core.ports.permission import CallPolicy
    from executus_core.record.tool import Tool
    from executus_core.run.session import Session


@define(eq=False)
class CallPermit:
    """Asks the policies, and a person when one of them or the tool says so; terminate wins over deny, ask and allow."""

    session: Session

    async def __call__(
        self, tool: Tool, call: ToolCall, arguments: Mapping[str, object]
    ) -> Mapping[str, object]:
        """Let the call through.

        Returns:
            The arguments to run it with: those given, or what policies made of them.

        Raises:
            ToolPermissionError: It may not run; the message is for the model.
            RunPausedError: Nobody can answer now, and the run is durable.
            CancelledError: The run ended while the call was judged.
        """
        session = self.session
        is_free = tool.needs_approval is False and not session.host.ports.policies
        if is_free and not session.stop.is_raised():
            _record_default(session, tool, call)
            return arguments
        ruling = Ruling(tool, call, arguments, call.arguments or "{}")
        for policy in session.host.ports.policies:
            await self._consult(policy, ruling)
            if ruling.verdict == "terminate":
                break
        if VERDICT_ORDER[ruling.verdict] <= VERDICT_ORDER["ask"]:
            self._ask_the_tool(ruling)
        if ruling.verdict == "ask":
            await ask_person(session, ruling)
        is_too_late = session.stop.is_raised()  # also of a call beside this one that ended the run
        if is_too_late and ruling.verdict == "allow":
            ruling.settle("deny", "the run has ended", "run")
        session.log_event("permission", ruling.describe())
        if is_too_late:
            raise CancelledError
        if ruling.verdict != "allow":
            self._refuse(ruling)
        return ruling.arguments

    async def _consult(self, policy: CallPolicy, ruling: Ruling) -> None:
        """Ask one policy; whatever goes wrong is a denial."""
        session = self.session
        name = session.host.ports.name_of(policy)
        try:
            decision = await session.guard.ask(
                policy.decide,
                ruling.tool,
                ruling.show(),
                session.caller,
                seconds=session.host.defaults.port_timeout_s,
            )
            if not _is_decision(decision):
                raise TypeError(f"decide() gave {decision!r:.100}, not a Decision")  # noqa: TRY301 - one way to fail closed
            if decision.arguments is not None and decision.verdict in ("allow", "ask"):
                ruling.change(decision.arguments, name, decision.rule)
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything
            session.guard.note("policies", policy, error)
            ruling.tighten("deny", "a policy failed", "policy", name)
            return
        ruling.tighten(decision.verdict, decision.reason, "policy", name, decision.rule)

    def _ask_the_tool(self, ruling: Ruling) -> None:
        """Look whether the tool itself wants a person to allow this call, as it would run."""
        tool = ruling.tool
        rule = tool.needs_approval
        try:
            answer = rule(ruling.show()) if callable(rule) else rule
            is_asking = bool(answer)
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            self.session.guard.note("permission", tool.origin, error)
            ruling.tighten("deny", "its approval rule failed", "tool")
            return
        if is_asking:
            reason = answer if type(answer) is str else f"'{tool.name}' needs approval"
            ruling.tighten("ask", reason, "tool")

    def _refuse(self, ruling: Ruling) -> None:
        """Refuse a call, and end the run where the verdict says so.

        Raises:
            ToolPermissionError: With what the model is told.
            RunPausedError: The call waits for a person.
        """
        name, reason = ruling.tool.name, ruling.reason or "no reason given"
        if ruling.verdict == "ask":
            raise RunPausedError(f"'{name}' waits for a person: {reason}", call_ids=[ruling.call.id])
        if ruling.verdict == "terminate":
            message = f"the call of '{name}' was refused, which ends the run: {reason}"
            self.session.stop.stop(RunTerminatedError(message, tool=name, call_id=ruling.call.id))
            raise ToolPermissionError(message)
        raise ToolPermissionError(f"the call of '{name}' was denied: {reason}")


def _record_default(session: Session, tool: Tool, call: ToolCall) -> None:
    """Record that a call was allowed which nobody had anything to say about."""
    session.log_event(
        "permission",
        {
            "call_id": call.id,
            "tool": tool.name,
            "origin": tool.origin,
            "verdict": "allow",
            "reason": "",
            "decided_by": "default",
        },
    )


def _is_decision(answer: object) -> TypeGuard[Decision]:
    """Tell whether a policy's answer is one, word for word."""
    if not isinstance(answer, Decision):
        return False
    words: tuple[object, ...] = (answer.verdict, answer.reason, answer.rule)
    return all(type(word) is str for word in words) and answer.verdict in VERDICT_ORDER
