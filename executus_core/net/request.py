"""Whether a request may be sent at all: what can be said of it before any name is looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.errors import BlockedAddressError
from executus_core.net.host import BLOCKED_PORTS, find_host_problem, is_host_allowed

if TYPE_CHECKING:
    import httpx

    from executus_core.net.policy import NetPolicy

DEFAULT_PORTS = {"http": 80, "https": 443}
DEADLINE = "executus_deadline"
"""The request extension with the time, on the event loop's clock, at which a request and its redirects must be over."""

_MAX_SHOWN_CHARS = 100
_EXTENSIONS = {"timeout", DEADLINE}


def where_of(url: httpx.URL) -> str:
    """Name whom a request is for, as errors do: never with a password, and never at length."""
    return f"'{url.netloc.decode('ascii')[:_MAX_SHOWN_CHARS]}'"


def port_of(url: httpx.URL) -> int | None:
    """Return a URL's port; None when it has none and its scheme implies none."""
    return DEFAULT_PORTS.get(url.scheme) if url.port is None else url.port


def check_request(request: httpx.Request, policy: NetPolicy) -> None:
    """Refuse a request that must not be sent.

    Raises:
        BlockedAddressError: It names a place, or a way to it, that is not allowed.
    """
    if problem := _find_url_problem(request.url, policy) or _find_form_problem(request):
        raise BlockedAddressError(f"the request to {where_of(request.url)} was not sent: {problem}")


def _find_url_problem(url: httpx.URL, policy: NetPolicy) -> str:
    if url.is_relative_url:
        return "its URL names no host; begin it with https://"
    if url.scheme not in DEFAULT_PORTS:
        return f"its scheme is '{url.scheme}'; use https or http"
    host = url.raw_host.decode("ascii")
    if problem := find_host_problem(host):
        return f"{problem}; write the host in its usual form"
    if url.userinfo:
        return "its URL has a user name; send credentials in a header instead"
    if not is_host_allowed(host, policy.allow_hosts):
        return f"only these hosts may be reached: {', '.join(policy.allow_hosts or ()) or 'none'}"
    return _find_port_problem(port_of(url) or 0, policy)


def _find_port_problem(port: int, policy: NetPolicy) -> str:
    if policy.allow_ports is not None:
        if port not in policy.allow_ports:
            return f"only these ports may be reached: {', '.join(map(str, policy.allow_ports)) or 'none'}"
    elif port in BLOCKED_PORTS or not 0 < port < 65536:
        return f"port {port} is not one for HTTP; use another"
    return ""


def _find_form_problem(request: httpx.Request) -> str:
    """Look at what would take a request somewhere else than its URL says."""
    if request.method == "CONNECT":
        return "its method is CONNECT, which makes a tunnel; use another"
    if "upgrade" in request.headers:
        return "it asks for another protocol than HTTP; leave out the header 'Upgrade'"
    if request.headers.get_list("host") != [request.url.netloc.decode("ascii")]:
        return "its header 'Host' names another host than its URL; leave the header out"
    if unknown := request.extensions.keys() - _EXTENSIONS:
        return f"it has the extension '{min(unknown)}', which a guarded client does not take; leave it out"
    return ""
