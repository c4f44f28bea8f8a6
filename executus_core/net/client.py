"""The client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.errors import BlockedAddressError
from executus_core.net.policy import NetPolicy

if TYPE_CHECKING:
    import httpx


def guarded_client(policy: NetPolicy | None = None) -> httpx.AsyncClient:
    """Make an HTTP client that can't be talked into private address space.

    Args:
        policy: What it may do.
    """
    raise BlockedAddressError(f"no address is reachable yet under {policy or NetPolicy()}")
