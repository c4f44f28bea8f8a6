"""Patterns of the settings that mean nothing which is installed: most likely a slip, and one that leaves a door open."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from executus_core.plugin.info import PluginState
from executus_core.record.tool import Source
from executus_core.record.toolpattern import NAME, ToolPattern

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.plugin.host import PluginHost
    from executus_core.record.tool import Tool


def find_idle_patterns(host: PluginHost, tools: Sequence[Tool]) -> tuple[str, ...]:
    """Find the patterns of the host's allow and deny lists and of its rules that mean nothing which is installed.

    The names of a session pack's tools, and of what palettes know, are only made with a run. Where there is one of these, a
    glob over names is found idle only when it is nearly the name of a tool.

    Args:
        host: The host; its ports are decided.
        tools: The installed tools.
    """
    configuration = host.configuration
    lists = [("allow", pattern) for pattern in configuration.allowed_tools]
    lists += [("deny", pattern) for pattern in configuration.denied_tools]
    written = [
        (f"{configuration.source('tools', key, text)}: [tools] {key} names '{text}'", text)
        for key, text in lists
    ]
    written += [
        (f"{rule.source}: rule {rule.position} of [permissions] is about '{rule.tool}'", rule.tool)
        for rule in configuration.permission_rules
    ]
    found = ((words, _find_idle(host, ToolPattern.parse(text), tools)) for words, text in written)
    return tuple(f"{words}, which means {said}" for words, said in found if said)


def _find_idle(host: PluginHost, pattern: ToolPattern, tools: Sequence[Tool]) -> str:
    """Say what a pattern does not mean, with the nearest that it could, or "" when it means something."""
    if pattern.text == "*" or any(pattern.matches(tool) for tool in tools):
        return ""
    if pattern.kind == NAME:
        near = _nearest(pattern.glob, [tool.name for tool in tools])
        more_to_come = any(host.arrangements[port].offers for port in ("session_tools", "palette"))
        return "" if more_to_come and not near else f"no installed tool.{near}"
    known = _known_sources(host, pattern.kind)
    if any(pattern.matches_source(source) for source in known):
        return ""
    return f"no installed {pattern.kind}.{_nearest(pattern.glob, [getattr(source, pattern.kind) for source in known])}"


def _known_sources(host: PluginHost, kind: str) -> list[Source]:
    """List what is installed of a kind; a plugin that is disabled is installed, and may well be denied."""
    if kind == "pack":
        offers = [offer for port in ("tools", "session_tools") for offer in host.arrangements[port].offers]
        return [Source(offer.plugin, offer.provider.name) for offer in offers]
    infos = [info for info in host.infos if info.state is not PluginState.MISSING]
    return [Source(info.name, "", info.distribution) for info in infos]


def _nearest(glob: str, names: Sequence[str]) -> str:
    near = get_close_matches(glob, sorted(names), n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""
