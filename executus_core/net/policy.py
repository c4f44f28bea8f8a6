"""What a guarded client may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


@frozen
class NetPolicy:
    """What a guarded client may do; the defaults suit a page that a model asked for.

    Attributes:
        allow_private: Networks in CIDR notation that may be reached though they are not public; metadata addresses stay
            blocked even inside of them.
        allow_hosts: Globs of the only host names that may be reached; None for every name.
        max_response_bytes: Bytes of a body, counted after decompression.
        max_redirects: Redirects that are followed; each is checked anew.
        timeout_s: Seconds for a whole request, from the look-up of the name to the last byte of the body.
    """

    allow_private: tuple[str, ...] = field(default=(), converter=_names)
    allow_hosts: tuple[str, ...] | None = None
    max_response_bytes: int = 10_000_000
    max_redirects: int = 5
    timeout_s: float = 30.0
