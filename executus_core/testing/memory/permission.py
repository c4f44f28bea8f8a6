"""A policy and an approver that answer from a script, and standing approvals in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from executus_core.permission.memory import ApprovalMemory
from executus_core.record.permission import Approval, Decision
from executus_core.testing.watch import watch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from executus_core.record.caller import Caller
    from executus_core.record.permission import ApprovalRequest, StandingApproval, Verdict
    from executus_core.record.tool import Tool

__all__ = ["MemoryStandingApprovals", "PolicyQuestion", "ScriptedApprover", "ScriptedPolicy"]

Rule: TypeAlias = "Verdict | Decision | Callable[[Mapping[str, object], Caller], Decision]"
Answer: TypeAlias = (
    "Verdict | Approval | BaseException | Callable[[ApprovalRequest], Approval | Awaitable[Approval]]"
)


@frozen
class PolicyQuestion:
    """A call that a policy was asked about."""

    tool: str
    arguments: Mapping[str, object]
    caller: Caller


class ScriptedPolicy:
    """Decides by the tool's name.

    Attributes:
        questions: What it was asked about, in order.
    """

    def __init__(self, rules: Mapping[str, Rule] | None = None, *, otherwise: Rule = "allow") -> None:
        """Keep the rules.

        Args:
            rules: What to decide, by the tool's name: a word, a decision, or a function of arguments and caller.
            otherwise: What to decide about any other tool.
        """
        self.questions: list[PolicyQuestion] = []
        self._rules: dict[str, Rule] = dict(rules or {})
        self._otherwise: Rule = otherwise

    async def decide(self, tool: Tool, arguments: Mapping[str, object], caller: Caller) -> Decision:
        """Decide about one call."""
        self.questions.append(PolicyQuestion(tool.name, arguments, caller))
        rule = self._rules.get(tool.name, self._otherwise)
        if isinstance(rule, Decision):
            return rule
        if callable(rule):
            return rule(arguments, caller)
        return Decision(rule, "" if rule == "allow" else f"the scripted policy says {rule} for '{tool.name}'")


class ScriptedApprover:
    """Answers questions to a person, one entry of the script per question; as strict as ``ScriptedModel``.

    Attributes:
        requests: What it was asked, in order.
    """

    def __init__(self, script: Iterable[Answer] = (), *, strict: bool = True) -> None:
        """Keep the script.

        Args:
            script: A word, an approval, an exception to raise, or a function of the request, for each expected question.
            strict: Whether the pytest plugin checks it when the test ends.
        """
        self.requests: list[ApprovalRequest] = []
        self._script: list[Answer] = list(script)
        if strict:
            watch(self)

    async def approve(self, request: ApprovalRequest) -> Approval:
        """Give the next answer.

        Raises:
            AssertionError: The script has no answer left.
        """
        self.requests.append(request)
        if len(self.requests) > len(self._script):
            raise AssertionError(self.problems()[0])
        answer = self._script[len(self.requests) - 1]
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Approval):
            return answer
        if callable(answer):
            given = answer(request)
            return given if isinstance(given, Approval) else await given
        return Approval(answer, "" if answer == "allow" else f"the scripted approver says {answer}")

    def problems(self) -> list[str]:
        """Say whether it was asked more or less than its script says."""
        asked, expected = len(self.requests), len(self._script)
        if asked == expected:
            return []
        tools = ", ".join(f"'{request.tool}'" for request in self.requests) or "nothing"
        return [f"ScriptedApprover got {asked} of the {expected} questions of its script, about {tools}"]


class MemoryStandingApprovals(ApprovalMemory):
    """Keeps standing approvals in memory, those for always too."""

    def __init__(self, approvals: Iterable[StandingApproval] = ()) -> None:
        """Begin with some.

        Args:
            approvals: What was granted before, oldest first.
        """
        super().__init__()
        for approval in approvals:
            self.add(approval)

    @property
    def approvals(self) -> list[StandingApproval]:
        """Everything that is kept, of all callers, oldest first."""
        return list(self.held)
