"""Which model serves a tier or spec: tiers, failover chains, endpoints and prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.model.resolve import as_model_source, quick_find, resolve_model

if TYPE_CHECKING:
    from executus_core.llm.price import Price
    from executus_core.model.health import Health
    from executus_core.model.policy import FailoverPolicy
    from executus_core.model.router import CandidateInfo, ModelRouter
    from executus_core.model.routing import Routing, Tier
    from executus_core.ports.sinks import TraceSink, UsageSink
    from executus_core.record.endpoint import Endpoint

__all__ = [
    "CandidateInfo",
    "Endpoint",
    "FailoverPolicy",
    "Health",
    "ModelRouter",
    "Price",
    "Routing",
    "Tier",
    "TraceSink",
    "UsageSink",
    "as_model_source",
    "quick_find",
    "resolve_model",
]

_HOMES = {
    "CandidateInfo": "executus_core.model.router",
    "Endpoint": "executus_core.record.endpoint",
    "FailoverPolicy": "executus_core.model.policy",
    "Health": "executus_core.model.health",
    "ModelRouter": "executus_core.model.router",
    "Price": "executus_core.llm.price",
    "Routing": "executus_core.model.routing",
    "Tier": "executus_core.model.routing",
    "TraceSink": "executus_core.ports.sinks",
    "UsageSink": "executus_core.ports.sinks",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for: a host with one model needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module  # noqa: PLC0415 - nothing else is needed for it

    return getattr(import_module(_HOMES[name]), name)
