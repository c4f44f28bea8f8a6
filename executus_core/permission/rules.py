"""A policy of ordered rules over tools and their arguments: the first that matches decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from executus_core.errors import ConfigError, did_you_mean
from executus_core.permission.match import ArgumentGlob
from executus_core.record.permission import VERDICT_ORDER, Decision
from executus_core.record.toolpattern import ToolPattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from executus_core.record.caller import Caller
    from executus_core.record.permission import Verdict
    from executus_core.record.tool import Tool


def _pattern(text: str) -> ToolPattern:
    return ToolPattern.parse(text)


def _globs(arguments: Mapping[str, str]) -> dict[str, ArgumentGlob]:
    return {name: ArgumentGlob(text) for name, text in arguments.items()}


@frozen
class PermissionRule:
    """One rule.

    Attributes:
        tool: Which tools it is about, as in ``[tools] allow``: a glob over names, or ``plugin:NAME`` and the like.
        verdict: "allow", "ask", "deny", or "terminate", which ends the run.
        arguments: Globs that single arguments must match, all of them; an argument that the call does not have matches none.
        reason: For a refusal, what the model is told; for a question, what the person is told.
        source: Where it stands, for the audit record.
    """

    tool: ToolPattern = field(converter=_pattern)
    verdict: Verdict
    arguments: Mapping[str, ArgumentGlob] = field(converter=_globs, factory=dict[str, "ArgumentGlob"])
    reason: str = ""
    source: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a verdict that does not exist, since a typo must not open a door."""
        if self.verdict not in VERDICT_ORDER:
            raise ConfigError(
                f"a rule's verdict is {self.verdict!r}.{did_you_mean(str(self.verdict), VERDICT_ORDER)}"
            )

    def matches(self, tool: Tool, arguments: Mapping[str, object]) -> bool:
        """Tell whether it speaks of this call."""
        if not self.tool.matches(tool):
            return False
        is_allowing = self.verdict == "allow"
        return all(
            name in arguments and (glob.allows if is_allowing else glob.catches)(arguments[name])
            for name, glob in self.arguments.items()
        )


class RulePolicy:
    """Decides by ordered rules: the first that matches, else the default."""

    def __init__(self, rules: Iterable[PermissionRule] = (), *, default: Verdict = "ask") -> None:
        """Keep the rules.

        Args:
            rules: The rules, in order.
            default: What holds for a call that no rule speaks of.

        Raises:
            ConfigError: The default is no verdict.
        """
        if default not in VERDICT_ORDER:
            raise ConfigError(f"the default is {default!r}.{did_you_mean(str(default), VERDICT_ORDER)}")
        self._rules = tuple(rules)
        self._default: Verdict = default

    @property
    def rules(self) -> tuple[PermissionRule, ...]:
        """The rules, in order."""
        return self._rules

    async def decide(self, tool: Tool, arguments: Mapping[str, object], caller: Caller) -> Decision:  # noqa: ARG002 - as the port says
        """Follow the first rule that matches."""
        for position, rule in enumerate(self._rules, start=1):
            if rule.matches(tool, arguments):
                reason = rule.reason or _reason_of(rule.verdict, tool)
                return Decision(rule.verdict, reason, rule=rule.source or f"rule {position}")
        reason = (
            "" if self._default == "allow" else f"no rule of the host's speaks of this call of '{tool.name}'"
        )
        return Decision(self._default, reason, rule="default")


def _reason_of(verdict: Verdict, tool: Tool) -> str:
    """Say something where the rule says nothing."""
    words = {"allow": "", "ask": "asks about it", "deny": "denies it", "terminate": "ends the run over it"}
    return f"a rule of the host's for '{tool.name}' {words[verdict]}" if words[verdict] else ""
