"""Whatever a URL, a redirect and a name server say together, the guarded client connects to public addresses only."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from executus_core.errors import NetworkError
from executus_core.net import NetPolicy, guarded_client
from executus_core.net.blocks import METADATA, SPECIAL, find_block

GUARD = "may not be reached from here"
SWITCH = "this test tried to reach"
"""Words of the switch that keeps tests on this machine: the guard let the connection through."""

INTRANET = ("10.0.0.0/8", "172.16.0.0/12", "169.0.0.0/8", "fc00::/7", "64:ff9b::/96", "2002::/16")
"""Also around metadata; without loopback, where something may listen."""


@frozen
class World:
    """What a name server says, and what a policy allows."""

    answers: tuple[str, ...]
    allow_private: tuple[str, ...]
    is_literal: bool


def addresses() -> st.SearchStrategy[IPv4Address | IPv6Address]:
    """Addresses of every block and of none, and IPv4 in IPv6 in every form."""
    blocks = st.sampled_from([block.network for block in (*METADATA, *SPECIAL)])
    inside = blocks.flatmap(
        lambda network: st.integers(0, network.num_addresses - 1).map(lambda n: network[n])
    )
    four = st.one_of(inside.filter(lambda one: one.version == 4), st.ip_addresses(v=4)).map(int)
    carried = st.builds(
        lambda number, shift, prefix: IPv6Address((prefix | number << shift) & 2**128 - 1),
        four,
        st.sampled_from([0, 24, 40, 64, 80]),
        st.sampled_from(
            [0, 0xFFFF << 32, 0xFFFF << 48, 0x64FF9B << 96, 0x2002 << 112, 0x2001 << 112, 0x26064700 << 96]
        ),
    )
    return st.one_of(inside, carried, st.ip_addresses())


WORLDS = st.builds(
    World,
    st.lists(addresses().map(str), min_size=1, max_size=4).map(tuple),
    st.sampled_from([(), ("10.0.0.0/8",), INTRANET]),
    st.booleans(),
)


async def reach(world: World) -> str:
    """Ask for a page in such a world, and give what is said."""

    async def look_up(_name: str) -> tuple[str, ...]:
        return world.answers

    host = world.answers[0] if world.is_literal else "page.example"
    async with guarded_client(
        NetPolicy(allow_private=world.allow_private, timeout_s=5), resolve=look_up
    ) as client:
        try:
            await client.get(f"http://{f'[{host}]' if ':' in host else host}:9999/")
        except NetworkError as error:
            return str(error)
    return "an answer"


def check(world: World) -> None:
    """Nothing that is blocked is connected to, and what is not is."""
    asked = [ip_address(answer) for answer in (world.answers[:1] if world.is_literal else world.answers)]
    allowed = NetPolicy(allow_private=world.allow_private).private_networks
    is_blocked = any(find_block(address, allowed) is not None for address in asked)
    said = asyncio.run(reach(world))

    assert (GUARD in said) == is_blocked, said
    assert is_blocked or SWITCH in said, said


@settings(max_examples=60)
@given(WORLDS)
def test_only_public_addresses_are_connected_to(world: World) -> None:
    """A sample."""
    check(world)


@pytest.mark.slow
@settings(max_examples=5_000)
@given(WORLDS)
def test_only_public_addresses_are_connected_to_in_many_worlds(world: World) -> None:
    """In full."""
    check(world)


def test_the_sweep_tells_what_is_public_from_what_is_not() -> None:
    """So that it can fail."""
    assert SWITCH in asyncio.run(reach(World(("8.8.8.8",), (), is_literal=True)))
    assert GUARD in asyncio.run(reach(World(("8.8.8.8", "10.0.0.1"), (), is_literal=False)))
