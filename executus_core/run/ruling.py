"""What stage 3 of permission has found out about one call so far, and how it is written down."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from attrs import define, field

from executus_core.permission.canonical import as_json, write_arguments
from executus_core.record.permission import VERDICT_ORDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from executus_core.llm.json import JsonObject, JsonValue
    from executus_core.llm.message import ToolCall
    from executus_core.record.permission import Verdict
    from executus_core.record.tool import Tool

DecidedBy: TypeAlias = Literal[
    "default", "tool", "policy", "standing approval", "person", "approver", "nobody", "run"
]
"""Who decided: nobody had to (default), the tool's own approval rule, a policy, an approval that goes on to hold, a person,
an approver that failed, nobody who could have, or the run, which had ended."""

_UNCHANGING: Final = frozenset({str, int, float, bool, type(None)})


@define(eq=False)
class Ruling:
    """One call under judgement.

    Attributes:
        tool: The tool.
        call: The call as the model wrote it.
        arguments: The validated arguments with which it would run.
        text: The JSON that they were validated from.
        verdict: The strictest so far.
        reason: Why.
        decided_by: Who said so.
        decider: Which one of those, by name.
        rule: Which rule of it.
        asked_by: Who wanted a person to be asked.
        changes: What policies changed about the arguments, in order.
        details: What else the record should say.
    """

    tool: Tool
    call: ToolCall
    arguments: Mapping[str, object]
    text: str
    verdict: Verdict = "allow"
    reason: str = ""
    decided_by: DecidedBy = "default"
    decider: str = ""
    rule: str = ""
    asked_by: str = ""
    changes: list[JsonValue] = field(factory=cast("type[list[JsonValue]]", list))
    details: dict[str, JsonValue] = field(factory=cast("Callable[[], dict[str, JsonValue]]", dict))

    def settle(
        self, verdict: Verdict, reason: str, decided_by: DecidedBy, decider: str = "", rule: str = ""
    ) -> None:
        """Take a verdict that holds whatever was said before."""
        self.verdict, self.reason = verdict, reason
        self.decided_by, self.decider, self.rule = decided_by, decider, rule
        if verdict == "ask":
            self.asked_by = decider or decided_by

    def tighten(
        self, verdict: Verdict, reason: str, decided_by: DecidedBy, decider: str = "", rule: str = ""
    ) -> None:
        """Take a verdict that is stricter than the one before, or the first that says who allowed."""
        is_stricter = VERDICT_ORDER[verdict] > VERDICT_ORDER[self.verdict]
        if is_stricter or (verdict == self.verdict and self.decided_by == "default"):
            self.settle(verdict, reason, decided_by, decider, rule)

    def show(self) -> Mapping[str, object]:
        """Give the arguments to somebody else: nobody changes through them what runs."""
        if all(type(value) in _UNCHANGING for value in self.arguments.values()):
            return MappingProxyType(self.arguments)
        return MappingProxyType(self.tool.handler.validate(self.text))

    def change(self, wanted: Mapping[str, object], policy: str, rule: str) -> None:
        """Take other arguments in place of those so far.

        Raises:
            ValueError: They are no JSON.
            ToolArgumentError: The tool does not take them.
        """
        text = write_arguments(wanted)
        changed = self.tool.handler.validate(text)
        before, after = differences(self.arguments, changed)
        if not before and not after:
            return
        self.changes.append({"policy": policy, "rule": rule, "before": before, "after": after})
        self.arguments, self.text = changed, text

    def describe(self) -> dict[str, JsonValue]:
        """Write it down for the audit record; what there is nothing to say of is left out."""
        told: dict[str, JsonValue] = {
            "call_id": self.call.id,
            "tool": self.tool.name,
            "origin": self.tool.origin,
            "verdict": self.verdict,
            "reason": self.reason,
            "decided_by": self.decided_by,
        }
        more: dict[str, JsonValue] = {"decider": self.decider, "rule": self.rule, "asked_by": self.asked_by}
        told.update({name: words for name, words in more.items() if words})
        if self.changes:
            told["changed"] = list(self.changed)
            told["changes"] = list(self.changes)
        return {**told, **self.details}

    @property
    def changed(self) -> list[str]:
        """The names of the arguments that policies changed."""
        sides = ("before", "after")
        changes = cast("list[Mapping[str, Mapping[str, JsonValue]]]", self.changes)
        return sorted({name for change in changes for side in sides for name in change[side]})


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[JsonObject, JsonObject]:
    """Give, of two sets of arguments, what differs: as it was, and as it is."""
    names = [name for name in {**before, **after} if _differs(name, before, after)]
    sides = ({name: _written(side[name]) for name in names if name in side} for side in (before, after))
    return next(sides), next(sides)


def _differs(name: str, before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    if name not in before or name not in after:
        return True
    return type(before[name]) is not type(after[name]) or before[name] != after[name]


def _written(value: object) -> JsonValue:
    try:
        return as_json(value)
    except ValueError:
        return f"a {type(value).__name__}"
