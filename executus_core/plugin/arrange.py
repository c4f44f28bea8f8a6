"""Who serves a port, and in which order: the host's ``[ports]``, else the plugins' names. Decides, and builds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from executus_core.errors import did_you_mean
from executus_core.plugin.info import PluginState, PortInfo
from executus_core.plugin.portspec import PORTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from executus_core.config.load import Configuration
    from executus_core.plugin.info import PluginInfo
    from executus_core.plugin.offers import Offer
    from executus_core.plugin.portspec import PortSpec


@frozen
class Arrangement:
    """What was decided about one port.

    Attributes:
        spec: The port.
        offers: Who serves it, in order.
        why: Why these, and in this order.
        problem: What must be decided first, or "".
    """

    spec: PortSpec
    offers: tuple[Offer, ...]
    why: str
    problem: str = ""

    @property
    def info(self) -> PortInfo:
        """The same, for listings."""
        providers = tuple((one.plugin, one.provider.name) for one in self.offers)
        return PortInfo(self.spec, providers, self.problem or self.why, is_undecided=bool(self.problem))


def arrange(
    offers: Iterable[Offer], infos: Mapping[str, PluginInfo], configuration: Configuration
) -> dict[str, Arrangement]:
    """Decide about every port.

    Args:
        offers: Everything that active plugins offer.
        infos: All plugins by name, for messages.
        configuration: What the host says.
    """
    by_port: dict[str, list[Offer]] = {name: [] for name in PORTS}
    for offer in offers:
        by_port[offer.port].append(offer)
    chosen = configuration.ports
    arranged: dict[str, Arrangement] = {}
    for name, spec in PORTS.items():
        # a stable sort: what one plugin yields keeps its order
        found = sorted(by_port[name], key=lambda offer: offer.plugin)
        if name in chosen:
            source = f"[ports] {name} in {configuration.source('ports', name)}"
            arranged[name] = _as_chosen(spec, found, chosen[name], source, infos)
        else:
            arranged[name] = _by_name(spec, found, configuration.file)
    return arranged


def find_unknown_ports(configuration: Configuration) -> list[str]:
    """List what is wrong with the names of ports in ``[ports]``."""
    return [
        f"{configuration.source('ports', name)}: [ports] there is no port '{name}'.{did_you_mean(name, PORTS)}"
        for name in configuration.ports
        if name not in PORTS
    ]


def _by_name(spec: PortSpec, offers: Sequence[Offer], file: str) -> Arrangement:
    if not offers:
        return Arrangement(spec, (), spec.without)
    if len(offers) == 1:
        return Arrangement(spec, tuple(offers), "the only provider")
    if not spec.is_single:
        return Arrangement(spec, tuple(offers), "by plugin name")
    first = _shortest_name(offers[0], offers)
    named = " and ".join(f"'{offer.provider.name}' of plugin '{offer.plugin}'" for offer in offers)
    line = f'[ports] {spec.name} = "{first}"'
    problem = f"port '{spec.name}' takes one provider, and there are {named}; choose: {line} in {file}"
    return Arrangement(spec, (), "", problem)


def _as_chosen(
    spec: PortSpec,
    offers: Sequence[Offer],
    choice: str | tuple[str, ...],
    source: str,
    infos: Mapping[str, PluginInfo],
) -> Arrangement:
    if spec.is_single and not isinstance(choice, str):
        return Arrangement(
            spec, (), "", f"{source} is a list, and port '{spec.name}' takes one provider: write one name"
        )
    wanted = (choice,) if isinstance(choice, str) else choice
    ordered: list[Offer] = []
    for name in wanted:
        matching = [offer for offer in offers if name in offer.names and offer not in ordered]
        info = infos.get(name)
        if not matching and info is not None and info.state is PluginState.DISABLED:
            continue  # the line that takes a plugin out must not need a second one
        if not matching:
            return Arrangement(spec, (), "", _nobody(name, offers, source, infos))
        if spec.is_single and len(matching) > 1:
            among = ", ".join(f"'{offer.plugin}/{offer.provider.name}'" for offer in matching)
            return Arrangement(
                spec, (), "", f"{source} names '{name}', which could be {among}: write one of these"
            )
        ordered += matching
    if not ordered:
        return _by_name(spec, offers, source)
    if not spec.is_single:
        # what is not listed follows: a budget or an audit must not be lost because a list forgot it
        ordered += [offer for offer in offers if offer not in ordered]
    return Arrangement(spec, tuple(ordered), source)


def _nobody(name: str, offers: Sequence[Offer], source: str, infos: Mapping[str, PluginInfo]) -> str:
    info = infos.get(name)
    if info is not None and info.is_broken:
        return f"{source} names plugin '{name}', which is {info.state}: {info.reason}"
    known = [known for offer in offers for known in offer.names[:2]]
    why = " provides nothing for it" if info is not None else " is not known"
    broken = [info.name for info in infos.values() if info.state is PluginState.FAILED]
    perhaps = f" Plugin '{broken[0]}' failed and may have provided it." if broken else ""
    return f"{source} names '{name}', which{why}.{did_you_mean(name, known)}{perhaps}"


def _shortest_name(offer: Offer, offers: Sequence[Offer]) -> str:
    """Give the shortest name that means this offer and no other."""
    return next(name for name in offer.names if sum(name in other.names for other in offers) == 1)
