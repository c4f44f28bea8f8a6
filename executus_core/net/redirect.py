"""What may go along to where a redirect leads."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

import httpx

from executus_core.errors import BlockedAddressError
from executus_core.net.request import port_of, where_of

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

HARMLESS: AbstractSet[str] = {
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "host",
    "if-modified-since",
    "if-none-match",
    "range",
    "transfer-encoding",
    "user-agent",
}
"""Headers that go along to another origin. A list of those that must not would miss somebody's ``X-Api-Key``."""


def is_same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Tell whether two URLs have scheme, host and port in common."""
    return (one.scheme, one.raw_host, port_of(one)) == (other.scheme, other.raw_host, port_of(other))


def new_cookies() -> httpx.Cookies:
    """Make a jar for one request and its redirects; sites may not set cookies for all of a country's."""
    return httpx.Cookies(CookieJar(DefaultCookiePolicy(strict_domain=True)))


def clean(hop: httpx.Request, response: httpx.Response, cookies: httpx.Cookies) -> None:
    """Leave only what may be known where a redirect leads.

    Args:
        hop: The request that the redirect asks for; it is changed.
        response: The redirect.
        cookies: What the hosts of this request have set; what this one sets is added.

    Raises:
        BlockedAddressError: It leads from https to http.
    """
    before = response.request
    if before.url.scheme == "https" and hop.url.scheme == "http":
        raise BlockedAddressError(
            f"the redirect from {where_of(before.url)} to {where_of(hop.url)} was not followed: it leads from https to "
            "http, where everybody on the way can read along; use another page"
        )
    if not is_same_origin(hop.url, before.url):
        hop.headers = httpx.Headers(
            [(name, value) for name, value in hop.headers.multi_items() if name in HARMLESS]
        )
    hop.headers.pop("Cookie", None)
    cookies.extract_cookies(response)
    cookies.set_cookie_header(hop)
