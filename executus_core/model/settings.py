"""Reads what a configuration says of models: tiers, aliases, endpoints, prices, and how hard to try."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, cast

from attrs import evolve

from executus_core.config.load import ENVIRONMENT, MODEL_VARIABLE
from executus_core.config.variables import ENDPOINT_VARIABLE, TIER_VARIABLE, variable_of
from executus_core.errors import ConfigError
from executus_core.llm.price import Price
from executus_core.model.checks import Known, check_routing, find_entry_flaw, refuse
from executus_core.model.endpoint import parse_endpoint
from executus_core.model.policy import FailoverPolicy
from executus_core.model.routing import (
    ALIASES,
    ENDPOINTS,
    FAILOVER,
    PRICES,
    TIERS,
    Routing,
    Tier,
    split_chain,
)
from executus_core.record.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from executus_core.config.load import Configuration
    from executus_core.model.tables import EndpointTable
    from executus_core.record.document import Document

_TABLES: Final = (TIERS, ALIASES, ENDPOINTS, PRICES, FAILOVER)
_VARIABLES: Final = {TIERS: TIER_VARIABLE, ENDPOINTS: ENDPOINT_VARIABLE}
_ADDRESS: Final = frozenset({"type", "url", "token_env", "from_env"})
_WRITTEN_DOWN: Final = (
    "a token does not belong in settings; have token_env name the variable, or secrets file, that holds it"
)

_Said: TypeAlias = "Sequence[tuple[str, Mapping[str, object]]]"
"""What each source says of one thing, strongest first."""
DocumentT = TypeVar("DocumentT", bound="Document")


def read_routing(configuration: Configuration, known: Known | None = None) -> Routing:
    """Read and check everything that a configuration says of models.

    Args:
        configuration: The configuration; its environment and its secrets files are asked for tokens.
        known: What its model sources say of themselves.

    Raises:
        ConfigError: With every problem, each with its source.
    """
    said = {table: configuration.entries(table) for table in _TABLES}
    if not any(said.values()):
        return Routing()  # nobody has to wait for what validates
    return _Reader(configuration, said).read(known or Known())


class _Reader:
    """Reads one table after the other, and notes on the way what is wrong."""

    def __init__(
        self, configuration: Configuration, said: Mapping[str, Mapping[str, list[tuple[str, object]]]]
    ) -> None:
        self._configuration = configuration
        self._said = said
        self._problems: list[str] = []

    def read(self, known: Known) -> Routing:
        tiers, aliases = self._read_tiers(), self._read_aliases()
        sources = {
            (table, name): _name_source(held[0][0], table, name)
            for table in _TABLES
            for name, held in self._said[table].items()
        }
        routing = Routing(
            tiers, aliases, self._read_endpoints(), self._read_prices(), self._read_policy(), sources
        )
        # what could not be read is told already; who names it is not to blame
        names = (*known.names, *self._said[TIERS], *self._said[ALIASES])
        known = evolve(known, names=names)
        refuse([*self._problems, *check_routing(routing, known), *self._check_wishes(routing, known)])
        return routing

    def _check_wishes(self, routing: Routing, known: Known) -> Iterator[str]:
        """Say where another setting asks for a tier that nobody knows; where no tier is named, models are looked for."""
        configuration = self._configuration
        said_of_defaults = configuration.entries("defaults").get("model_tier", [("", "")])
        wishes = {
            ("defaults", "model_tier"): said_of_defaults[0][1],
            ("compaction", "summary_tier"): configuration.compaction.summary_tier,
        }
        for (table, key), wish in wishes.items() if routing.tiers else ():
            for entry in split_chain(wish) if isinstance(wish, str) else ():
                if problem := find_entry_flaw(routing, entry, "", known):
                    source = _name_source(configuration.source(table, key), table, key)
                    yield f"{source}: [{table}] {key}: {problem}"

    def _read_tiers(self) -> dict[str, Tier]:
        from executus_core.model.tables import TierTable  # noqa: PLC0415 - brings pydantic

        tiers: dict[str, Tier] = {}
        for name, held in self._said[TIERS].items():
            said = [(source, _as_table(value) or {"chain": value}) for source, value in held]
            if table := self._validate(TierTable, TIERS, name, said):
                tiers[name] = Tier(name, table.chain, table.options)
        return tiers

    def _read_aliases(self) -> dict[str, str]:
        aliases: dict[str, str] = {}
        for name, held in self._said[ALIASES].items():
            source, value = held[0]
            if isinstance(value, str):
                aliases[name] = value.strip()
            else:
                self._note(source, ALIASES, name, "stands for one model; write it as PROVIDER/MODEL")
        return aliases

    def _read_endpoints(self) -> dict[str, Endpoint]:
        from executus_core.model.tables import EndpointTable  # noqa: PLC0415 - brings pydantic

        endpoints: dict[str, Endpoint] = {}
        for name, held in self._said[ENDPOINTS].items():
            read = [(source, self._as_endpoint_table(source, name, value)) for source, value in held]
            said = [(source, one) for source, one in read if one is not None]
            if len(said) < len(read):
                continue  # what could not be read is told already
            if table := self._validate(EndpointTable, ENDPOINTS, name, _without_weaker_addresses(said)):
                try:
                    endpoints[name] = self._build_endpoint(name, table, held[0][0])
                except ConfigError as error:
                    self._note(held[0][0], ENDPOINTS, name, str(error))
        return endpoints

    def _as_endpoint_table(self, source: str, name: str, value: object) -> Mapping[str, object] | None:
        """Read the compact form, and take out a token that somebody wrote down."""
        table = _as_table(value)
        if table is None and isinstance(value, str):
            try:
                endpoint = parse_endpoint(name, value)
            except ConfigError as error:
                self._note(source, ENDPOINTS, name, str(error))
                return None
            table = {"type": endpoint.type, "url": endpoint.url}
            table |= {"token": endpoint.token} if endpoint.token else {}
        if table is None:
            self._note(source, ENDPOINTS, name, "is no table; give type and url")
            return None
        if "token" in table:
            self._note(source, ENDPOINTS, name, _WRITTEN_DOWN)
        return {key: one for key, one in table.items() if key != "token"}

    def _build_endpoint(self, name: str, table: EndpointTable, source: str) -> Endpoint:
        if not table.from_env:
            token, problem = self._look_up(table.token_env, "token_env") if table.token_env else ("", "")
            if problem:
                self._note(source, ENDPOINTS, name, problem)
            return Endpoint(name, table.type, table.url, token, table.concurrency)
        if table.type or table.url or table.token_env:
            raise ConfigError("from_env holds type, URL and token; leave the others out, or from_env")
        text, problem = self._look_up(table.from_env, "from_env")
        if problem:
            raise ConfigError(problem)
        return evolve(parse_endpoint(name, text), concurrency=table.concurrency)

    def _look_up(self, variable: str, key: str) -> tuple[str, str]:
        """Find what a variable holds, or say that it holds nothing; one that looks like a token itself is not shown."""
        if held := self._configuration.find_secret(variable) if "/" not in variable else "":
            return held, ""
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", variable):
            return "", f"{key} names no environment variable that is set (what it says is not shown)"
        return "", f"the environment variable '{variable}', which {key} names, is not set"

    def _read_prices(self) -> dict[str, Price]:
        from executus_core.model.tables import PriceTable  # noqa: PLC0415 - brings pydantic

        prices: dict[str, Price] = {}
        for spec, held in self._said[PRICES].items():
            said = [(source, _as_table(value) or {}) for source, value in held]
            if table := self._validate(PriceTable, PRICES, spec, said):
                prices[spec] = Price(
                    table.input_usd_per_million,
                    table.output_usd_per_million,
                    table.cached_input_usd_per_million,
                )
        return prices

    def _read_policy(self) -> FailoverPolicy:
        from executus_core.model.tables import FailoverTable  # noqa: PLC0415 - brings pydantic

        layers = self._configuration.layers
        said: _Said = [(layer.source, held) for layer in layers if (held := layer.tables.failover)]
        table = self._validate(FailoverTable, FAILOVER, "", said)
        return FailoverPolicy(**table.model_dump()) if table else FailoverPolicy()

    def _validate(self, kind: type[DocumentT], table: str, name: str, said: _Said) -> DocumentT | None:
        """Lay what the sources say over one another, and note what is wrong with it, each with its own source."""
        from pydantic import ValidationError  # noqa: PLC0415 - only who sets something pays for it

        from executus_core.config.tables import laid_over  # noqa: PLC0415
        from executus_core.record.document import describe_problems  # noqa: PLC0415

        merged: dict[str, object] = {}
        for _, one in reversed(said):
            merged = laid_over(merged, one)
        try:
            return kind.model_validate(merged)
        except ValidationError as error:
            for location, problem in describe_problems(kind, error):
                setting = [source for source, one in said if location and location[0] in one]
                self._note((setting or [said[0][0]])[0], table, name, problem)
            return None

    def _note(self, source: str, table: str, name: str, problem: str) -> None:
        place = f"{_name_source(source, table, name)}: [{table}]{' ' if name else ''}{name}"
        self._problems.append(f"{place}: {problem}")


def _without_weaker_addresses(said: _Said) -> _Said:
    """Leave out what belongs to the address of a weaker source: its token is for its own server, and no other."""
    closed: set[str] = set()
    kept: list[tuple[str, Mapping[str, object]]] = []
    for source, table in said:
        kept.append((source, {key: value for key, value in table.items() if key not in closed}))
        if "from_env" in table:
            closed |= _ADDRESS
        elif "url" in table:
            closed |= {"token_env", "from_env"}
    return kept


def _name_source(source: str, table: str, name: str) -> str:
    """Name a source, and of the environment the variable."""
    if table == "defaults" and source == ENVIRONMENT:
        return f"{source} {MODEL_VARIABLE}"
    prefix = _VARIABLES.get(table)
    return f"{source} {variable_of(prefix, name)}" if prefix and source == ENVIRONMENT else source


def _as_table(value: object) -> dict[str, object] | None:
    return cast("dict[str, object]", value) if isinstance(value, dict) else None
