"""Which hosts and ports a request may name: one spelling each, so that nobody reads another host out of it."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.net.blocks import Address

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)

# fmt: off
BLOCKED_PORTS = frozenset({
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
    111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
    540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
    6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
})
# fmt: on
"""Ports where something else than HTTP listens, which could be talked into obeying a request: the Fetch standard's."""


def find_host_problem(host: str) -> str:
    """Return what is wrong with how a host is written, as the end of a sentence, or "".

    Args:
        host: A URL's host as it goes over the wire: lower case, punycode, no brackets.
    """
    if not host:
        return "no host is named"
    if ":" in host:
        return "" if find_address(host) else "it is no IPv6 address without a zone"
    if host.endswith("."):
        return "it ends with a dot"
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return "" if find_address(host) else "a host that ends with a number must be four decimal numbers"
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return "a name is made of letters, digits and hyphens, with single dots between"
    return ""


def find_address(host: str) -> Address | None:
    """Return the address that a host is, or None when it is a name or no canonical address."""
    try:
        if ":" in host:
            return None if "%" in host else IPv6Address(host)
        return IPv4Address(host)
    except AddressValueError:
        return None


def is_host_allowed(host: str, globs: Iterable[str] | None) -> bool:
    """Tell whether a host is on the list, or whether there is none."""
    return globs is None or any(fnmatchcase(host, glob) for glob in globs)
