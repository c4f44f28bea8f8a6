"""Everything that is wrong with a routing, at once: where each mistake stands, and what to do about it."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from attrs import field, fields, frozen

from executus_core.errors import ConfigError
from executus_core.model.endpoint import find_flaws
from executus_core.model.policy import FailoverPolicy
from executus_core.model.routing import ALIASES, AT_SERVER, ENDPOINTS, FAILOVER, PRICES, TIERS, suggest
from executus_core.record.credentials import ADVICE, has_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from executus_core.model.routing import Routing
    from executus_core.ports.model_source import ModelSource

SCRIPTED: Final = "scripted"
"""The spec of the model that needs no provider; whoever shows runs to people serves it."""
_NAME: Final = re.compile(r"[^\s,][^,]*(?<!\s)")


@frozen
class Known:
    """What is known of the model sources of a host without asking them for a model.

    Attributes:
        names: The tiers and specs that they list.
        is_complete: Whether they list all that they know without a slash.
        types: The types of endpoints that they can ask; None when one can't say.
    """

    names: Collection[str] = field(factory=tuple[str, ...])
    is_complete: bool = False
    types: Collection[str] | None = None


def know_sources(sources: Iterable[ModelSource]) -> Known:
    """Find out what model sources say of themselves; one that fails says nothing."""
    listed = [_ask_names(source, "tiers") for source in sources]
    types = [_ask_names(source, "endpoint_types") for source in sources if hasattr(source, "resolve_at")]
    return Known(
        [name for names in listed for name in names or ()],
        None not in listed,
        None if None in types or not types else [name for names in types for name in names or ()],
    )


def _ask_names(source: ModelSource, method: str) -> list[str] | None:
    ask: Callable[[], Iterable[object]] | None = getattr(source, method, None)
    try:
        return [str(name) for name in ask()] if ask is not None else None
    except Exception:  # noqa: BLE001 - foreign code may raise anything
        return None


def check_routing(routing: Routing, known: Known | None = None) -> list[str]:
    """List everything that is wrong, one sentence each.

    Args:
        routing: What a host says of its models.
        known: What its model sources say; nothing is said of them when None.
    """
    known = known or Known()
    checks: tuple[Iterator[str], ...] = (
        _check_tiers(routing, known),
        _check_aliases(routing, known),
        _check_cycles(routing),
        _check_endpoints(routing, known),
        _check_prices(routing),
        _check_policy(routing),
    )
    return [problem for check in checks for problem in check]


def refuse(problems: Collection[str]) -> None:
    """Raise one error with every problem, if there are any.

    Raises:
        ConfigError: There are.
    """
    if problems:
        raise ConfigError("; ".join(problems), problems=tuple(problems))


def _check_tiers(routing: Routing, known: Known) -> Iterator[str]:
    for name, tier in routing.tiers.items():
        place = routing.place(TIERS, name)
        if not _NAME.fullmatch(name):
            yield f"{place}: a tier's name must not be blank, and have no comma in it"
        if name in routing.aliases:
            yield f"{place}: '{name}' is an alias, too; rename one of them"
        if not tier.chain:
            yield f"{place}: the chain is empty; name a model as PROVIDER/MODEL, or take the tier out"
        for entry in tier.chain:
            if problem := find_entry_flaw(routing, entry, name, known):
                yield f"{place}: {problem}"


def _check_aliases(routing: Routing, known: Known) -> Iterator[str]:
    for alias, entry in routing.aliases.items():
        place = routing.place(ALIASES, alias)
        if not _NAME.fullmatch(alias):
            yield f"{place}: an alias must not be blank, and have no comma in it"
        if not entry.strip():
            yield f"{place}: stands for nothing; name a model as PROVIDER/MODEL"
        elif "," in entry:
            yield f"{place}: stands for more than one model; make it a tier, which is a chain"
        elif problem := find_entry_flaw(routing, entry, alias, known):
            yield f"{place}: {problem}"


def find_entry_flaw(routing: Routing, entry: str, within: str, known: Known) -> str:
    """Say what is wrong with one entry of a chain, or "".

    Args:
        routing: What a host says of its models.
        entry: The entry.
        within: The tier or alias that it stands in; "" for none.
        known: What the host's model sources say.
    """
    if has_credentials(entry):
        return f"a URL in it has a user or a password, which would be shown; {ADVICE}"
    if routing.is_name(entry, within=within):
        return ""
    name, slash, model = entry.partition("/")
    if not slash:
        return _find_stranger(routing, entry, within, known)
    if not name or not model.strip():
        return f"'{entry}' names no model; write it as PROVIDER/MODEL or ENDPOINT/MODEL"
    if name in routing.endpoints and AT_SERVER.search(model):
        return f"'{entry}' has a URL, and the endpoint '{name}' has its own; leave one of them out"
    return ""


def _find_stranger(routing: Routing, entry: str, within: str, known: Known) -> str:
    """Say that nobody knows a name, where nobody can."""
    if entry == SCRIPTED or entry in known.names or not known.is_complete:
        return ""
    if entry in routing.endpoints:
        return f"'{entry}' is an endpoint; name its model, too: {entry}/MODEL"
    others = {*routing.tiers, *routing.aliases, *known.names} - {entry, within}
    return f"there is no tier '{entry}'; write a model as PROVIDER/MODEL.{suggest(entry, others)}"


def _check_cycles(routing: Routing) -> Iterator[str]:
    for names in routing.find_cycles():
        table = TIERS if names[0] in routing.tiers else ALIASES
        yield f"{routing.place(table, names[0])}: {routing.describe_cycle(names)}"


def _check_endpoints(routing: Routing, known: Known) -> Iterator[str]:
    for name, endpoint in routing.endpoints.items():
        for flaw in find_flaws(endpoint, known.types):
            yield f"{routing.place(ENDPOINTS, name)}: {flaw}"


def _check_prices(routing: Routing) -> Iterator[str]:
    for spec, price in routing.prices.items():
        place = routing.place(PRICES, spec)
        amounts = {
            "input": price.input_usd,
            "output": price.output_usd,
            "cached input": price.cached_input_usd,
        }
        for name, usd in amounts.items():
            if usd is not None and not (math.isfinite(usd) and usd >= 0):
                yield f"{place}: its price of {name} is {usd:g}; give US dollars per million tokens, 0 or more"
        if spec in routing.aliases:
            yield f"{place}: '{spec}' is an alias; give the price of '{routing.aliases[spec]}'"
        elif spec in routing.tiers:
            yield f"{place}: '{spec}' is a tier; give the prices of its models"


def _check_policy(routing: Routing) -> Iterator[str]:
    for one in fields(FailoverPolicy):
        value, least = getattr(routing.policy, one.name), int(isinstance(one.default, int))
        if not (math.isfinite(value) and value >= least):
            yield f"{routing.place(FAILOVER, one.name)}: is {value:g}; give {least} or more"
