"""The models that can be asked for here and now: tiers, what the sources list, what they find, and what a run would use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from executus_core.cli.models.endpoints import EndpointHere, finding_as_data, look_at_endpoints
from executus_core.cli.models.tiers import (
    AliasHere,
    TierHere,
    check_model,
    check_tiers,
    list_aliases,
)
from executus_core.cli.start.model_choice import ModelChoice, ModelWish, choose_model
from executus_core.cli.start.setup import find_known, list_candidates, serve_named_script
from executus_core.errors import ModelError
from executus_core.model.resolve import known_tiers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.cli.start.asked import Asked
    from executus_core.llm.json import JsonValue
    from executus_core.plugin.executor import Executor
    from executus_core.ports.model_source import ModelSource
    from executus_core.record.finding import ModelFinding


@frozen
class ModelsHere:
    """Everything that can be said of models without calling one.

    Attributes:
        tiers: Those of the configuration.
        aliases: Those of the configuration.
        endpoints: Those of the configuration.
        listed: By plugin, the tiers that its model source lists.
        findings: Where the model sources looked.
        choice: What a run would use; None when there is nothing at the server that was named.
        chain: The specs of the models that this comes to, the one to prefer first.
        error: Why a run could not use it, or None.
    """

    tiers: tuple[TierHere, ...] = ()
    aliases: tuple[AliasHere, ...] = ()
    endpoints: tuple[EndpointHere, ...] = ()
    listed: dict[str, list[str]] = field(factory=dict[str, list[str]])
    findings: tuple[ModelFinding, ...] = ()
    choice: ModelChoice | None = None
    chain: tuple[str, ...] = ()
    error: ModelError | None = None

    @property
    def chosen(self) -> str:
        """The spec, or the chain, that a run would use, where a tier stands for one; "" for none."""
        return ", ".join(self.chain)

    def as_data(self) -> dict[str, JsonValue]:
        """Give it as data for JSON."""
        return {
            "tiers": [one.as_data() for one in self.tiers],
            "aliases": [one.as_data() for one in self.aliases],
            "endpoints": [one.as_data() for one in self.endpoints],
            "listed": {plugin: [*tiers] for plugin, tiers in self.listed.items()},
            "findings": [finding_as_data(one) for one in self.findings],
            "chosen": None
            if self.choice is None
            else {"spec": self.chosen, "origin": self.choice.origin.value, "why": self.choice.why},
            "problem": "" if self.error is None else str(self.error),
        }


async def look_for_models(executor: Executor, asked: Asked) -> ModelsHere:
    """Have every model source of an open executor look, and decide what a run would use; no model is called."""
    wish = ModelWish(asked.model, asked.base_url, "", executor.defaults.model_tier)
    known = await find_known(executor, wish)
    findings = await executor.find_models(wish.base_url)
    listed = _listed(executor, executor.model_sources)
    tiers = await check_tiers(executor)
    choice, problem = None, None
    try:
        choice = choose_model(wish, known, findings)
        serve_named_script(executor, choice.spec)
        check_model(await executor.resolve_model(choice.spec))
    except ModelError as error:
        problem = error
    chain = list_candidates(executor, choice.spec) if choice else ()
    aliases, endpoints = list_aliases(executor), await look_at_endpoints(executor)
    return ModelsHere(tiers, aliases, endpoints, listed, findings, choice, chain, problem)


def first_remedy(findings: Iterable[ModelFinding]) -> str:
    """Find the first thing that a person could do to have a model."""
    return next((finding.remedy for finding in findings if finding.remedy), "")


def _listed(executor: Executor, sources: Iterable[ModelSource]) -> dict[str, list[str]]:
    listed: dict[str, list[str]] = {}
    for source in sources:
        try:
            tiers = [str(tier) for tier in known_tiers(source)]
        except Exception:  # noqa: BLE001 - foreign code may raise anything, and a list goes on without it
            tiers = []
        listed.setdefault(executor.ports.name_of(source), []).extend(tiers)
    return listed
