"""Rules of ``[permissions]`` with the place where each stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from executus_core.config.tables import ConfigurationTables
    from executus_core.record.permission import Verdict


@frozen
class PlacedRule:
    """One rule about tool calls.

    Attributes:
        tool: Pattern of the tools that it is about.
        arguments: Globs that single arguments must match, by name.
        verdict: What happens to a call that matches.
        reason: Why, for the model or the person.
        source: Where it stands, for messages: a path, "environment", "code" or "plugin 'NAME'".
        position: Which rule of that place it is, counted from 1.
    """

    tool: str
    arguments: Mapping[str, str]
    verdict: Verdict
    reason: str
    source: str
    position: int

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"rule {self.position} of {self.source}"


def place_rules(tables: Iterable[tuple[str, ConfigurationTables]]) -> Iterator[PlacedRule]:
    """Give the rules of several sources in their order, each with the name of its source."""
    for source, table in tables:
        for position, rule in enumerate(table.permissions.rules, start=1):
            yield PlacedRule(rule.tool, rule.arguments, rule.verdict, rule.reason, source, position)
