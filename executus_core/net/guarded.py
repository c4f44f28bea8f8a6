"""The guarded client: one request from its first look-up to its last byte, with all of its redirects."""

from __future__ import annotations

import asyncio
from functools import wraps
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, ParamSpec

import httpx
from typing_extensions import override

from executus_core.errors import BadResponseError, BlockedAddressError
from executus_core.net.body import ACCEPTED, bounds_of
from executus_core.net.faults import translated
from executus_core.net.redirect import clean, is_same_origin, new_cookies
from executus_core.net.request import DEADLINE, where_of
from executus_core.net.transport import GuardedTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    # `send` is typed with these, and the front door of httpx does not name them.
    from httpx._client import UseClientDefault
    from httpx._types import AuthTypes

    from executus_core.net.lookup import Resolver
    from executus_core.net.policy import NetPolicy

P = ParamSpec("P")

_NOBODY = DefaultCookiePolicy(allowed_domains=())


def _named(build: Callable[P, httpx.Request]) -> Callable[P, httpx.Request]:
    @wraps(build)
    def build_request(*args: P.args, **kwargs: P.kwargs) -> httpx.Request:
        try:
            return build(*args, **kwargs)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise BlockedAddressError(f"the URL can't be read: {error}; check how it is written") from error

    return build_request


class GuardedClient(httpx.AsyncClient):
    """An ``httpx.AsyncClient`` whose every request, hop and byte is held to a policy.

    All of httpx's ways to send a request lead through ``send``, and every request that ``send`` makes of it through the
    transport: there the policy is enforced, whatever attributes of the client were changed.

    Args:
        policy: The policy.
        resolve: Looks a name up.
    """

    if not TYPE_CHECKING:  # its type is the one that it overrides
        build_request = _named(httpx.AsyncClient.build_request)

    def __init__(self, policy: NetPolicy, resolve: Resolver) -> None:
        super().__init__(
            transport=GuardedTransport(policy, resolve),
            headers={"Accept-Encoding": ACCEPTED},
            timeout=policy.timeout_s,
            follow_redirects=True,
            max_redirects=policy.max_redirects,
            trust_env=False,
        )
        self._policy = policy

    @override
    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: AuthTypes | UseClientDefault | None = httpx.USE_CLIENT_DEFAULT,
        follow_redirects: bool | UseClientDefault = httpx.USE_CLIENT_DEFAULT,
    ) -> httpx.Response:
        """Send a request and follow its redirects, all within one deadline.

        Raises:
            BlockedAddressError: It leads, or a redirect leads, to where nothing may be sent.
            NetworkError: It brought nothing that can be used; the message says why.
        """
        # A client that several runs share must not carry one's cookies to the next.
        self.cookies.jar.set_policy(_NOBODY)
        is_following = follow_redirects if isinstance(follow_redirects, bool) else self.follow_redirects
        bounds = bounds_of(request.url, self._policy)
        request.extensions = {**request.extensions, DEADLINE: bounds.deadline}
        patience = asyncio.timeout_at(bounds.deadline)
        try:
            async with patience:
                with translated(bounds.where):
                    response = await self._send_and_follow(request, auth, is_following=is_following)
                    if not stream:
                        await _read(response)
                    return response
        except TimeoutError as error:
            if not patience.expired():
                raise
            raise bounds.too_slow() from error

    async def _send_and_follow(
        self, request: httpx.Request, auth: AuthTypes | UseClientDefault | None, *, is_following: bool
    ) -> httpx.Response:
        history: list[httpx.Response] = []
        cookies = new_cookies()
        while True:
            response = await super().send(request, stream=True, auth=auth, follow_redirects=False)
            response.history = list(history)
            hop = response.next_request
            if hop is None:
                return response
            try:
                clean(hop, response, cookies)
            except BaseException:
                await response.aclose()
                raise
            if not is_following:
                return response
            # Closed, never read: what a hop has for a body is nobody's business, and may be endless.
            await response.aclose()
            history.append(response)
            if len(history) > self._policy.max_redirects:
                raise _too_many(history)
            if not is_same_origin(hop.url, response.request.url):
                auth = None
            request = hop


async def _read(response: httpx.Response) -> None:
    try:
        await response.aread()
    except BaseException:
        await response.aclose()
        raise


def _too_many(history: Sequence[httpx.Response]) -> BadResponseError:
    return BadResponseError(
        f"{where_of(history[0].request.url)} redirects once more after {len(history) - 1} redirects, which is where "
        "following ends; ask for the page that you want by its own URL"
    )
