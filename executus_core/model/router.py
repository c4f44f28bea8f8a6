"""Resolves tiers and specs: what a host says of its models, served by model sources."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Iterable, Mapping
from copy import copy
from typing import TYPE_CHECKING, Final, Self, cast

from attrs import Factory, evolve, frozen

from executus_core.clock import SYSTEM_CLOCK
from executus_core.errors import ModelError, ModelResolutionError, did_you_mean
from executus_core.model.building import build_routing
from executus_core.model.candidate import Candidate
from executus_core.model.checks import check_routing, know_sources, refuse
from executus_core.model.failover import FailoverModel
from executus_core.model.health import WELL, CandidateHealth, Health
from executus_core.model.place import Place
from executus_core.model.resolve import as_model_source, known_tiers
from executus_core.model.routing import suggest

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

    from executus_core.llm.exchange import Model
    from executus_core.llm.json import JsonValue
    from executus_core.llm.price import Price
    from executus_core.model.building import EndpointsGiven, TiersGiven
    from executus_core.model.policy import FailoverPolicy
    from executus_core.model.resolve import Models
    from executus_core.model.routing import Route, Routing
    from executus_core.ports.clock import Clock
    from executus_core.ports.model_source import EndpointModelSource, ModelSource
    from executus_core.record.endpoint import Endpoint

MAX_CHAINS: Final = 1024
"""Specs that were made for one run each must not pile up."""


@frozen
class CandidateInfo:
    """What is known of one candidate of a tier, for listings.

    Attributes:
        spec: Its spec.
        options: Options of its tiers.
        endpoint: The endpoint that serves it; None for a provider's usual address.
        price: Its price list, by the configuration or by whoever knows the model; None when nobody knows.
        model: The model; None when there is none.
        problem: Why there is none, or why it can't be asked; "" when nothing is known to be wrong.
        health: Whether it rests, because it failed.
    """

    spec: str
    options: Mapping[str, JsonValue] = Factory(dict[str, "JsonValue"])
    endpoint: Endpoint | None = None
    price: Price | None = None
    model: Model | None = None
    problem: str = ""
    health: CandidateHealth = WELL


class ModelRouter:
    """A model source over others: tiers with failover chains, aliases, endpoints and prices.

    Each ``resolve`` gives a model for one run: who serves its first call goes on to serve it. What failed, and how many
    calls an endpoint has, is shared by all of them. Nothing of a router changes; another one is made of it, which shares
    that state.

    Attributes:
        routing: What the host says.
        sources: Who knows specs, in order.
        health: Which candidates rest.
    """

    def __init__(
        self,
        models: Models | Iterable[ModelSource],
        routing: Routing | None = None,
        *,
        tiers: TiersGiven | None = None,
        endpoints: EndpointsGiven = (),
        aliases: Mapping[str, str] | None = None,
        prices: Mapping[str, Price] | None = None,
        policy: FailoverPolicy | None = None,
        health: Health | None = None,
        clock: Clock | None = None,
        failed: Sequence[str] = (),
    ) -> None:
        """Check everything, and ask nobody yet.

        Args:
            models: A model source, several in order, a mapping of specs to models, or one model for every spec.
            routing: All that follows, but health, clock and failed, in one piece.
            tiers: Chains by tier: ``{"fast": "openai/x, anthropic/y"}``.
            endpoints: Endpoints, or by name their compact form ``type|url|token``.
            aliases: Specs, or other aliases, by alias.
            prices: Prices by spec, in place of what a model source says.
            policy: How hard to try.
            health: Which candidates rest; what all routers of the clock share when None.
            clock: Time and chance; the system's when None.
            failed: Plugins that failed and may have known more, for messages.

        Raises:
            ConfigError: With every problem, and where it stands.
        """
        self.sources: tuple[ModelSource, ...] = _as_sources(models)
        self.routing: Routing = routing or build_routing(tiers, endpoints, aliases, prices, policy)
        refuse(check_routing(self.routing, know_sources(self.sources)))
        self._clock = clock or SYSTEM_CLOCK
        self.health: Health = health or Health.of(self._clock)
        self._failed = tuple(failed)
        self._chains: dict[str, tuple[Candidate, ...]] = {}
        self._places: dict[tuple[str, str, int], Place] = {}

    async def resolve(self, spec: str) -> Model:
        """Make a model of a tier, an alias, a spec, or a chain of them with commas between.

        Raises:
            ModelResolutionError: One of the candidates is known to nobody; naming it, the way to it, and what was tried.
        """
        candidates = self._chains.get(spec)
        if candidates is None:
            if len(self._chains) >= MAX_CHAINS:
                self._chains.clear()
            candidates = self._chains[spec] = await self._find_candidates(spec)
        return FailoverModel(
            spec, candidates, health=self.health, policy=self.routing.policy, clock=self._clock
        )

    def tiers(self) -> Collection[str]:
        """The tiers that the host names, and those of the sources that can say."""
        listed = [name for source in self.sources for name in known_tiers(source)]
        return sorted({*self.routing.tiers, *listed})

    async def describe(self, spec: str) -> tuple[CandidateInfo, ...]:
        """Say what a tier or spec comes to, candidate by candidate, also where one of them can't serve.

        Raises:
            ModelResolutionError: The chain goes round in a circle, or is empty.
        """
        return tuple([await self._describe(route) for route in self.routing.expand(spec)])

    def without(self, source: object) -> Self:
        """Give the same without one of the sources."""
        return self._copy(sources=tuple(held for held in self.sources if held is not source))

    def including(self, source: ModelSource) -> Self:
        """Give the same with one more source, which is asked last."""
        return self._copy(sources=(*self.sources, source))

    def rerouted(self, routing: Routing) -> Self:
        """Give the same with another routing.

        Raises:
            ConfigError: With every problem, and where it stands.
        """
        refuse(check_routing(routing, know_sources(self.sources)))
        return self._copy(routing=routing)

    def _copy(
        self, *, sources: tuple[ModelSource, ...] | None = None, routing: Routing | None = None
    ) -> Self:
        other = copy(self)
        other.sources = self.sources if sources is None else sources
        other.routing = routing or self.routing
        other._chains = {}  # noqa: SLF001 - it is one of its own kind
        return other

    async def _find_candidates(self, spec: str) -> tuple[Candidate, ...]:
        routing = self.routing
        found: list[Candidate] = []
        problems: list[str] = []
        for route in routing.expand(spec):
            try:
                model = await self._ask(route)
            except ModelResolutionError as error:
                problems.append(str(error))
                continue
            place = self._place_of(route.spec)
            price, identity = routing.prices.get(route.spec), self._identity_of(route.spec)
            found.append(Candidate(route.spec, model, route.options, price, place, identity))
        if problems:
            raise ModelResolutionError("; ".join(problems), spec=spec)
        return tuple(found)

    async def _ask(self, route: Route) -> Model:
        """Ask one source after the other; one that fails does not hide the next one's model."""
        failures: list[tuple[ModelSource, BaseException]] = []
        for source in self.sources:
            try:
                model = await self._ask_source(source, route.spec)
            except (CancelledError, GeneratorExit):
                raise
            except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
                failures.append((source, error))
                continue
            if model is not None:
                return self._as_model(model, route)
        if failures:
            raise self._describe_failure(route, *failures[0]) from failures[0][1]
        raise ModelResolutionError(self._explain(route), spec=route.path[0])

    async def _ask_source(self, source: ModelSource, spec: str) -> Model | None:
        at = self.routing.find_endpoint(spec)
        if at is None:
            return await source.resolve(spec)
        if not hasattr(source, "resolve_at"):
            return None
        return await cast("EndpointModelSource", source).resolve_at(*at)

    def _as_model(self, model: Model, route: Route) -> Model:
        if not hasattr(model, "generate"):
            raise ModelResolutionError(
                f"{self._head(route)} resolves to {model!r:.100}, which is no Model", spec=route.path[0]
            )
        return model

    def _place_of(self, spec: str) -> Place | None:
        """Give the places of an endpoint; those of one that stays as it is outlive a change of the others."""
        at = self.routing.find_endpoint(spec)
        if at is None or at[0].concurrency is None:
            return None
        endpoint, count = at[0], at[0].concurrency
        return self._places.setdefault((endpoint.name, endpoint.url, count), Place(count))

    def _identity_of(self, spec: str) -> Hashable:
        """Give what a candidate's health is kept by; how many calls an endpoint takes makes it no other."""
        at = self.routing.find_endpoint(spec)
        return spec if at is None else (spec, evolve(at[0], concurrency=None))

    async def _describe(self, route: Route) -> CandidateInfo:
        at = self.routing.find_endpoint(route.spec)
        health = self.health.look(self._identity_of(route.spec), self._clock.monotonic())
        info = CandidateInfo(
            route.spec,
            route.options,
            at[0] if at else None,
            self.routing.prices.get(route.spec),
            health=health,
        )
        try:
            model = await self._ask(route)
        except ModelError as error:
            return evolve(info, problem=str(error))
        try:
            price = info.price or cast("Price | None", getattr(model, "price", None))
            return evolve(info, model=model, price=price, problem=str(getattr(model, "problem", "")))
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything
            problem = f"'{route.spec}' can't be looked at: {type(error).__name__}: {error}"
            return evolve(info, model=model, problem=problem)

    def _head(self, route: Route) -> str:
        return f"no model for '{route.path[0]}'{self.routing.describe_path(route.path)}:"

    def _describe_failure(
        self, route: Route, source: ModelSource, error: BaseException
    ) -> ModelResolutionError:
        if isinstance(error, ModelResolutionError):
            return error
        said = f"{type(source).__name__} failed with {type(error).__name__}: {error}"
        return ModelResolutionError(f"{self._head(route)} {said}", spec=route.path[0])

    def _explain(self, route: Route) -> str:
        failed = f" Plugin '{self._failed[0]}' failed and may have served it." if self._failed else ""
        return f"{self._head(route)} {self._say_why(route)}{failed}"

    def _say_why(self, route: Route) -> str:
        if not self.sources:
            return "no active plugin provides models"
        if at := self.routing.find_endpoint(route.spec):
            return f"no model source can ask an endpoint of the type '{at[0].type}'"
        known = [*self.routing.aliases, *self.tiers()]
        provider, slash, model = route.spec.partition("/")
        if slash:
            if not provider or not model.strip():
                return f"'{route.spec}' names no model; write it as PROVIDER/MODEL or ENDPOINT/MODEL"
            near = did_you_mean(route.spec, [*known, *(f"{name}/{model}" for name in self.routing.endpoints)])
            return f"no model source knows it.{near if known or near.startswith(' Did') else ''}"
        names = [name for name in known if name not in route.path]
        is_misspelt = did_you_mean(provider, names).startswith(" Did you mean")
        form = "" if is_misspelt else "; write a model as PROVIDER/MODEL"
        return f"no model source knows it{form}.{suggest(provider, names) if names else ''}"


def _as_sources(models: Models | Iterable[ModelSource]) -> tuple[ModelSource, ...]:
    if (
        isinstance(models, Mapping)
        or hasattr(cast("object", models), "resolve")
        or not isinstance(models, Iterable)
    ):
        return (as_model_source(cast("Models", models)),)
    return tuple(as_model_source(one) for one in models)
