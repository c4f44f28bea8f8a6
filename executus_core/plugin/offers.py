"""What a plugin's registration hooks offer: providers, tools and commands, before anything of it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from attrs import define, field, frozen

from executus_core.errors import PluginError
from executus_core.plugin.info import Provided
from executus_core.plugin.portspec import COMMANDS_HOOK, OBSERVATION_HOOKS, PORTS
from executus_core.record.plugin import Provider

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from executus_core.plugin.validation import Hook
    from executus_core.record.plugin import PluginContext


@frozen
class Offer:
    """One provider, or one tool, that a plugin offers.

    Attributes:
        context: The plugin's context; its factory may ask for it.
        port: The port.
        provider: How to build it.
    """

    context: PluginContext
    port: str
    provider: Provider

    @property
    def plugin(self) -> str:
        """Name of the plugin that offers it."""
        return self.context.plugin

    @property
    def names(self) -> tuple[str, ...]:
        """What ``[ports]`` may call it."""
        return (self.plugin, self.provider.name, f"{self.plugin}/{self.provider.name}")


@frozen
class Command:
    """A command that a plugin offers.

    Attributes:
        plugin: The plugin's name.
        name: What people type.
        target: The click command as ``"module:attribute"``.
        help: One line for the list of commands.
    """

    plugin: str
    name: str
    target: str
    help: str


@define(eq=False)
class Commands:
    """The registry that ``executus_register_commands`` is given."""

    plugin: str
    commands: list[Command] = field(factory=list[Command])

    def add(self, name: str, target: str, *, help: str) -> None:  # noqa: A002 - the command line's word
        """Add a command; see ``executus_core.hookspecs``."""
        if ":" not in target:
            raise PluginError(
                f"command '{name}' names '{target}'; write 'module:attribute'", plugin=self.plugin
            )
        self.commands.append(Command(self.plugin, name, target, help))


@frozen
class Offered:
    """All that a plugin offers.

    Attributes:
        offers: Providers, in the order in which they were yielded.
        commands: Commands.
        observes: Observation hooks.
    """

    offers: tuple[Offer, ...]
    commands: tuple[Command, ...]
    observes: tuple[Hook, ...]

    @property
    def provides(self) -> tuple[Provided, ...]:
        """The same, for listings."""
        return (
            *(Provided(one.port, one.provider.name, one.provider.summary) for one in self.offers),
            *(Provided("command", one.name, one.help) for one in self.commands),
            *(Provided("observer", one.name.removeprefix("executus_")) for one in self.observes),
        )


def collect(hooks: Sequence[Hook], context: PluginContext) -> Offered:
    """Call a plugin's registration hooks.

    Raises:
        PluginError: A hook yields what is no provider, or one name twice.
        BaseException: Whatever a hook raises.
    """
    offers: list[Offer] = []
    registry = Commands(context.plugin)
    by_hook = {spec.hook: spec.name for spec in PORTS.values()}
    for hook in hooks:
        if hook.name in by_hook:
            offers += _read(hook, by_hook[hook.name], context)
        elif hook.name == COMMANDS_HOOK:
            hook.call(registry=registry)
    observes = tuple(hook for hook in hooks if hook.name in OBSERVATION_HOOKS)
    return Offered(tuple(offers), tuple(registry.commands), observes)


def _read(hook: Hook, port: str, context: PluginContext) -> list[Offer]:
    yielded = hook.call(context=context)
    if yielded is None:
        return []
    items = _each(yielded)
    if port == "tools":
        items = [one for item in items for one in _each(item)]  # a toolset, or a list of tools, is its tools
    offers = [Offer(context, port, _as_provider(item, hook, port)) for item in items]
    names = [offer.provider.name for offer in offers]
    for name in names:
        if names.count(name) > 1:
            raise PluginError(f"'{hook.name}' offers '{name}' twice", plugin=context.plugin)
    return offers


def _each(several: object) -> list[object]:
    return list(cast("Iterable[object]", several)) if hasattr(several, "__iter__") else [several]


def _as_provider(item: object, hook: Hook, port: str) -> Provider:
    if isinstance(item, Provider):
        return item
    if port == "tools":
        from executus_core.record.tool import Tool  # noqa: PLC0415 - whoever offers a tool has imported it

        if isinstance(item, Tool):
            return Provider(item.name, lambda: item, item.description.partition("\n")[0])
    offered = "a Provider" if port != "tools" else "a Tool or a Provider"
    raise PluginError(
        f"'{hook.name}' yields a {type(item).__name__}; yield {offered}: Provider(name, factory)"
    )
