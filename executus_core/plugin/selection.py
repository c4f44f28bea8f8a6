"""Which plugins take part, and why the others don't. Decides, and imports nothing."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from executus_core.errors import did_you_mean
from executus_core.plugin.compatibility import find_incompatibility
from executus_core.plugin.info import PluginInfo, PluginState
from executus_core.plugin.scan import find_core_version

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from executus_core.config.load import Configuration
    from executus_core.plugin.scan import Candidate


@frozen
class Selection:
    """What was decided.

    Attributes:
        picked: What to import, by name.
        objects: Unpackaged plugin objects that take part, by name.
        others: What is known of the plugins that don't take part, by name.
        warnings: What looks like a mistake and stops nothing.
    """

    picked: Mapping[str, Candidate]
    objects: Mapping[str, object]
    others: Mapping[str, PluginInfo]
    warnings: tuple[str, ...]


def select(
    candidates: Sequence[Candidate], objects: Mapping[str, object], configuration: Configuration
) -> Selection:
    """Decide which plugins take part.

    Args:
        candidates: The installed plugins.
        objects: Unpackaged plugin objects by name; they take part unless they are disabled.
        configuration: What the host says.
    """
    table = configuration.plugins
    installed: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        installed.setdefault(candidate.name, []).append(candidate)
    known = {*installed, *objects}
    core_version = cache(find_core_version)
    picked: dict[str, Candidate] = {}
    others: dict[str, PluginInfo] = {}
    for name in sorted(known):
        claims = installed.get(name, [])
        info = _describe(name, claims)
        if name in table.disable:
            source = configuration.source("plugins", "disable", name)
            others[name] = evolve(info, reason=f"disabled by {source}")
        elif name not in objects and not table.autoload and name not in (*table.enable, *table.require):
            key = "enable" if table.enable else "autoload"
            others[name] = evolve(info, reason=f"not enabled by {configuration.source('plugins', key)}")
        else:
            chosen, problem = _choose(claims, core_version, taken=name in objects)
            if problem is not None:
                others[name] = evolve(info, state=problem[0], reason=problem[1], problems=(problem[1],))
            elif chosen is not None:
                picked[name] = chosen
    for key in ("enable", "require"):
        for name in getattr(table, key):
            if name not in known:
                source = f"{configuration.source('plugins', key, name)} names it in {key}"
                others[name] = _missing(name, source, known)
    return Selection(
        picked,
        {name: plugin for name, plugin in objects.items() if name not in others},
        others,
        (*_misspelt(table.disable, known, configuration), *_unheard(known, configuration)),
    )


def _choose(
    claims: Sequence[Candidate], core_version: Callable[[], str | None], *, taken: bool
) -> tuple[Candidate | None, tuple[PluginState, str] | None]:
    """Choose among the distributions that claim one name, or say why none can be chosen."""
    judged = [(candidate, find_incompatibility(candidate, core_version)) for candidate in claims]
    fitting = [candidate for candidate, problem in judged if problem is None]
    if len(fitting) + taken > 1:
        owners = [candidate.shipped_by for candidate in fitting] + ["code"] * taken
        return None, (
            PluginState.CONFLICT,
            f"claimed by {' and by '.join(owners)}; uninstall one of them",
        )
    if fitting:
        return fitting[0], None
    if taken:
        return None, None
    # one distribution may speak several majors: what counts is that none of them is ours
    return None, (
        PluginState.INCOMPATIBLE,
        "; ".join(problem for _, problem in judged if problem is not None),
    )


def _describe(name: str, claims: Sequence[Candidate]) -> PluginInfo:
    info = PluginInfo(name, PluginState.DISABLED)
    if not claims:
        return info
    shipped = [claim.distribution for claim in claims if claim.distribution]
    first = shipped[0] if shipped else None
    return evolve(
        info,
        target=claims[0].target,
        distribution=", ".join(dict.fromkeys(one.name for one in shipped)),
        version=first.version if first and len({one.name for one in shipped}) == 1 else "",
        path=first.path if first else "",
    )


def _missing(name: str, source: str, known: Collection[str]) -> PluginInfo:
    reason = f"not installed; {source}.{did_you_mean(name, known)}"
    return PluginInfo(name, PluginState.MISSING, reason=reason, problems=(reason,))


def _misspelt(names: Sequence[str], known: Collection[str], configuration: Configuration) -> tuple[str, ...]:
    """Mention disabled names that nothing has: harmless where a plugin is not installed, not where another one is meant."""
    return tuple(
        f"{configuration.source('plugins', 'disable', name)} disables '{name}', which is not installed.{near}"
        for name in names
        if name not in known and (near := _find_meant(name, known))
    )


def _unheard(known: Collection[str], configuration: Configuration) -> tuple[str, ...]:
    """Mention settings of a plugin that nothing has: of one that is misspelt nobody would hear, and the defaults hold."""
    return tuple(
        f"{layer.source} has settings for '{name}', which is not installed, so nobody reads them.{near}"
        for layer in configuration.layers
        for name in layer.tables.plugin
        if name not in known and (near := _find_meant(name, known))
    )


def _find_meant(name: str, known: Collection[str]) -> str:
    """Ask after the plugin that is meant: one with a name like it, or with it in its name, as 'audit' in 'audit-sqlite'."""
    near = did_you_mean(name, known)
    if near.startswith(" Did you mean"):
        return near
    longer = sorted(f"'{one}'" for one in known if name in one.split("-"))
    return f" Did you mean {' or '.join(longer)}?" if longer else ""
