"""What tiers, aliases and specs come to. Plain values and decisions: nobody is asked here, and nothing awaited."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from attrs import Factory, evolve, field, frozen

from executus_core.errors import ModelResolutionError, did_you_mean
from executus_core.model.policy import FailoverPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from executus_core.llm.json import JsonValue
    from executus_core.llm.price import Price
    from executus_core.record.endpoint import Endpoint

TIERS: Final = "models"
ALIASES: Final = "model_aliases"
ENDPOINTS: Final = "endpoints"
PRICES: Final = "prices"
FAILOVER: Final = "failover"
_ARGUMENTS: Final = {
    TIERS: "tiers",
    ALIASES: "aliases",
    ENDPOINTS: "endpoints",
    PRICES: "prices",
    FAILOVER: "policy",
}
"""What the tables of a file are called in code."""
AT_SERVER: Final = re.compile(r"@(?=https?://)")

"""What separates a spec from the address of a server."""


def split_chain(chain: str | Sequence[str]) -> tuple[str, ...]:
    """Read a chain: names and specs with commas between them, or a list of such; blanks mean nothing."""
    texts = (chain,) if isinstance(chain, str) else chain
    return tuple(entry for text in texts for part in text.split(",") if (entry := part.strip()))


def suggest(name: str, names: Iterable[str]) -> str:
    """Return the end of a message about a name that is not known: the nearest one, and all of them."""
    known = set(names)
    near = did_you_mean(name, known)
    return f"{near}{did_you_mean('', known)}" if near.startswith(" Did you mean") and len(known) > 1 else near


@frozen
class Tier:
    """A name for a chain of models.

    Attributes:
        name: What agents ask for: "fast".
        chain: Who may serve, the one to prefer first: other tiers, aliases, ``endpoint/model`` or
            ``provider/model[@base_url]``; with commas between them, or as a list. A tier that names itself means what a
            model source knows by that name.
        options: Options of its models, laid over those of tiers in its chain; a request's own go before them.
    """

    name: str
    chain: tuple[str, ...] = field(converter=split_chain)
    options: Mapping[str, JsonValue] = Factory(dict[str, "JsonValue"])


@frozen
class Route:
    """One candidate of a chain, before anybody was asked for its model.

    Attributes:
        spec: The spec, with nothing left to look up in it.
        options: Options of the tiers on the way to it.
        path: The names on the way to it, beginning with what was asked for.
    """

    spec: str
    options: Mapping[str, JsonValue] = Factory(dict[str, "JsonValue"])
    path: tuple[str, ...] = ()


@frozen
class Routing:
    """Everything that a host says of its models.

    Attributes:
        tiers: By name.
        aliases: By alias, the one spec, or other alias, that it stands for.
        endpoints: By name.
        prices: By spec; in place of what a model source says.
        policy: How hard to try.
        sources: By table and key, where it stands, for messages: a path, "environment", "code". Empty in code.
    """

    tiers: Mapping[str, Tier] = Factory(dict[str, Tier])
    aliases: Mapping[str, str] = Factory(dict[str, str])
    endpoints: Mapping[str, Endpoint] = Factory(dict[str, "Endpoint"])
    prices: Mapping[str, Price] = Factory(dict[str, "Price"])
    policy: FailoverPolicy = Factory(FailoverPolicy)
    sources: Mapping[tuple[str, str], str] = Factory(dict[tuple[str, str], str])

    def expand(self, spec: str) -> tuple[Route, ...]:
        """Give the candidates of a tier, an alias, a spec or a chain of them, in order and each once.

        Raises:
            ModelResolutionError: The chain is empty, or goes round in a circle.
        """
        walk = Walk(self)
        entries = (spec,) if spec in self.tiers else split_chain(spec)
        routes = walk.join(entries, walk.unfold)
        if walk.cycles:
            raise ModelResolutionError(
                f"no model for '{spec}': {self.describe_cycle(walk.cycles[0])}", spec=spec
            )
        if not routes:
            raise ModelResolutionError(f"no model for '{spec}': {self.describe_empty(spec)}", spec=spec)
        return tuple(
            routes if entries == (spec,) else [evolve(one, path=(spec, *one.path)) for one in routes]
        )

    def find_cycles(self) -> list[tuple[str, ...]]:
        """Find the circles in which tiers and aliases go round, each as the names on the way with the first one repeated."""
        walk = Walk(self)
        for name in (*self.tiers, *self.aliases):
            walk.unfold(name)
        return walk.cycles

    def find_endpoint(self, spec: str) -> tuple[Endpoint, str] | None:
        """Give the endpoint that a spec names, and its model there; None for a spec of a provider."""
        name, _, model = spec.partition("/")
        endpoint = self.endpoints.get(name)
        return (endpoint, model) if endpoint and model else None

    def entries_of(self, name: str) -> tuple[str, ...]:
        """List what a tier's chain, or an alias, says as it stands."""
        return self.tiers[name].chain if name in self.tiers else (self.aliases[name],)

    def is_name(self, entry: str, *, within: str) -> bool:
        """Tell whether an entry stands for more, and not for the model of a source: a tier's own name in it does not."""
        return entry in self.aliases or (entry in self.tiers and entry != within)

    def place(self, table: str, key: str) -> str:
        """Say where something stands, for the beginning of a message."""
        source = self.sources.get((table, key))
        return f"{source}: [{table}] {key}" if source else f"{_ARGUMENTS[table]}['{key}']"

    def describe_cycle(self, names: Sequence[str]) -> str:
        """Say which circle it is."""
        tables = dict.fromkeys(TIERS if name in self.tiers else ALIASES for name in names)
        words = " and ".join(map(self._word, tables))
        verb = "goes" if len(tables) == 1 and words.startswith("[") else "go"
        return f"{words} {verb} round in a circle: {' = '.join(names)}"

    def describe_empty(self, name: str) -> str:
        """Say that a chain has nothing in it."""
        where = (
            f"{self._word(TIERS)} sets it to an empty chain" if name in self.tiers else "the chain is empty"
        )
        return f"{where}; name a model as PROVIDER/MODEL"

    def describe_path(self, path: Sequence[str]) -> str:
        """Say how one came from a name to a spec, as the middle of a sentence; "" where nothing lies between."""
        said = ""
        for name, following in pairwise(path):
            if name in self.tiers and len(self.tiers[name].chain) > 1:
                said += f", whose chain in {self._word(TIERS)} has '{following}'"
            elif name in self.tiers or name in self.aliases:
                said += (
                    f", which {self._word(TIERS if name in self.tiers else ALIASES)} sets to '{following}'"
                )
            else:
                said += f", a chain that has '{following}'"
        return said

    def _word(self, table: str) -> str:
        return f"[{table}]" if any(held == table for held, _ in self.sources) else _ARGUMENTS[table]


class Walk:
    """Unfolds names depth first, each of them once, however many chains share it; nothing here recurses.

    Attributes:
        cycles: The circles that were met.
    """

    def __init__(self, routing: Routing) -> None:
        """Begin with nothing unfolded."""
        self.cycles: list[tuple[str, ...]] = []
        self._routing = routing
        self._unfolded: dict[str, list[Route]] = {}

    def unfold(self, entry: str) -> list[Route]:
        """Give the candidates that an entry stands for; of a circle, only those beside it."""
        routing = self._routing
        if not routing.is_name(entry, within=""):
            return [Route(entry, path=(entry,))]
        if entry in self._unfolded:
            return self._unfolded[entry]
        way: dict[str, Iterator[str]] = {entry: iter(routing.entries_of(entry))}
        while way:
            name = next(reversed(way))
            following = self._next_name(name, way)
            if following is None:
                del way[name]
                self._unfolded[name] = self._settle(name)
            else:
                way[following] = iter(routing.entries_of(following))
        return self._unfolded[entry]

    def join(self, entries: Sequence[str], unfold: Callable[[str], Sequence[Route]]) -> list[Route]:
        """Put the candidates of several entries one behind the other; of two that are the same the first stays."""
        found: dict[str, Route] = {}
        for entry in entries:
            for route in unfold(entry):
                found.setdefault(route.spec, route)
        return list(found.values())

    def _next_name(self, name: str, way: Mapping[str, Iterator[str]]) -> str | None:
        """Find the next entry of a name that must be unfolded before it; circles are noted on the way."""
        for entry in way[name]:
            if not self._routing.is_name(entry, within=name):
                continue
            if entry in way:
                names = list(way)
                self.cycles.append((*names[names.index(entry) :], entry))
            elif entry not in self._unfolded:
                return entry
        return None

    def _settle(self, name: str) -> list[Route]:
        """Put together what a name stands for, now that all names in it are unfolded."""
        routing = self._routing
        options: Mapping[str, JsonValue] = routing.tiers[name].options if name in routing.tiers else {}

        def unfold(entry: str) -> Sequence[Route]:
            if routing.is_name(entry, within=name):
                return self._unfolded.get(entry, ())
            return [Route(entry, path=(entry,))]

        return [
            evolve(route, options={**route.options, **options}, path=(name, *route.path))
            for route in self.join(routing.entries_of(name), unfold)
        ]
