"""Which addresses are never public: the special-purpose blocks, each row with the document that sets it aside.

Python's ``is_global`` and ``is_private`` are no policy: both change with the interpreter, and ``is_global`` is true for
``fec0::1``, for ``64:ff9b::a9fe:a9fe`` and for a cloud's metadata service.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from executus_core.net.embedded import embedded_addresses

if TYPE_CHECKING:
    from collections.abc import Iterable

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network


@frozen
class Block:
    """A network that is not public.

    Attributes:
        network: Its addresses.
        what: What they are for, to follow "is".
        source: Who says so.
    """

    network: Network
    what: str
    source: str

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.what} ({self.network}, {self.source})"


def _rows(*rows: tuple[str, str, str]) -> tuple[Block, ...]:
    return tuple(Block(ip_network(network), what, source) for network, what, source in rows)


METADATA = _rows(
    # Whole link-local networks: clouds and their tools hand out credentials at a dozen addresses in them.
    ("169.254.0.0/16", "link-local, where clouds keep their metadata", "RFC 3927"),
    ("fe80::/10", "link-local, where clouds keep their metadata", "RFC 4291"),
    ("100.100.100.200/32", "a metadata service", "Alibaba Cloud"),
    ("168.63.129.16/32", "a metadata service", "Azure"),
    ("192.0.0.192/32", "a metadata service", "Oracle Cloud"),
    ("fd00:42::42/128", "a metadata service", "Scaleway"),
    ("fd00:c1::a9fe:a9fe/128", "a metadata service", "Oracle Cloud"),
    ("fd00:ec2::/32", "where AWS keeps its metadata", "AWS"),
    ("fd20:ce::254/128", "a metadata service", "Google Cloud"),
)
"""Never reachable, whatever a policy allows: who reads here acts as the machine."""

SPECIAL = _rows(
    ("0.0.0.0/8", "this network", "RFC 791"),
    ("10.0.0.0/8", "private", "RFC 1918"),
    ("100.64.0.0/10", "shared by a carrier's customers", "RFC 6598"),
    ("127.0.0.0/8", "loopback", "RFC 1122"),
    ("172.16.0.0/12", "private", "RFC 1918"),
    ("192.0.0.0/24", "set aside for protocols", "RFC 6890"),
    ("192.0.2.0/24", "for documentation", "RFC 5737"),
    ("192.31.196.0/24", "a sink for reverse look-ups", "RFC 7535"),
    ("192.52.193.0/24", "a multicast relay", "RFC 7450"),
    ("192.88.99.0/24", "a 6to4 relay", "RFC 7526"),
    ("192.168.0.0/16", "private", "RFC 1918"),
    ("192.175.48.0/24", "a sink for reverse look-ups", "RFC 7534"),
    ("198.18.0.0/15", "for benchmarks", "RFC 2544"),
    ("198.51.100.0/24", "for documentation", "RFC 5737"),
    ("203.0.113.0/24", "for documentation", "RFC 5737"),
    ("224.0.0.0/4", "multicast", "RFC 5771"),
    ("240.0.0.0/4", "reserved, or broadcast", "RFC 1112"),
    ("::/128", "the unspecified address", "RFC 4291"),
    ("::1/128", "loopback", "RFC 4291"),
    ("::ffff:0:0/96", "IPv4 mapped into IPv6", "RFC 4291"),
    ("::ffff:0:0:0/96", "IPv4 translated into IPv6", "RFC 2765"),
    ("64:ff9b::/96", "IPv4 behind a translator", "RFC 6052"),
    ("64:ff9b:1::/48", "IPv4 behind a local translator", "RFC 8215"),
    ("100::/64", "for discarding", "RFC 6666"),
    ("100:0:0:1::/64", "a dummy prefix", "RFC 9780"),
    ("2001::/23", "set aside for protocols, Teredo among them", "RFC 2928"),
    ("2001:db8::/32", "for documentation", "RFC 3849"),
    ("2002::/16", "IPv4 behind 6to4", "RFC 3056"),
    ("2620:4f:8000::/48", "a sink for reverse look-ups", "RFC 7534"),
    ("3ffe::/16", "of the 6bone, which is closed", "RFC 3701"),
    ("3fff::/20", "for documentation", "RFC 9637"),
    ("5f00::/16", "for segment routing", "RFC 9602"),
    ("fc00::/7", "private", "RFC 4193"),
    ("fec0::/10", "private to a site", "RFC 3879"),
    ("ff00::/8", "multicast", "RFC 4291"),
)
"""IANA's registries of special-purpose addresses, what was taken out of them, and multicast."""

PUBLIC_6 = IPv6Network("2000::/3")
NOT_PUBLIC_6 = Block(IPv6Network("::/0"), "outside of 2000::/3, the public part of IPv6", "RFC 4291")


def find_block(address: Address, allowed: Iterable[Network] = ()) -> Block | None:
    """Return why an address may not be reached, or None when it may.

    An IPv6 address must hold on its own, and so must every IPv4 address that is written into it.

    Args:
        address: The address.
        allowed: Networks that may be reached though they are not public.
    """
    allowed = tuple(allowed)
    for one in (address, *embedded_addresses(address)):
        block = _find(METADATA, one)
        if block is None and not any(one in network for network in allowed):
            block = _find_special(one)
        if block is not None:
            return block
    return None


def never_reachable(network: Network) -> bool:
    """Tell whether all of a network is out of reach whatever a policy allows."""
    return any(
        network.version == block.network.version and network.subnet_of(block.network)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # versions are equal
        for block in METADATA
    )


def _find_special(address: Address) -> Block | None:
    block = _find(SPECIAL, address)
    if block is None and isinstance(address, IPv6Address) and address not in PUBLIC_6:
        return NOT_PUBLIC_6
    return block


def _find(table: tuple[Block, ...], address: Address) -> Block | None:
    return next((block for block in table if address in block.network), None)
