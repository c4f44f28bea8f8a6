"""From a request that was checked to a response that is bounded."""

from __future__ import annotations

import math
import ssl
from functools import cache
from typing import TYPE_CHECKING, cast

import httpcore
import httpx
from typing_extensions import override

from executus_core.errors import BadResponseError, ConfigError
from executus_core.net.body import ACCEPTED, BoundedBody, announced_bytes, bounds_of, find_coding
from executus_core.net.connector import GuardedConnector
from executus_core.net.faults import translated
from executus_core.net.headers import bounded_headers
from executus_core.net.request import DEADLINE, check_request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from executus_core.net.lookup import Resolver
    from executus_core.net.policy import NetPolicy

_MAX_CONNECTIONS = 100
_MAX_IDLE_CONNECTIONS = 20
_KEEP_IDLE_S = 5.0
_KEPT = ("http_version", "reason_phrase")


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends single requests; also those that redirects and authentication make out of one.

    Args:
        policy: What may be reached, and what an answer may take.
        resolve: Looks a name up.
    """

    def __init__(self, policy: NetPolicy, resolve: Resolver) -> None:
        self._policy = policy
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_trust(policy.ca_file),
            max_connections=_MAX_CONNECTIONS,
            max_keepalive_connections=_MAX_IDLE_CONNECTIONS,
            keepalive_expiry=_KEEP_IDLE_S,
            network_backend=GuardedConnector(policy, resolve),
        )

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        check_request(request, self._policy)
        bounds = bounds_of(request.url, self._policy, request.extensions.get(DEADLINE, math.inf))
        request.headers["Accept-Encoding"] = ACCEPTED
        with translated(bounds.where), bounded_headers():
            answer = await self._pool.handle_async_request(_to_wire(request))
        if answer.status == 101:
            await answer.aclose()
            raise BadResponseError(
                f"{bounds.where} went over to another protocol than HTTP; try another page"
            )
        has_body = request.method != "HEAD" and answer.status != 304
        return _from_wire(answer, BoundedBody(answer, bounds, announced_bytes(answer) if has_body else 0))

    @override
    async def aclose(self) -> None:
        await self._pool.aclose()


def _to_wire(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        request.method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
        extensions={"timeout": request.extensions.get("timeout", {})},
    )


def _from_wire(answer: httpcore.Response, body: BoundedBody) -> httpx.Response:
    # The body comes unpacked, and nobody may unpack it again. Of the extensions, the socket stays here.
    extensions = cast("Mapping[str, object]", answer.extensions)  # pyright: ignore[reportUnknownMemberType]
    dropped = {b"content-encoding"}
    if find_coding(answer) != "identity":
        dropped.add(b"content-length")
    return httpx.Response(
        answer.status,
        headers=[(name, value) for name, value in answer.headers if name.lower() not in dropped],
        stream=body,
        extensions={name: extensions[name] for name in _KEPT if name in extensions},
    )


@cache
def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Build what says which certificates are trusted; it takes long, and all clients can share it."""
    context = httpx.create_ssl_context(trust_env=False)
    # Set by a variable of the environment, it would have the keys of every connection written to a file.
    context.keylog_filename = None  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]  # how it is unset
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f"NetPolicy.ca_file is '{ca_file}', which can't be read as certificates: {error}"
            ) from error
    return context
