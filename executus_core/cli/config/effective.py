"""Every setting that holds here, with its value and where it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from attrs import asdict, frozen

from executus_core.config.load import DEFAULT
from executus_core.config.settings import MASK, PluginSettings, find_sources
from executus_core.errors import ConfigError
from executus_core.model.routing import ALIASES, ENDPOINTS, FAILOVER, PRICES, TIERS
from executus_core.model.settings import read_routing
from executus_core.record.credentials import without_credentials
from executus_core.record.document import is_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.config.load import Configuration
    from executus_core.llm.json import JsonValue
    from executus_core.llm.price import Price
    from executus_core.model.routing import Routing, Tier
    from executus_core.plugin.host import PluginHost
    from executus_core.record.endpoint import Endpoint


@frozen
class Effective:
    """One setting.

    Attributes:
        table: The table in which it would stand, as in ``plugin.audit-sqlite``.
        key: Its name.
        value: Its value; of a secret only that there is one.
        source: Where it comes from: a file, "environment" with the variable, "code", or "default".
    """

    table: str
    key: str
    value: JsonValue
    source: str


def list_effective(host: PluginHost) -> list[Effective]:
    """List every setting of a host and of its active plugins, table by table.

    Raises:
        ConfigError: A setting is wrong; with every problem, and where each stands.
    """
    configuration = host.configuration
    settings = [
        *_list_routing(read_routing(configuration)),
        *_from_mapping("compaction", asdict(configuration.compaction), configuration),
        *_from_mapping("defaults", asdict(configuration.defaults()), configuration),
        *_from_mapping("plugins", asdict(configuration.plugins), configuration),
        *_from_mapping("ports", configuration.ports, configuration),
        *_list_permissions(configuration),
        *_from_mapping("tools", {"prefix": configuration.prefixed}, configuration),
    ]
    problems: list[str] = []
    for info in host.active():
        try:
            built = host.build_settings(info.name)
        except ConfigError as error:
            problems += error.problems
            continue
        if isinstance(built, PluginSettings):
            settings += _of_plugin(info.name, built, configuration)
    if problems:
        raise ConfigError("; ".join(problems), problems=problems)
    return settings


def find_paths(host: PluginHost, plugin: str) -> list[str]:
    """Find the files and folders that an active plugin's settings name."""
    try:
        built = host.build_settings(plugin)
    except ConfigError:
        return []
    fields = type(built).model_fields if isinstance(built, PluginSettings) else ()
    return [str(value) for name in fields if isinstance(value := getattr(built, name), Path)]


def _from_mapping(table: str, values: Mapping[str, object], configuration: Configuration) -> list[Effective]:
    return [
        Effective(table, key, _as_json(value), configuration.source(table, key))
        for key, value in values.items()
    ]


def _list_routing(routing: Routing) -> list[Effective]:
    """List what is said of models; of an endpoint's token only that there is one."""
    values: dict[str, dict[str, JsonValue]] = {
        TIERS: {tier.name: _of_tier(tier) for tier in routing.tiers.values()},
        ALIASES: {**routing.aliases},
        ENDPOINTS: {one.name: _of_endpoint(one) for one in routing.endpoints.values()},
        PRICES: {spec: _of_price(price) for spec, price in routing.prices.items()},
        FAILOVER: cast("dict[str, JsonValue]", asdict(routing.policy)),
    }
    return [
        Effective(table, key, value, routing.sources.get((table, key), DEFAULT))
        for table, held in values.items()
        for key, value in held.items()
    ]


def _of_tier(tier: Tier) -> JsonValue:
    chain = ", ".join(tier.chain)
    return {"chain": chain, "options": {**tier.options}} if tier.options else chain


def _of_endpoint(endpoint: Endpoint) -> JsonValue:
    said: dict[str, JsonValue] = {"type": endpoint.type, "url": endpoint.url}
    if endpoint.token:
        said["token"] = MASK
    if endpoint.concurrency is not None:
        said["concurrency"] = endpoint.concurrency
    return said


def _of_price(price: Price) -> JsonValue:
    said: dict[str, JsonValue] = {
        "input_usd_per_million": price.input_usd,
        "output_usd_per_million": price.output_usd,
    }
    if price.cached_input_usd is not None:
        said["cached_input_usd_per_million"] = price.cached_input_usd
    return said


def _list_permissions(configuration: Configuration) -> list[Effective]:
    """List what happens to tool calls, rule by rule, where anybody says so."""
    if not configuration.has_permissions:
        return []
    default = configuration.permission_default
    source = configuration.source("permissions", "default")
    listed = [Effective("permissions", "default", default, source)]
    for number, rule in enumerate(configuration.permission_rules, start=1):
        said: dict[str, JsonValue] = {"tool": rule.tool, "verdict": rule.verdict}
        if rule.arguments:
            said["arguments"] = dict(rule.arguments)
        if rule.reason:
            said["reason"] = rule.reason
        listed.append(Effective("permissions", f"rule {number}", said, rule.source))
    return listed


def _of_plugin(plugin: str, built: PluginSettings, configuration: Configuration) -> list[Effective]:
    kind = type(built)
    sources = find_sources(kind, plugin, configuration)
    values = cast("dict[str, JsonValue]", built.model_dump(mode="json"))
    return [
        Effective(f"plugin.{plugin}", name, _masked(kind, (name,), value), sources.get(name, DEFAULT))
        for name, value in values.items()
    ]


def _masked(kind: type[PluginSettings], place: tuple[str, ...], value: JsonValue) -> JsonValue:
    """Show of secrets only that there are some, also in tables of them: their names are none."""
    if isinstance(value, dict):
        return {name: _masked(kind, (*place, name), held) for name, held in value.items()}
    return MASK if value and is_secret(kind, place) else _shown(value)


def _shown(value: JsonValue) -> JsonValue:
    """Show a value, but of a URL neither user nor password."""
    if isinstance(value, str):
        return without_credentials(value)
    return [_shown(one) for one in value] if isinstance(value, list) else value


def _as_json(value: object) -> JsonValue:
    return (
        [str(one) for one in cast("tuple[object, ...]", value)]
        if isinstance(value, tuple)
        else cast("JsonValue", value)
    )
