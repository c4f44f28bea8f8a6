"""No address that is not public is reachable, in whichever form, unless a policy allows it; and public ones are."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executus_core.net.blocks import METADATA, PUBLIC_6, SPECIAL, find_block
from executus_core.net.embedded import embedded_addresses

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY_BLOCK = [*SPECIAL, *METADATA]
BLOCKS_4 = [block for block in EVERY_BLOCK if isinstance(block.network, IPv4Network)]

EMBEDDINGS: dict[str, Callable[[int], int]] = {
    "compatible": lambda four: four,
    "mapped": lambda four: 0xFFFF << 32 | four,
    "translated": lambda four: 0xFFFF << 48 | four,
    "NAT64": lambda four: 0x64FF9B << 96 | four,
    "local NAT64, 96 bits": lambda four: 0x64FF9B0001 << 80 | four,
    "local NAT64, 48 bits": lambda four: 0x64FF9B0001 << 80 | four >> 16 << 64 | (four & 0xFFFF) << 40,
    "6to4": lambda four: 0x2002 << 112 | four << 80,
    "Teredo's server": lambda four: 0x20010000 << 96 | four << 64 | ~0x08080808 & 0xFFFFFFFF,
    "Teredo's client": lambda four: 0x20010000 << 96 | 0x08080808 << 64 | ~four & 0xFFFFFFFF,
    "ISATAP": lambda four: 0x26064700 << 96 | 0x5EFE << 32 | four,
    "ISATAP, unique": lambda four: 0x26064700 << 96 | 0x02005EFE << 32 | four,
}


def edges(network: IPv4Network | IPv6Network) -> list[IPv4Address | IPv6Address]:
    """The first address of a network, the last, and one in the middle."""
    return [network[0], network[-1], network[network.num_addresses // 2]]


@pytest.mark.parametrize("block", EVERY_BLOCK, ids=lambda block: str(block.network))
def test_no_address_of_a_block_is_reachable(block) -> None:
    """Neither the first nor the last, and the error says why and who says so."""
    for address in edges(block.network):
        found = find_block(address)

        assert found is not None
        assert found.what in str(found)
        assert found.source in str(found)


@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_no_embedded_address_of_a_block_is_reachable(embedding: str) -> None:
    """Even where the network that carries it is allowed."""
    for four in (four for block in BLOCKS_4 for four in edges(block.network)):
        address = IPv6Address(EMBEDDINGS[embedding](int(four)))

        assert four in set(embedded_addresses(address))
        assert find_block(address) is not None
        assert find_block(address, [IPv6Network("::/0")]) is not None


@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_a_public_address_behind_a_translator_is_reachable_where_the_translator_is_allowed(
    embedding: str,
) -> None:
    """As a network without IPv4 needs it."""
    address = IPv6Address(EMBEDDINGS[embedding](int(IPv4Address("8.8.8.8"))))

    assert find_block(address, [IPv6Network("::/0")]) is None
    assert (find_block(address) is None) == embedding.startswith("ISATAP")


PUBLIC = """
1.0.0.0 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15 168.63.129.17
169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.31.195.255 192.31.197.0
192.52.192.255 192.52.194.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 192.175.47.255 192.175.49.0
198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 2000:: 2001:200::
2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 2001:db9:: 2003:: 2620:4f:7fff:: 2620:4f:8001:: 2606:4700:4700::1111
3ffd:ffff:: 3fff:1000::
"""


@pytest.mark.parametrize("text", PUBLIC.split())
def test_a_public_address_is_reachable(text: str) -> None:
    """Also where it stands right beside a block."""
    assert find_block(ip_address(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "::127.0.0.1",  # Python calls these eight global, or has done so
        "fec0::1",
        "64:ff9b::a9fe:a9fe",
        "::ffff:100.64.0.1",
        "168.63.129.16",
        "2002:7f00:1::",
        "64:ff9b:1:a9fe:a9:fe00::",
        "2606:4700::5efe:a9fe:a9fe",
        "::",
        "1fff:ffff::",
        "4000::",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "100.100.100.200",
        "169.254.170.2",
        "169.254.170.23",
        "192.0.0.192",
        "0.0.0.0",
        "255.255.255.255",
        "ff02::1",
    ],
)
def test_what_other_guards_let_through_is_blocked(text: str) -> None:
    """Addresses of which the one or other way of asking says that they are public."""
    assert find_block(ip_address(text)) is not None


@pytest.mark.parametrize("block", SPECIAL, ids=lambda block: str(block.network))
def test_what_is_allowed_is_reachable_but_for_metadata(block) -> None:
    """A policy opens exactly the network that it names, and no cloud's credentials in it."""
    for address in edges(block.network):
        carries = list(embedded_addresses(address))
        if not carries and not any(address in one.network for one in METADATA):
            assert find_block(address, [block.network]) is None
            assert find_block(address, [ip_network("10.255.0.0/24")]) is not None


@pytest.mark.parametrize("block", METADATA, ids=lambda block: str(block.network))
def test_metadata_is_never_reachable(block) -> None:
    """Whatever a policy allows."""
    everything = [ip_network("0.0.0.0/0"), ip_network("::/0"), block.network]

    assert all(find_block(address, everything) is not None for address in edges(block.network))


@settings(max_examples=300)
@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_what_is_reachable_is_global_to_python_too(address: IPv4Address | IPv6Address) -> None:
    """A second opinion, by people who read the same registries; only in one direction, since it is no policy."""
    if find_block(address) is None:
        assert address.is_global
        assert not address.is_multicast
        assert isinstance(address, IPv4Address) or address in PUBLIC_6


@settings(max_examples=300)
@given(st.sampled_from(sorted(EMBEDDINGS)), st.integers(0, 2**32 - 1))
def test_every_embedded_address_is_found(embedding: str, four: int) -> None:
    """For any address, and it decides together with the one that carries it."""
    address = IPv6Address(EMBEDDINGS[embedding](four))

    assert IPv4Address(four) in set(embedded_addresses(address))
    if find_block(IPv4Address(four)) is not None:
        assert find_block(address, [IPv6Network("::/0")]) is not None
