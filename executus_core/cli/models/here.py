"""The models that can be asked for here and now: tiers, what the sources list, what they find, and what a run would use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from executus_core.cli.start.model_choice import (
    SCRIPTED,
    ModelChoice,
    ModelWish,
    choose_model,
    follow_tiers,
)
from executus_core.cli.start.setup import find_known, serve_script
from executus_core.errors import ModelAccessError, ModelError
from executus_core.model.resolve import known_tiers
from executus_core.plugin.loading import describe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.cli.start.asked import Asked
    from executus_core.llm.exchange import Model
    from executus_core.llm.json import JsonValue
    from executus_core.plugin.executor import Executor
    from executus_core.ports.model_source import ModelSource
    from executus_core.record.finding import ModelFinding


@frozen
class Tier:
    """A tier of the configuration.

    Attributes:
        name: The tier.
        spec: What ``[models]`` says that it is.
        source: Where it says so.
        problem: Why no model serves it, or why its model can't be asked; or "".
    """

    name: str
    spec: str
    source: str
    problem: str = ""


@frozen
class ModelsHere:
    """Everything that can be said of models without calling one.

    Attributes:
        tiers: Those of the configuration.
        listed: By plugin, the tiers that its model source lists.
        findings: Where the model sources looked.
        choice: What a run would use; None when there is nothing at the server that was named.
        error: Why a run could not use it, or None.
    """

    tiers: tuple[Tier, ...] = ()
    listed: dict[str, list[str]] = field(factory=dict[str, list[str]])
    findings: tuple[ModelFinding, ...] = ()
    choice: ModelChoice | None = None
    error: ModelError | None = None

    @property
    def chosen(self) -> str:
        """The spec that a run would use, where a tier stands for one; "" for none."""
        tiers = {tier.name: tier.spec for tier in self.tiers}
        return follow_tiers(self.choice.spec, tiers) if self.choice else ""

    def as_data(self) -> dict[str, JsonValue]:
        """Give it as data for JSON."""
        return {
            "tiers": [
                {"tier": one.name, "spec": one.spec, "source": one.source, "problem": one.problem}
                for one in self.tiers
            ],
            "listed": {plugin: [*tiers] for plugin, tiers in self.listed.items()},
            "findings": [
                {
                    "place": one.place,
                    "specs": list(one.specs),
                    "problem": one.problem,
                    "remedy": one.remedy,
                }
                for one in self.findings
            ],
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
        if choice.spec != SCRIPTED:
            _check_model(await executor.resolve_model(choice.spec))
    except ModelError as error:
        problem = error
    return ModelsHere(tiers, listed, findings, choice, problem)


async def check_tiers(executor: Executor) -> tuple[Tier, ...]:
    """Look which tiers of the configuration have a model that can be asked, as far as is known without asking it."""
    configuration = executor.configuration
    if SCRIPTED in configuration.models.values():
        serve_script(executor)
    tiers: list[Tier] = []
    for name, spec in configuration.models.items():
        problem = ""
        try:
            _check_model(await executor.resolve_model(name))
        except ModelError as error:
            problem = str(error)
        tiers.append(Tier(name, spec, configuration.source("models", name), problem))
    return tuple(tiers)


async def list_unserved(executor: Executor) -> tuple[str, ...]:
    """Say which tiers of the configuration have no model that can be asked, and why."""
    return tuple(tier.problem for tier in await check_tiers(executor) if tier.problem)


def first_remedy(findings: Iterable[ModelFinding]) -> str:
    """Find the first thing that a person could do to have a model."""
    return next((finding.remedy for finding in findings if finding.remedy), "")


def _check_model(model: Model) -> None:
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


def _listed(executor: Executor, sources: Iterable[ModelSource]) -> dict[str, list[str]]:
    listed: dict[str, list[str]] = {}
    for source in sources:
        try:
            tiers = [str(tier) for tier in known_tiers(source)]
        except Exception:  # noqa: BLE001 - foreign code may raise anything, and a list goes on without it
            tiers = []
        listed.setdefault(executor.ports.name_of(source), []).extend(tiers)
    return listed
