"""Makes a routing of what a host gives in code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from attrs import evolve

from executus_core.errors import ConfigError
from executus_core.model.checks import refuse
from executus_core.model.endpoint import parse_endpoint
from executus_core.model.policy import FailoverPolicy
from executus_core.model.routing import Routing, Tier
from executus_core.record.endpoint import Endpoint

if TYPE_CHECKING:
    from executus_core.llm.price import Price

TiersGiven: TypeAlias = Mapping[str, str | Sequence[str] | Tier]
"""By name, a chain or a whole tier."""
EndpointsGiven: TypeAlias = Mapping[str, str | Endpoint] | Sequence[Endpoint]
"""Endpoints, or by name what they are in their compact form."""


def build_routing(
    tiers: TiersGiven | None,
    endpoints: EndpointsGiven,
    aliases: Mapping[str, str] | None,
    prices: Mapping[str, Price] | None,
    policy: FailoverPolicy | None,
) -> Routing:
    """Put together what was given.

    Raises:
        ConfigError: An endpoint is in a form that is none; with all of them.
    """
    given = _by_name(endpoints)
    named: dict[str, Endpoint] = {}
    problems: list[str] = []
    for name, endpoint in given.items():
        try:
            named[name] = _as_endpoint(name, endpoint)
        except ConfigError as error:
            problems.append(f"endpoints['{name}']: {error}")
    refuse(problems)
    return Routing(
        {name: _as_tier(name, tier) for name, tier in (tiers or {}).items()},
        dict(aliases or {}),
        named,
        dict(prices or {}),
        policy or FailoverPolicy(),
    )


def _by_name(endpoints: EndpointsGiven) -> Mapping[str, str | Endpoint]:
    return endpoints if isinstance(endpoints, Mapping) else {one.name: one for one in endpoints}


def _as_tier(name: str, tier: str | Sequence[str] | Tier) -> Tier:
    return evolve(tier, name=name) if isinstance(tier, Tier) else Tier(name, tier)


def _as_endpoint(name: str, endpoint: str | Endpoint) -> Endpoint:
    return parse_endpoint(name, endpoint) if isinstance(endpoint, str) else evolve(endpoint, name=name)
