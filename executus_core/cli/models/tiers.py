"""The tiers of a configuration, candidate by candidate: what is known of each without asking it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from executus_core.cli.models.endpoints import endpoint_as_data
from executus_core.cli.start.setup import serve_named_script
from executus_core.errors import ModelAccessError, ModelError
from executus_core.model.routing import ALIASES, TIERS
from executus_core.plugin.loading import describe

if TYPE_CHECKING:
    from executus_core.llm.exchange import Model
    from executus_core.llm.json import JsonObject
    from executus_core.llm.price import Price
    from executus_core.model.router import CandidateInfo
    from executus_core.plugin.executor import Executor


@frozen
class TierHere:
    """A tier of the configuration.

    Attributes:
        name: The tier.
        spec: Its chain as it is written.
        source: Where that stands.
        candidates: What the chain comes to, the one to prefer first.
        problem: Why no run could use it; or "".
    """

    name: str
    spec: str
    source: str
    candidates: tuple[CandidateInfo, ...] = ()
    problem: str = ""

    def as_data(self) -> JsonObject:
        """Give it as data for JSON."""
        return {
            "tier": self.name,
            "spec": self.spec,
            "source": self.source,
            "problem": self.problem,
            "candidates": [candidate_as_data(one) for one in self.candidates],
        }


@frozen
class AliasHere:
    """An alias of the configuration.

    Attributes:
        name: The alias.
        spec: What it stands for.
        source: Where it says so.
    """

    name: str
    spec: str
    source: str

    def as_data(self) -> JsonObject:
        """Give it as data for JSON."""
        return {"alias": self.name, "spec": self.spec, "source": self.source}


async def check_tiers(executor: Executor) -> tuple[TierHere, ...]:
    """Look which tiers of the configuration have models that can be asked, as far as is known without asking them."""
    routing = executor.routing
    serve_named_script(executor)
    tiers: list[TierHere] = []
    for name, tier in routing.tiers.items():
        candidates, problem = await executor.describe_models(name), ""
        try:
            check_model(await executor.resolve_model(name))
        except ModelError as error:
            problem = str(error)
        source = routing.sources.get((TIERS, name), "")
        tiers.append(TierHere(name, ", ".join(tier.chain), source, candidates, problem))
    return tuple(tiers)


async def list_unserved(executor: Executor) -> tuple[str, ...]:
    """Say which tiers of the configuration no run could use, where they stand, and why."""
    tiers = await check_tiers(executor)
    return tuple(
        f"{executor.routing.place(TIERS, tier.name)}: {tier.problem}" for tier in tiers if tier.problem
    )


def list_aliases(executor: Executor) -> tuple[AliasHere, ...]:
    """List the aliases of the configuration."""
    routing = executor.routing
    return tuple(
        AliasHere(name, spec, routing.sources.get((ALIASES, name), ""))
        for name, spec in routing.aliases.items()
    )


def check_model(model: Model) -> None:
    """Have a model that knows why it can't be asked say so; of any other nothing is known before a call.

    Raises:
        ModelAccessError: It says so, or looking raised something.
    """
    try:
        problem = str(getattr(model, "problem", ""))
    except Exception as error:
        raise ModelAccessError(f"'{model.name}' can't be looked at: {describe(error)}") from error
    if problem:
        raise ModelAccessError(problem)


def window_of(candidate: CandidateInfo) -> int | None:
    """Tell a candidate's context window in tokens; None when nobody knows it."""
    try:
        return (candidate.model.context_tokens or None) if candidate.model else None
    except Exception:  # noqa: BLE001 - foreign code may raise anything, and a list goes on without it
        return None


def candidate_as_data(candidate: CandidateInfo) -> JsonObject:
    """Give a candidate as data for JSON; what nobody knows is null, and not 0."""
    health, endpoint = candidate.health, candidate.endpoint
    return {
        "spec": candidate.spec,
        "endpoint": endpoint_as_data(endpoint) if endpoint else None,
        "context_tokens": window_of(candidate),
        "price": _price_as_data(candidate.price) if candidate.price else None,
        "options": {**candidate.options},
        "health": {
            "condition": health.condition,
            "seconds_left": health.seconds_left,
            "failures": health.failures,
            "reason": health.reason,
        },
        "problem": candidate.problem,
    }


def _price_as_data(price: Price) -> JsonObject:
    return {
        "input_usd_per_million": price.input_usd,
        "output_usd_per_million": price.output_usd,
        "cached_input_usd_per_million": price.cached_input_usd,
    }
