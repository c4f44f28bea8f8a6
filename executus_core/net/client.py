"""The door to the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.net.policy import NetPolicy

if TYPE_CHECKING:
    import httpx

    from executus_core.net.lookup import Resolver


def guarded_client(policy: NetPolicy | None = None, *, resolve: Resolver | None = None) -> httpx.AsyncClient:
    """Make an HTTP client that can't be talked into private address space.

    Args:
        policy: What it may do.
        resolve: Looks a host's name up, in place of the system's resolver; its answers are checked all the same.

    Returns:
        An ``httpx.AsyncClient``; close it, or use it as ``async with``.
    """
    # An HTTP library is not paid for by those who only say what may be reached.
    from executus_core.net.guarded import GuardedClient  # noqa: PLC0415 - see above
    from executus_core.net.lookup import look_up  # noqa: PLC0415 - see above

    return GuardedClient(policy or NetPolicy(), resolve or look_up)
