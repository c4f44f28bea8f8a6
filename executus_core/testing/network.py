"""No network and no real models in tests.

The guard sits where Python hands an address to the operating system, so it holds for every library that does not bring its
own. What stays in this machine, loopback and Unix sockets, goes through: test servers live there.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from executus_core.errors import BlockedAddressError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Mapping

__all__ = ["NO_MODELS", "forbid_real_models", "no_network"]

P = ParamSpec("P")
ResultT = TypeVar("ResultT")

NO_MODELS = "EXECUTUS_TEST_NO_MODELS"
"""Environment variable that a model provider looks at before a call: when it is "1", the provider refuses."""

_LOCAL_NAMES = {"", "localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"}
CONNECTS = ("connect", "connect_ex", "sendto", "sendmsg")
INTERNET = (socket.AF_INET, socket.AF_INET6)
RESOLVES = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")


@contextmanager
def no_network() -> Generator[None]:
    """Refuse every look-up of a name and every connection that would leave this machine.

    Holds for the whole process while the block runs.

    Raises:
        BlockedAddressError: In the block, naming the address.
    """
    with patched(socket.socket, CONNECTS, _guard_connect), patched(socket, RESOLVES, _guard_resolve):
        yield


@contextmanager
def forbid_real_models() -> Generator[None]:
    """Have model providers refuse real calls, in this process and in those that it starts."""
    before = os.environ.get(NO_MODELS)
    os.environ[NO_MODELS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[NO_MODELS]
        else:
            os.environ[NO_MODELS] = before


@contextmanager
def patched(
    owner: object, names: tuple[str, ...], guard: Callable[[Callable[..., object]], Callable[..., object]]
) -> Generator[None]:
    inherited = object()
    before = {name: vars(owner).get(name, inherited) for name in names if hasattr(owner, name)}
    for name in before:
        setattr(owner, name, guard(getattr(owner, name)))
    try:
        yield
    finally:
        for name, original in before.items():
            if original is inherited:
                delattr(owner, name)
            else:
                setattr(owner, name, original)


def _guard_connect(connect: Callable[P, ResultT]) -> Callable[P, ResultT]:
    @wraps(connect)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResultT:
        address = address_of(connect, args, INTERNET)
        if isinstance(address, tuple) and len(cast("tuple[object, ...]", address)) > 1:
            host, port = cast("tuple[object, ...]", address)[:2]
            if not is_local(host):
                # Libraries close their socket for errors that they know; this one they do not.
                cast("socket.socket", args[0]).close()
                _refuse(f"{_text(host)}:{port}")
        return connect(*args, **kwargs)

    return guarded


def _guard_resolve(resolve: Callable[P, ResultT]) -> Callable[P, ResultT]:
    @wraps(resolve)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResultT:
        host = host_of(args, kwargs)
        # An address needs no look-up: whether one may connect to it is asked when somebody connects.
        if not (is_local(host) or is_address(host)):
            _refuse(repr(host))
        return resolve(*args, **kwargs)

    return guarded


def address_of(connect: Callable[..., object], args: tuple[object, ...], families: Collection[int]) -> object:
    """Return the address in the arguments of one of ``CONNECTS``; None when there is none, or it is of another family.

    Args:
        connect: The method.
        args: Its arguments, the socket first.
        families: Families of sockets, as ``socket.AF_INET``.
    """
    connection, *rest = args
    if not isinstance(connection, socket.socket) or connection.family not in families:
        return None
    # The address comes last; `sendmsg(buffers, ancillary, flags)` has none.
    has_address = len(rest) > 3 if connect.__name__ == "sendmsg" else bool(rest)
    return rest[-1] if has_address else None


def host_of(args: tuple[object, ...], kwargs: Mapping[str, object]) -> object:
    """Return the host in the arguments of one of ``RESOLVES``."""
    return args[0] if args else kwargs.get("host")


def _refuse(what: str) -> None:
    raise BlockedAddressError(
        f"this test tried to reach {what}, and tests must not leave this machine; use a ScriptedModel or a server on "
        "127.0.0.1, mark the test with @pytest.mark.executus_network('allow'), or set executus_network = allow in the "
        "pytest configuration"
    )


def _text(host: object) -> str:
    if isinstance(host, (bytes, bytearray)):
        return host.decode("ascii", "replace")
    return "" if host is None else str(host)


def is_address(host: object) -> bool:
    try:
        ipaddress.ip_address(_text(host).partition("%")[0])
    except ValueError:
        return False
    return True


def is_local(host: object) -> bool:
    name = _text(host).lower()
    if name in _LOCAL_NAMES or not is_address(name):
        return name in _LOCAL_NAMES
    address = ipaddress.ip_address(name.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified
