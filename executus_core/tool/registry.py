"""The tools of a host, and the first two stages of permission."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, cast

from attrs import define, field, frozen

from executus_core.errors import ConfigError, did_you_mean
from executus_core.llm.exchange import ToolSpec
from executus_core.record.toolpattern import EVERYTHING
from executus_core.tool.admission import Admission, HostLists, Narrowing
from executus_core.tool.toolset import check_is_tool, describe_clash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from executus_core.record.caller import Caller
    from executus_core.record.invocation import Invocation
    from executus_core.record.tool import Tool, Visibility


def is_glob(name: str) -> bool:
    """Tell whether an agent means several tools by a name."""
    return any(character in name for character in "*?[")


@frozen
class LeftOut:
    """A tool, or a pack of them, that an agent names and may not use in this run.

    Attributes:
        name: The tool.
        reason: Why, for people.
    """

    name: str
    reason: str


@define(eq=False)
class Toolbox:
    """All tools of one run, by name. ``add`` is the only way in, and what it adds has passed stages 1 and 2 of permission.

    Attributes:
        admission: Who may have what in this run.
        tools: Tools by name, in the order they were added.
        left_out: Tools that the run would have and that were not granted.
        specs: Once sealed, the tools as a model sees them.
        asks_for_approval: Once sealed, whether a call of any tool may need a person.
    """

    admission: Admission = field(repr=False)
    tools: dict[str, Tool] = field(factory=cast("Callable[[], dict[str, Tool]]", dict))
    left_out: list[LeftOut] = field(factory=cast("type[list[LeftOut]]", list))
    specs: tuple[ToolSpec, ...] = field(default=(), init=False)
    asks_for_approval: bool = field(default=False, init=False)

    def seal(self) -> None:
        """Work out what each run would ask; nothing is added after this."""
        self.specs = tuple(
            ToolSpec(tool.name, tool.description, tool.parameters) for tool in self.tools.values()
        )
        self.asks_for_approval = any(tool.needs_approval is not False for tool in self.tools.values())

    def add(self, tool: Tool) -> None:
        """Add a tool, or leave it out with the reason when it is not for this run.

        Raises:
            ConfigError: When the name is taken, naming both origins.
        """
        if reason := self.admission.find_refusal(tool):
            self.left_out.append(LeftOut(tool.name, reason))
            return
        present = self.tools.setdefault(tool.name, tool)
        if present is not tool:
            raise ConfigError(
                f"{describe_clash(present, tool)}; rename one, or name only one of them in the agent's tools"
            )


class ToolRegistry:
    """The tools that a host has. Adding offers nothing to a model by itself: agents name what they use."""

    def __init__(
        self, tools: Iterable[Tool] = (), *, allow: Iterable[str] = EVERYTHING, deny: Iterable[str] = ()
    ) -> None:
        """Take tools.

        Args:
            tools: The tools to start with.
            allow: Patterns of the tools that may be offered at all; see ``ToolPattern``.
            deny: Patterns of those that may not; deny wins.

        Raises:
            ConfigError: Two tools have one name, or a pattern is wrong.
        """
        self._tools: dict[str, Tool] = {}
        self.version: int = 0
        """Grows with each tool that is added."""
        self.lists: HostLists = HostLists.parse(allow, deny)
        """What the host lets be used at all."""
        for tool in tools:
            self.add(tool)

    def __iter__(self) -> Iterator[Tool]:
        """Go through the tools in order of name."""
        return iter([self._tools[name] for name in self.names()])

    def __len__(self) -> int:
        """Count the tools."""
        return len(self._tools)

    def add(self, tool: Tool) -> None:
        """Add a tool.

        Raises:
            ConfigError: When it is not a tool, or its name is taken by another one.
        """
        check_is_tool(tool)
        present = self._tools.setdefault(tool.name, tool)
        if present is not tool:
            raise ConfigError(f"{describe_clash(present, tool)}; rename one")
        self.version += 1

    def names(self) -> list[str]:
        """List the names of all tools, sorted."""
        return sorted(self._tools)

    def find(self, name: str) -> Tool | None:
        """Find a tool by its name, or give None."""
        return self._tools.get(name)

    def get(self, name: str) -> Tool:
        """Get a tool by its name.

        Raises:
            ConfigError: When there is none, with the nearest name.
        """
        tool = self._tools.get(name)
        if tool is None:
            raise ConfigError(f"there is no tool named '{name}'.{did_you_mean(name, self._tools)}")
        return tool

    def with_tools(self, tools: Iterable[Tool]) -> ToolRegistry:
        """Make a registry of other tools under the same allow and deny lists."""
        registry = ToolRegistry(tools)
        registry.lists = self.lists
        return registry

    async def build(
        self,
        names: Iterable[str],
        invocation: Invocation,
        caller: Caller,
        visibility: Visibility | None = None,
        *,
        inside: Iterable[Narrowing] = (),
    ) -> Toolbox:
        """Build the toolbox of a run from the names and globs of an agent.

        A tool is offered when the surface reaches no further than the tool's visibility and the host allows it (stage 1),
        and granted when the caller holds its scopes and the run is not narrowed to others (stage 2). The rest is left out,
        with the reason. What is added to the toolbox later passes the same two stages.

        Args:
            names: Names and globs.
            invocation: How the run is started.
            caller: Who it is for.
            visibility: How far the surface reaches; the invocation's by default.
            inside: What the runs that this one is inside of may have; it gets no more.

        Raises:
            ConfigError: A name that is not a glob is not known.
        """
        narrowings = [*inside]
        if invocation.allowed_tools is not None:
            narrowings.append(
                Narrowing.parse(invocation.allowed_tools, "the run's allowed_tools do not name it")
            )
        toolbox = Toolbox(Admission(self.lists, visibility or invocation.visibility, caller, narrowings))
        for tool in self._named(names):
            toolbox.add(tool)
        return toolbox

    def _named(self, names: Iterable[str]) -> list[Tool]:
        found: dict[str, Tool] = {}
        for name in names:
            tool = self._tools.get(name)
            if tool is not None:
                found[name] = tool
            elif is_glob(name):
                found.update(
                    {known: self._tools[known] for known in self.names() if fnmatchcase(known, name)}
                )
            else:
                raise ConfigError(f"there is no tool named '{name}'.{did_you_mean(name, self._tools)}")
        return list(found.values())
