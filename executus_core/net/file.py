"""One file from the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.errors import BadResponseError
from executus_core.net.client import guarded_client

if TYPE_CHECKING:
    from executus_core.net.lookup import Resolver
    from executus_core.net.policy import NetPolicy


async def fetch(url: str, policy: NetPolicy | None = None, *, resolve: Resolver | None = None) -> bytes:
    """Fetch what a URL names through a guarded client.

    Args:
        url: The address in full.
        policy: What the client may do.
        resolve: Looks a host's name up, in place of the system's resolver; its answers are checked all the same.

    Raises:
        BlockedAddressError: It leads to where nothing may be sent.
        NetworkError: It brought nothing that can be used: an error status is a ``BadResponseError``.
    """
    from executus_core.net.request import where_of  # noqa: PLC0415 - only once something is fetched

    async with guarded_client(policy, resolve=resolve) as client:
        response = await client.get(url)
    if not response.is_success:
        raise BadResponseError(
            f"{where_of(response.url)} answered {response.status_code} {response.reason_phrase}; check the address"
        )
    return response.content
