"""Stages 1 and 2 of permission: which tools a run may have. Every tool passes here, wherever it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, frozen

from executus_core.record.tool import VISIBILITY_ORDER
from executus_core.record.toolpattern import EVERYTHING, NAME, ToolPattern, parse_patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from executus_core.record.caller import Caller
    from executus_core.record.tool import Source, Tool, Visibility


@frozen
class HostLists:
    """What a host lets its agents use at all; deny wins.

    Attributes:
        allow: Only these may be used.
        deny: These may not.
    """

    allow: tuple[ToolPattern, ...]
    deny: tuple[ToolPattern, ...]

    @classmethod
    def parse(cls, allow: Iterable[str] = EVERYTHING, deny: Iterable[str] = ()) -> HostLists:
        """Read both lists.

        Raises:
            ConfigError: A pattern is wrong.
        """
        return cls(parse_patterns(allow), parse_patterns(deny))

    def find_refusal(self, tool: Tool) -> str:
        """Say why the host does not let a tool be used, or ""."""
        for pattern in self.deny:
            if pattern.matches(tool):
                return f"the host denies '{pattern.text}'"
        if any(pattern.matches(tool) for pattern in self.allow):
            return ""
        return "the host's allow list does not name it"

    def find_refusal_of_all(self, source: Source) -> str:
        """Say why the host lets nothing be used that comes from somewhere, or "" when some of it may be let through."""
        for pattern in self.deny:
            if pattern.text in EVERYTHING or pattern.matches_source(source):
                return f"the host denies '{pattern.text}'"
        if any(pattern.kind == NAME or pattern.matches_source(source) for pattern in self.allow):
            return ""
        return "the host's allow list does not name it"


@frozen
class Narrowing:
    """The only tools that one run may have.

    Attributes:
        patterns: The tools.
        reason: Why another one is left out, for people.
    """

    patterns: tuple[ToolPattern, ...]
    reason: str

    @classmethod
    def parse(cls, patterns: Iterable[str], reason: str) -> Narrowing:
        """Read the patterns.

        Raises:
            ConfigError: One of them is wrong.
        """
        return cls(parse_patterns(patterns), reason)


@define(eq=False)
class Admission:
    """What stages 1 and 2 of permission look at in one run.

    Attributes:
        lists: What the host lets be used at all.
        visibility: How far the surface reaches.
        caller: Who the run is for.
        narrowings: What this run, and each one that it is inside of, may have; all of them must name a tool.
    """

    lists: HostLists
    visibility: Visibility
    caller: Caller
    narrowings: Sequence[Narrowing] = ()

    def find_refusal(self, tool: Tool) -> str:
        """Say why a tool is not for this run, or ""."""
        return self._find_why_not_offered(tool) or self._find_why_not_granted(tool)

    def _find_why_not_offered(self, tool: Tool) -> str:
        if VISIBILITY_ORDER[tool.visibility] < VISIBILITY_ORDER[self.visibility]:
            return f"it is only safe on a {tool.visibility} surface"
        return self.lists.find_refusal(tool)

    def _find_why_not_granted(self, tool: Tool) -> str:
        caller = self.caller
        if tool.scopes and not caller.holds(tool.scopes):
            lacking = ", ".join(sorted(tool.scopes - caller.scopes))
            return f"the caller '{caller.id}' lacks the scopes {lacking}"
        for narrowing in self.narrowings:
            if not any(pattern.matches(tool) for pattern in narrowing.patterns):
                return narrowing.reason
        return ""
