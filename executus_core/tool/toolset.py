"""Toolsets: tools chosen, renamed, put behind a person's approval, and put together.

Every wrapper makes new tools of those that it is given and leaves these as they are. It never loosens anything: visibility,
scopes, effect, time-outs, approval rules and what brought a tool all survive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from attrs import evolve

from executus_core.errors import ConfigError, did_you_mean
from executus_core.record.tool import TOOL_NAME, Tool
from executus_core.record.toolpattern import parse_patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from executus_core.record.tool import ApprovalRule

Keep: TypeAlias = "Iterable[str] | Callable[[Tool], bool]"
"""Which tools to keep: patterns as in a host's allow list, or a predicate."""


class Toolset:
    """Tools in their order, each name once.

    Wherever a toolset is taken, any iterable of tools is, and the other way round: in ``ToolRegistry(...)``,
    ``Executor(registry=...)``, ``Invocation.extra_tools``, ``SessionTools``, and from a plugin's ``executus_provide_tools``.

    Attributes:
        tools: The tools.
    """

    def __init__(self, tools: Iterable[Tool]) -> None:
        """Take the tools.

        Raises:
            ConfigError: One is no tool, or two have one name; with both origins.
        """
        found: dict[str, Tool] = {}
        for tool in tools:
            check_is_tool(tool)
            present = found.setdefault(tool.name, tool)
            if present is not tool:
                raise ConfigError(f"{describe_clash(present, tool)}; rename one")
        self.tools: tuple[Tool, ...] = tuple(found.values())

    def __iter__(self) -> Iterator[Tool]:
        """Go through the tools."""
        return iter(self.tools)

    def __len__(self) -> int:
        """Count the tools."""
        return len(self.tools)

    def __repr__(self) -> str:
        """Show the names."""
        return f"<{type(self).__name__} {', '.join(tool.name for tool in self.tools)}>"


class FilteredToolset(Toolset):
    """Some of the tools.

    Example:
        ``FilteredToolset(files, ["read_*", "list_files"])``, ``FilteredToolset(tools, lambda tool: tool.effect == "pure")``
    """

    def __init__(self, tools: Iterable[Tool], keep: Keep) -> None:
        """Keep the tools that a pattern means, or that a predicate is true of.

        Raises:
            ConfigError: A pattern is wrong.
        """
        super().__init__(filter(keep if callable(keep) else _match(keep), tools))


class PrefixedToolset(Toolset):
    """The tools with a word and two underscores before each name: ``docs__search``."""

    def __init__(self, tools: Iterable[Tool], prefix: str) -> None:
        """Put the prefix before each name.

        Raises:
            ConfigError: What comes of it is no name of a tool.
        """
        super().__init__(_rename(tool, f"{prefix}__{tool.name}") for tool in tools)


class RenamedToolset(Toolset):
    """The tools, some under other names."""

    def __init__(self, tools: Iterable[Tool], names: Mapping[str, str]) -> None:
        """Give each tool that stands in ``names`` the name that stands there for it.

        Raises:
            ConfigError: There is no tool of a name, or a new one is taken, or no name of a tool.
        """
        given = tuple(tools)
        known = [tool.name for tool in given]
        for name in names:
            if name not in known:
                raise ConfigError(f"there is no tool named '{name}' to rename.{did_you_mean(name, known)}")
        super().__init__(_rename(tool, names.get(tool.name, tool.name)) for tool in given)


class ApprovalRequiredToolset(Toolset):
    """The tools, asking a person before each call, or before those that a rule is true of.

    A tool that has a rule of its own asks when either does.
    """

    def __init__(self, tools: Iterable[Tool], *, rule: ApprovalRule = True) -> None:
        """Put the tools behind a person's approval."""
        super().__init__(evolve(tool, needs_approval=_either(tool.needs_approval, rule)) for tool in tools)


class CombinedToolset(Toolset):
    """The tools of several sets, one set after the other."""

    def __init__(self, *toolsets: Iterable[Tool]) -> None:
        """Put them together.

        Raises:
            ConfigError: Two tools have one name; with both origins.
        """
        super().__init__(tool for toolset in toolsets for tool in toolset)


def check_is_tool(item: object) -> None:
    """Check that something is a tool.

    Raises:
        ConfigError: It is not.
    """
    if not isinstance(item, Tool):
        raise ConfigError(f"{item!r:.100} is not a Tool; decorate the function with @tool")


def describe_clash(one: Tool, other: Tool) -> str:
    """Say which two tools have one name."""
    return f"two tools are named '{one.name}': one from {one.origin}, one from {other.origin}"


def _match(patterns: Iterable[str]) -> Callable[[Tool], bool]:
    parsed = parse_patterns(patterns)
    return lambda tool: any(pattern.matches(tool) for pattern in parsed)


def _rename(tool: Tool, name: str) -> Tool:
    if not TOOL_NAME.fullmatch(name):
        raise ConfigError(
            f"tool '{tool.name}' from {tool.origin} can't be named '{name}': a name is 1 to 64 of letters, digits, "
            "'_' and '-'"
        )
    return evolve(tool, name=name)


def _either(one: ApprovalRule, other: ApprovalRule) -> ApprovalRule:
    """Ask when one of two rules asks; a rule that fails refuses the call, as it does alone."""
    if one is True or other is True:
        return True
    if not callable(one):
        return other
    if not callable(other):
        return one
    return lambda arguments: one(arguments) or other(arguments)
