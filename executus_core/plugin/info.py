"""What is known of a plugin and of a port, for listings and messages."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from executus_core.plugin.portspec import PortSpec


class PluginState(str, Enum):  # noqa: UP042 - as RunStatus
    """How a plugin stands in a host."""

    ACTIVE = "active"
    DISABLED = "disabled"
    MISSING = "missing"
    INCOMPATIBLE = "incompatible"
    CONFLICT = "conflict"
    DRIFTED = "drifted"
    FAILED = "failed"

    def __str__(self) -> str:
        """Show the plain word."""
        return self.value


@frozen
class Provided:
    """One thing that a plugin provides.

    Attributes:
        kind: The port's name, "command" or "observer".
        name: The provider's, tool's, command's or hook's name.
        summary: One line for people, or "".
    """

    kind: str
    name: str
    summary: str = ""


@frozen
class Deprecation:
    """Something that a plugin implements and that will go.

    Attributes:
        hook: The hook.
        argument: The argument of the hook, or "" when the whole hook will go.
        advice: Since when, and what to use instead.
        file: Where the plugin implements it.
        line: The line of that file, counted from 1.
    """

    hook: str
    argument: str
    advice: str
    file: str
    line: int

    def __str__(self) -> str:
        """Say it in one sentence; a warning brings file and line by itself."""
        what = f"argument '{self.argument}' of '{self.hook}'" if self.argument else f"'{self.hook}'"
        return f"{what} is deprecated {self.advice}"


@frozen
class PluginInfo:
    """What a host knows of one plugin.

    Attributes:
        name: The plugin's name.
        state: How it stands.
        reason: Why it is not active, or "".
        problems: Everything that is wrong with it, one sentence each.
        summary: What it says of itself; "" when it was not imported.
        distribution: The distribution that ships it; "" for an unpackaged plugin.
        version: That distribution's version, or "".
        target: What the entry point names, or where an unpackaged plugin object was handed in.
        path: The folder of the distribution's metadata, or "".
        import_s: Seconds that importing it took.
        modules: Modules that importing it brought in, in order.
        provides: What it provides.
        deprecations: What it implements although it will go.
        detail: The traceback of a failure, or "".
        is_required: Whether the start is refused without it.
    """

    name: str
    state: PluginState
    reason: str = ""
    problems: tuple[str, ...] = ()
    summary: str = ""
    distribution: str = ""
    version: str = ""
    target: str = ""
    path: str = ""
    import_s: float = 0.0
    modules: tuple[str, ...] = field(default=(), repr=False)
    provides: tuple[Provided, ...] = ()
    deprecations: tuple[Deprecation, ...] = ()
    detail: str = field(default="", repr=False)
    is_required: bool = False

    @property
    def is_active(self) -> bool:
        """Whether it takes part."""
        return self.state is PluginState.ACTIVE

    @property
    def is_broken(self) -> bool:
        """Whether it was meant to take part and does not."""
        return self.state not in (PluginState.ACTIVE, PluginState.DISABLED)


@frozen
class PortInfo:
    """Who serves a port.

    Attributes:
        spec: The port.
        providers: Each as ``(plugin, provider)``, in order.
        why: Why these, and in this order; or what must be decided first.
        is_undecided: Whether something must be decided before a run may start.
    """

    spec: PortSpec
    providers: tuple[tuple[str, str], ...]
    why: str
    is_undecided: bool = False
