"""Which model answers, decided from what was said and what was found; nothing is asked here, and nothing awaited."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

from attrs import Factory, frozen

from executus_core.errors import ModelResolutionError, ModelUnavailableError
from executus_core.model.routing import split_chain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core.record.finding import ModelFinding

SCRIPTED: Final = "scripted"
"""What the model that needs no provider is called, by people and as a spec."""
INSTALL: Final = "pip install executus-model-litellm"
KEEP: Final = "executus config init"
EXPLAIN: Final = "executus doctor"
NAME_IT: Final = "--model PROVIDER/MODEL"
_AT_SERVER: Final = re.compile(r"@(?=https?://)")


class Origin(Enum):
    """Who named the model."""

    ASKED = "asked"
    """``--model``, or ``--base-url``."""
    AGENT = "agent"
    """The agent names a spec, or a tier that is known."""
    CONFIGURED = "configured"
    """The configuration, for the tier of agents that name none."""
    FOUND = "found"
    """Nobody: a model source found it by itself."""
    SCRIPTED = "scripted"
    """Nobody, and nothing was found."""


@frozen
class ModelWish:
    """Who said what of the model.

    Attributes:
        asked: What ``--model`` says, or "".
        base_url: What ``--base-url`` says, or "".
        agent: The agent's tier or spec, or "".
        default: Tier or spec of agents that name none.
    """

    asked: str = ""
    base_url: str = ""
    agent: str = ""
    default: str = "fast"

    @property
    def named(self) -> str:
        """The tier or spec to use, were there no server to look at."""
        return self.asked or self.agent or self.default


@frozen
class KnownModels:
    """What is known of models without looking for any.

    Attributes:
        tiers: What ``[models]`` says: specs, or other tiers, by tier.
        is_served: Whether a model source knows the wish's tier or spec.
        has_sources: Whether any plugin provides models.
        default_source: Who set the wish's default; "" when nobody did.
        models_source: Where ``[models]`` says what the wish's tier is; "" when it does not.
    """

    tiers: Mapping[str, str] = Factory(dict[str, str])
    is_served: bool = False
    has_sources: bool = False
    default_source: str = ""
    models_source: str = ""


@frozen
class ModelChoice:
    """The model that answers.

    Attributes:
        spec: Tier or spec to resolve.
        origin: Who named it.
        why: The same for people, to stand in brackets.
        advice: The command that would make it better, or "".
    """

    spec: str
    origin: Origin
    why: str
    advice: str = ""


def needs_finding(wish: ModelWish, known: KnownModels) -> bool:
    """Tell whether the model sources must look before a model can be chosen."""
    return bool(wish.base_url) or not (wish.asked or _is_named(wish, known))


def choose_model(wish: ModelWish, known: KnownModels, findings: Sequence[ModelFinding] = ()) -> ModelChoice:
    """Choose the model: what was asked for, what the agent says, the configuration, what was found, the script.

    Args:
        wish: Who said what.
        known: What is known.
        findings: What the sources found; looked at only when ``needs_finding``.

    Raises:
        ModelResolutionError: A server was named, and no plugin could speak to it.
        ModelUnavailableError: A server was named, and it offers nothing now.
    """
    if wish.base_url:
        return _choose_at_server(wish, known, findings)
    if wish.asked:
        return ModelChoice(wish.asked, Origin.ASKED, "--model")
    if _is_named(wish, known):
        origin = Origin.AGENT if wish.agent else Origin.CONFIGURED
        return ModelChoice(wish.named, origin, _who_named(wish, known))
    return _choose_found(known, findings)


def _choose_found(known: KnownModels, findings: Sequence[ModelFinding]) -> ModelChoice:
    for finding in findings:
        if finding.specs:
            return ModelChoice(finding.specs[0], Origin.FOUND, finding.place, KEEP)
    if known.has_sources:
        return ModelChoice(SCRIPTED, Origin.SCRIPTED, "no model is configured, and none was found", EXPLAIN)
    return ModelChoice(
        SCRIPTED, Origin.SCRIPTED, "no model is configured, and no plugin provides any", INSTALL
    )


def _is_named(wish: ModelWish, known: KnownModels) -> bool:
    """Tell whether agent or configuration settle it.

    Whoever configured models is never given another one in silence: a tier that ``[models]`` lacks is a mistake to be told.
    """
    named = wish.named
    return "/" in named or named == SCRIPTED or known.is_served or bool(known.tiers)


def _who_named(wish: ModelWish, known: KnownModels) -> str:
    where = "the agent" if wish.agent else known.default_source
    if known.models_source:
        meaning = f"'{wish.named}' in [models] of {known.models_source}"
        return f"{where}: {meaning}" if where else meaning
    return where or (
        f"a plugin serves '{wish.named}'" if known.is_served else f"no [models] has '{wish.named}'"
    )


def _choose_at_server(wish: ModelWish, known: KnownModels, findings: Sequence[ModelFinding]) -> ModelChoice:
    offered = [(finding.place, spec) for finding in findings for spec in finding.specs]
    if wish.asked and (offered or "/" in wish.asked):
        specs = [spec for _, spec in offered]
        chain = [_spec_at_server(one, wish.base_url, specs) for one in split_chain(wish.asked)]
        return ModelChoice(", ".join(chain), Origin.ASKED, "--model")
    if offered:
        place, spec = offered[0]
        others = f", the first of {len(offered)}" if len(offered) > 1 else ""
        return ModelChoice(spec, Origin.ASKED, f"{place}{others}")
    if not known.has_sources:
        raise ModelResolutionError(
            f"no model at {wish.base_url}: no active plugin provides models; install one: {INSTALL}",
            spec=wish.base_url,
        )
    nothing = "; ".join(map(describe_nothing, findings))
    raise ModelUnavailableError(
        nothing or f"no plugin can look at {wish.base_url}; name its model: {NAME_IT}"
    )


def _spec_at_server(asked: str, url: str, offered: Sequence[str]) -> str:
    """Make the spec of a model at a server of what a person calls it: its spec, or its name there, with a tag or without."""
    names = {spec: _AT_SERVER.split(spec)[0] for spec in offered}
    for spec, full in names.items():
        if asked in {full, full.partition("/")[2]}:
            return spec
    for spec, full in names.items():
        if full.partition("/")[2].partition(":")[0] == asked:
            return spec
    provider = next(iter(names.values()), "").partition("/")[0]
    prefix = f"{provider}/" if provider and "/" not in asked else ""
    return f"{prefix}{asked}@{url}"


def describe_nothing(finding: ModelFinding) -> str:
    """Say why there is nothing in a place, and what helps, as one sentence without its end."""
    said = f"{finding.place} {finding.problem or 'offers no model'}"
    return f"{said}; {finding.remedy}" if finding.remedy else said
