"""Where connections are made: a name is looked up once, every answer is checked, and one of those is connected to.

This is the one place that can't be talked round. Whatever a URL, a redirect or a name server says, a connection is only
opened here, to an address that was looked at, so nothing can change between the check and the use.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, NoReturn, cast

import httpcore
from typing_extensions import override

from executus_core.errors import BlockedAddressError, HostUnreachableError
from executus_core.net.blocks import find_block
from executus_core.net.headers import CountedStream
from executus_core.net.host import find_address
from executus_core.net.passage import passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from executus_core.net.blocks import Address, Block
    from executus_core.net.lookup import Resolver
    from executus_core.net.policy import NetPolicy

FIRST_TRY_S = 3.0
"""Seconds that an address gets to take a connection while another is left: one family may lead nowhere."""
MAX_TRIES = 6


class GuardedConnector(httpcore.AsyncNetworkBackend):
    """Opens the connections of a guarded client.

    Args:
        policy: What may be reached.
        resolve: Looks a name up.
    """

    def __init__(self, policy: NetPolicy, resolve: Resolver) -> None:
        self._allowed = policy.private_networks
        self._resolve = resolve
        # Where anyio is missing, httpcore has a stand-in of this name; httpx brings anyio.
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to one of a host's addresses, if every one of them may be reached."""
        with passage():
            addresses = await self._addresses_of(host)
            for address in addresses:
                if block := find_block(address, self._allowed):
                    _refuse(host, address, block)
            return CountedStream(await self._connect_to_first(addresses[:MAX_TRIES], port, limit_s=timeout))

    @override
    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> NoReturn:
        """Refuse: what listens at a socket of this machine is never public."""
        raise BlockedAddressError(
            f"'{path}' is a socket of this machine, which is never reachable; name a host"
        )

    async def _addresses_of(self, host: str) -> Sequence[Address]:
        if literal := find_address(host):
            return (literal,)
        answers = await self._resolve(host)
        if not answers:
            raise HostUnreachableError(f"the host '{host}' has no address; check the spelling of its name")
        return [_parse(host, answer) for answer in answers]

    async def _connect_to_first(
        self, addresses: Sequence[Address], port: int, *, limit_s: float | None
    ) -> httpcore.AsyncNetworkStream:
        *firsts, last = addresses
        for address in firsts:
            try:
                return await self._connect(address, port, min(limit_s or FIRST_TRY_S, FIRST_TRY_S))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._connect(last, port, limit_s)

    async def _connect(
        self, address: Address, port: int, limit_s: float | None
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._inner.connect_tcp(str(address), port, limit_s)
        except ExceptionGroup as group:
            # anyio connects in tasks of its own, and what they raise that is no fault of the network comes out wrapped.
            raise group.exceptions[0] from group


def _parse(host: str, answer: str) -> Address:
    try:
        return ip_address(answer)
    except ValueError as error:
        raise BlockedAddressError(
            f"the look-up of '{host}' gave {answer!r}, which is no address; name another host"
        ) from error


def _refuse(host: str, address: Address, block: Block) -> NoReturn:
    leads = f"the address {address}" if find_address(host) else f"the host '{host}' leads to {address}, which"
    raise BlockedAddressError(
        f"{leads} is {block}, and may not be reached from here; name a host on the public internet"
    )
