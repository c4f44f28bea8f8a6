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
    """Yield every IPv4 address that an address carries; none for an IPv4 address."""
    if isinstance(address, IPv4Address):
        return
    bits = int(address)
    for network, shifts in _CARRIERS:
        if address in network:
            for shift in shifts:
                yield IPv4Address(bits >> shift & _LOW)
    if address in _TEREDO:  # the client's own address, in which every bit is turned
        yield IPv4Address(~bits & _LOW)
    if address in _LOCAL_TRANSLATOR:  # cut in two by bits 64 to 71, which are zero
        yield IPv4Address((bits >> 64 & 0xFFFF) << 16 | bits >> 40 & 0xFFFF)
    if (bits & _INTERFACE) >> 32 in _ISATAP:
        yield IPv4Address(bits & _LOW)


_TEREDO = IPv6Network("2001::/32")  # RFC 4380
_LOCAL_TRANSLATOR = IPv6Network("64:ff9b:1::/48")  # RFC 8215, in RFC 6052's form for 48 bits
_CARRIERS = (
    (IPv6Network("::/96"), (0,)),  # RFC 4291: compatible
    (IPv6Network("::ffff:0:0/96"), (0,)),  # RFC 4291: mapped
    (IPv6Network("::ffff:0:0:0/96"), (0,)),  # RFC 2765: translated
    (IPv6Network("64:ff9b::/96"), (0,)),  # RFC 6052: NAT64
    (_LOCAL_TRANSLATOR, (0,)),  # RFC 8215: NAT64 of the operator, in the form for 96 bits
    (IPv6Network("2002::/16"), (80,)),  # RFC 3056: 6to4
    (_TEREDO, (64,)),  # RFC 4380: Teredo's server
)
"""Networks, and by how many bits the IPv4 addresses in them stand to the left."""
