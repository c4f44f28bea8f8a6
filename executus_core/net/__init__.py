"""The guarded way out: an HTTP client that can't be talked into private address space."""

from executus_core.net.client import guarded_client
from executus_core.net.file import fetch
from executus_core.net.policy import NetPolicy

__all__ = ["NetPolicy", "fetch", "guarded_client"]
