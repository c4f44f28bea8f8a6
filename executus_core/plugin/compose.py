"""Builds the providers of a host, in order, into ``Ports``, tools and model sources."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, cast  # noqa: TID251 - the fields of Ports go by name here

from attrs import evolve, field, frozen

from executus_core.errors import ConfigError, ExecutusError, PluginError
from executus_core.plugin.factory import call_factory
from executus_core.plugin.idle import find_idle_patterns
from executus_core.plugin.loading import describe
from executus_core.plugin.observer import PluginObserver
from executus_core.plugin.portspec import PORTS, Cardinality
from executus_core.ports.ports import Ports
from executus_core.record.run import Note, PluginUse
from executus_core.record.tool import Source, Tool

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from executus_core.permission.rules import RulePolicy
    from executus_core.plugin.host import PluginHost
    from executus_core.plugin.offers import Offer
    from executus_core.ports.model_source import ModelSource
    from executus_core.record.session import SessionToolFactory

logger: Final = logging.getLogger("executus.plugin")
_ELSEWHERE: Final = ("model", "tools", "session_tools", "config")


@frozen
class Built:
    """A provider that was built.

    Attributes:
        offer: Who offers it.
        provider: The object that serves the port.
    """

    offer: Offer
    provider: object


@frozen
class Composition:
    """What a host's plugins come to.

    Attributes:
        ports: The ports.
        models: Model sources, in order.
        tools: Installed tools.
        built: Every provider, in the order in which they open.
        left_out: Providers that could not be built and were left out.
        warnings: What looks like a mistake in ``[tools]`` and stops nothing.
    """

    ports: Ports
    models: tuple[ModelSource, ...]
    tools: tuple[Tool, ...]
    built: tuple[Built, ...] = field(repr=False)
    left_out: tuple[Note, ...] = ()
    warnings: tuple[str, ...] = ()


def compose(host: PluginHost, *, strict: bool = True) -> Composition:
    """Build every provider.

    Args:
        host: The host; its ports are decided.
        strict: Whether a clash of tools is an error; else both get the name of their plugin in front.

    Raises:
        PluginError: A provider that must not be left out can't be built.
        ConfigError: A plugin's settings are wrong, two tools or session tool packs have one name, or, where the
            configuration is strict, a pattern of ``[tools]`` means nothing.
    """
    left_out: list[Note] = []
    built: dict[str, list[Built]] = {}
    for name in host.arrangements:
        built[name], missing = build_port(host, name)
        left_out += missing
    tools = _name_tools(host, built["tools"], strict=strict)
    warnings = find_idle_patterns(host, tools)
    if warnings and host.configuration.plugins.strict:
        raise ConfigError("; ".join(warnings), problems=warnings)
    return Composition(
        ports=assemble(host, built),
        models=tuple(cast("ModelSource", one.provider) for one in built["model"]),
        tools=tools,
        built=tuple(one for several in built.values() for one in several),
        left_out=tuple(left_out),
        warnings=warnings,
    )


def build_port(host: PluginHost, name: str, *, imports: bool = True) -> tuple[list[Built], list[Note]]:
    """Build the providers of one port, in order, and say which were left out.

    Args:
        host: The host; its ports are decided.
        name: The port.
        imports: Whether to build those too that must be imported first.

    Raises:
        PluginError: A provider that must not be left out can't be built.
        ConfigError: A plugin's settings are wrong.
    """
    built: list[Built] = []
    left_out: list[Note] = []
    # the layers of settings were read while the host was made
    for offer in host.arrangements[name].offers if name != "config" else ():
        if not imports and isinstance(offer.provider.factory, str):
            continue
        try:
            built.append(Built(offer, _build(offer)))
        except PluginError as error:
            if must_serve(host, offer):
                raise
            left_out.append(leave_out(offer, error))
    return built, left_out


def build_tools(host: PluginHost, *, imports: bool = True) -> tuple[tuple[Tool, ...], list[Note]]:
    """Build the installed tools and nothing else, for listings; those that clash get the name of their plugin in front.

    Args:
        host: The host; its ports are decided.
        imports: Whether to build those too that must be imported first.

    Raises:
        PluginError: What is offered is no tool, or must not be left out and can't be built.
        ConfigError: A plugin's settings are wrong, or one plugin has two tools of one name.
    """
    built, left_out = build_port(host, "tools", imports=imports)
    return _name_tools(host, built, strict=False), left_out


def must_serve(host: PluginHost, offer: Offer) -> bool:
    """Tell whether a host must not start, or open, without what is offered."""
    table = host.configuration.plugins
    loud_enough = PORTS[offer.port].cardinality is Cardinality.MANY
    return not loud_enough or table.strict or offer.plugin in table.require


def leave_out(offer: Offer, error: BaseException) -> Note:
    """Leave a provider out, loudly."""
    said = str(error) if isinstance(error, ExecutusError) else describe(error)
    note = Note(offer.port, offer.plugin, f"'{offer.provider.name}' was left out: {said}")
    logger.warning("%s", note)
    return note


def assemble(host: PluginHost, built: Mapping[str, list[Built]]) -> Ports:
    """Put built providers into their places, and observers beside them."""
    filled: dict[str, Any] = {}
    for name, several in built.items():
        if name in _ELSEWHERE:
            continue
        providers = [one.provider for one in several]
        if not PORTS[name].is_single:
            filled[name] = providers
        elif providers:
            filled[name] = providers[0]
    active = host.active()
    hooks = {info.name: host.offered(info.name).observes for info in active}
    observers = [PluginObserver(name, observes) for name, observes in hooks.items() if observes]
    names = {id(one.provider): one.offer.plugin for several in built.values() for one in several}
    names |= {id(observer): observer.plugin for observer in observers}
    if host.configuration.has_permissions:
        rules = _rules_of(host)
        filled["policies"] = [*filled.get("policies", ()), rules]  # last: they see what would really run
        names[id(rules)] = "[permissions]"
    return Ports(
        **filled,
        session_tools=_session_tools(built["session_tools"]),
        observers=observers,
        plugins=tuple(PluginUse(info.name, info.distribution, info.version) for info in active),
        names=names,
    )


def _rules_of(host: PluginHost) -> RulePolicy:
    from executus_core.permission.rules import PermissionRule, RulePolicy  # noqa: PLC0415 - only a host that has rules needs it

    configuration = host.configuration
    rules = [
        PermissionRule(rule.tool, rule.verdict, rule.arguments, rule.reason, rule.place)
        for rule in configuration.permission_rules
    ]
    return RulePolicy(rules, default=configuration.permission_default)


def without(ports: Ports, one: Built) -> Ports:
    """Take one of many providers out again."""
    port = one.offer.port
    if port == "session_tools":
        packs = {name: pack for name, pack in ports.session_tools.items() if pack is not one.provider}
        return evolve(ports, session_tools=packs)
    if port in _ELSEWHERE:
        return ports
    changes: dict[str, Any] = {port: [held for held in getattr(ports, port) if held is not one.provider]}
    return evolve(ports, **changes)


def _build(offer: Offer) -> object:
    where = f"plugin '{offer.plugin}': provider '{offer.provider.name}' of port '{offer.port}'"
    try:
        provider = call_factory(offer.provider.factory, offer.context)
        lacking = [method for method in PORTS[offer.port].methods if not hasattr(provider, method)]
    except (KeyboardInterrupt, ConfigError):
        raise
    except BaseException as error:
        said = str(error) if isinstance(error, PluginError) else describe(error)
        raise PluginError(f"{where} can't be built: {said}", plugin=offer.plugin) from error
    if lacking:
        listed = " and ".join(f"'{method}'" for method in lacking)
        raise PluginError(
            f"{where} is a {type(provider).__name__}, which has no {listed}", plugin=offer.plugin
        )
    return provider


def _session_tools(built: list[Built]) -> dict[str, SessionToolFactory]:
    packs: dict[str, Built] = {}
    for one in built:
        name = one.offer.provider.name
        if name in packs:
            raise ConfigError(
                f"two session tool packs are named '{name}': of plugin '{packs[name].offer.plugin}' and of plugin "
                f"'{one.offer.plugin}'; disable one of them"
            )
        packs[name] = one
    return {name: cast("SessionToolFactory", one.provider) for name, one in packs.items()}


def _name_tools(host: PluginHost, built: list[Built], *, strict: bool) -> tuple[Tool, ...]:
    """Give each tool its name and its origin; packs that clash are told apart by their plugin's name, never in silence."""
    prefixed = set(host.configuration.prefixed)
    tools = [
        (one.offer.plugin, _as_brought(one.offer, tool, prefixed)) for one in built for tool in _tools_of(one)
    ]
    owners: dict[str, list[str]] = {}
    for plugin, tool in tools:
        owners.setdefault(tool.name, []).append(plugin)
    clashes = {name: plugins for name, plugins in owners.items() if len(plugins) > 1}
    if not clashes:
        return tuple(tool for _, tool in tools)
    problems = [
        f"two tools are named '{name}': of plugin '{plugins[0]}' and of plugin '{plugins[1]}'"
        for name, plugins in clashes.items()
    ]
    last = sorted({plugin for plugins in clashes.values() for plugin in plugins[1:]})
    listed = ", ".join(f'"{plugin}"' for plugin in last)
    example = f"{last[0]}__{next(iter(clashes))}"
    problems.append(
        f"to tell them apart: [tools] prefix = [{listed}] in {host.configuration.file} makes it '{example}'"
    )
    if strict or any(len(set(plugins)) < len(plugins) for plugins in clashes.values()):
        raise ConfigError("; ".join(problems), problems=problems)
    for problem in problems:
        logger.warning("%s", problem)
    return tuple(
        evolve(tool, name=f"{plugin}__{tool.name}") if tool.name in clashes else tool
        for plugin, tool in tools
    )


def _as_brought(offer: Offer, tool: Tool, prefixed: Collection[str]) -> Tool:
    """Say of a tool what brings it, whatever it says of that itself."""
    plugin = offer.plugin
    name = f"{plugin}__{tool.name}" if plugin in prefixed else tool.name
    source = Source(plugin, offer.provider.name, offer.context.distribution)
    return evolve(tool, origin=plugin, source=source, name=name)


def _tools_of(one: Built) -> list[Tool]:
    is_pack = hasattr(one.provider, "__iter__")
    made = list(cast("Iterable[object]", one.provider)) if is_pack else [one.provider]
    strangers = [type(item).__name__ for item in made if not isinstance(item, Tool)]
    if strangers:
        raise PluginError(
            f"plugin '{one.offer.plugin}': '{one.offer.provider.name}' gives a {strangers[0]}, not a tool; "
            "decorate the function with @tool",
            plugin=one.offer.plugin,
        )
    return cast("list[Tool]", made)
