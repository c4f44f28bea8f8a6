"""The endpoints of a configuration, and whether those on this machine answer."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attrs import frozen

from executus_core.model.routing import ENDPOINTS

if TYPE_CHECKING:
    from executus_core.llm.json import JsonObject
    from executus_core.plugin.executor import Executor
    from executus_core.record.endpoint import Endpoint
    from executus_core.record.finding import ModelFinding


@frozen
class EndpointHere:
    """An endpoint of the configuration.

    Attributes:
        endpoint: The endpoint; its token is shown to nobody.
        source: Where it stands.
        finding: What answers there; None when nobody looked.
    """

    endpoint: Endpoint
    source: str
    finding: ModelFinding | None = None

    def as_data(self) -> JsonObject:
        """Give it as data for JSON."""
        found = self.finding
        return {
            **endpoint_as_data(self.endpoint),
            "source": self.source,
            "finding": None if found is None else finding_as_data(found),
        }


async def look_at_endpoints(executor: Executor) -> tuple[EndpointHere, ...]:
    """Look at the endpoints of the configuration that are on this machine and ask for no token; the others stay unasked."""
    routing = executor.routing
    findings = await asyncio.gather(*(_find(executor, endpoint) for endpoint in routing.endpoints.values()))
    return tuple(
        EndpointHere(endpoint, routing.sources.get((ENDPOINTS, name), ""), finding)
        for (name, endpoint), finding in zip(routing.endpoints.items(), findings, strict=True)
    )


async def _find(executor: Executor, endpoint: Endpoint) -> ModelFinding | None:
    if endpoint.token or not _is_here(endpoint.url):
        return None
    findings = await executor.find_models(endpoint.url)
    return next((one for one in findings if one.specs), next(iter(findings), None))


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def endpoint_as_data(endpoint: Endpoint) -> JsonObject:
    """Give an endpoint as data for JSON; of its token only that there is one."""
    return {
        "name": endpoint.name,
        "type": endpoint.type,
        "url": endpoint.url,
        "has_token": bool(endpoint.token),
        "concurrency": endpoint.concurrency,
    }


def finding_as_data(finding: ModelFinding) -> JsonObject:
    """Give what a model source found as data for JSON."""
    return {
        "place": finding.place,
        "specs": list(finding.specs),
        "problem": finding.problem,
        "remedy": finding.remedy,
    }
