"""IPv4 addresses that are written into IPv6 addresses: whoever routes the one may end up at the other."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOW = 0xFFFFFFFF
_INTERFACE = 0xFFFFFFFFFFFFFFFF
_ISATAP = {0x00005EFE, 0x02005EFE}  # RFC 5214: the interface's identifier begins with it, under any prefix


def embedded_addresses(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    """Yield every IPv4 address that an address carries, or may carry; none for an IPv4 address."""
    if isinstance(address, IPv4Address):
        return
    bits = int(address)
    for network, shift in _CARRIERS:
        if address in network:
            yield IPv4Address(bits >> shift & _LOW)
    if address in _TEREDO:  # the client's own address, in which every bit is turned
        yield IPv4Address(~bits & _LOW)
    if address in _LOCAL_TRANSLATOR:
        yield from _translated(bits)
    if (bits & _INTERFACE) >> 32 in _ISATAP:
        yield IPv4Address(bits & _LOW)


def _translated(bits: int) -> Iterator[IPv4Address]:
    """Yield how a local translator may read an address; nobody but its operator knows how long its prefix is."""
    if bits & _LOW:
        yield IPv4Address(bits & _LOW)  # a prefix of 96 bits
    if not bits & 0xFFFFFF:  # else no shorter prefix: what follows after the IPv4 address is zero
        without_reserved_octet = (bits >> 64) << 56 | bits & 0xFFFFFFFFFFFFFF
        for shift in (40, 32, 24):  # prefixes of 48, 56 and 64 bits
            yield IPv4Address(without_reserved_octet >> shift & _LOW)


_TEREDO = IPv6Network("2001::/32")  # RFC 4380
_LOCAL_TRANSLATOR = IPv6Network("64:ff9b:1::/48")  # RFC 8215, with IPv4 in it as in RFC 6052
_CARRIERS = (
    (IPv6Network("::/96"), 0),  # RFC 4291: compatible
    (IPv6Network("::ffff:0:0/96"), 0),  # RFC 4291: mapped
    (IPv6Network("::ffff:0:0:0/96"), 0),  # RFC 2765: translated
    (IPv6Network("64:ff9b::/96"), 0),  # RFC 6052: NAT64
    (IPv6Network("2002::/16"), 80),  # RFC 3056: 6to4
    (_TEREDO, 64),  # RFC 4380: Teredo's server
)
"""Networks, and by how many bits the IPv4 address in them stands to the left."""
