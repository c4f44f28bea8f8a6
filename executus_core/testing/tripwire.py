"""Tools reach the network through the guard and in no other way: a tripwire for whoever opens a socket beside it.

It lies where Python hands an address to the operating system, so it is there for every library that does not bring its own.
It tells of loopback and of Unix sockets too: what a tool reaches there by itself, it could reach anywhere.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import contextmanager
from functools import wraps
from inspect import currentframe
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from executus_core.errors import BlockedAddressError
from executus_core.net.passage import is_guards_passage, passage
from executus_core.testing.network import (
    CONNECTS,
    INTERNET,
    RESOLVES,
    address_of,
    host_of,
    is_address,
    is_local,
    patched,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from types import FrameType

__all__ = ["Tripwire", "only_the_guard", "tripwire"]

P = ParamSpec("P")
ResultT = TypeVar("ResultT")

_FAMILIES = {*INTERNET, getattr(socket, "AF_UNIX", socket.AF_INET)}
_CARRIERS = sys.stdlib_module_names | {
    *(
        "_pytest",
        "aiohappyeyeballs",
        "aiohttp",
        "anyio",
        "h11",
        "h2",
        "httpcore",
        "httpx",
        "pluggy",
        "pytest",
    ),
    *(
        "pytest_asyncio",
        "requests",
        "sniffio",
        "tornado",
        "trio",
        "twisted",
        "urllib3",
        "uvloop",
        "websocket",
        "websockets",
    ),
}
"""Who only carries out what others want; tests and core are passed over as well."""


class Tripwire:
    """What tripped over it."""

    def __init__(self) -> None:
        self._offences: dict[str, None] = {}

    def problems(self) -> Sequence[str]:
        """Say who went out beside the guard, one sentence each."""
        return list(self._offences)

    def refuse(self, what: str) -> None:
        """Keep who is at work now, and refuse."""
        offence = (
            f"{_offender()} {what} beside the guard; a tool's only way out is the client of "
            "executus_core.net.guarded_client()"
        )
        self._offences[offence] = None
        raise BlockedAddressError(offence)


@contextmanager
def only_the_guard() -> Generator[None]:
    """Refuse every connection and every look-up that the guarded client does not make, also to this machine.

    Holds for the whole process while the block runs. Servers may be started, and answer.

    Raises:
        BlockedAddressError: In the block, naming who reached where; and at its end once more, whatever became of the first.
    """
    with tripwire() as tripped:
        try:
            yield
        except Exception as error:
            if tripped.problems() and not isinstance(error, BlockedAddressError):
                raise BlockedAddressError("; ".join(tripped.problems())) from error
            raise
    if tripped.problems():
        raise BlockedAddressError("; ".join(tripped.problems()))


@contextmanager
def tripwire() -> Generator[Tripwire]:
    """Refuse the same, and leave it to the caller to look at what tripped."""
    tripped = Tripwire()

    def guard_connect(connect: Callable[P, ResultT]) -> Callable[P, ResultT]:
        @wraps(connect)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResultT:
            address = address_of(connect, args, _FAMILIES)
            if address is not None and not is_guards_passage():
                # Libraries close their socket for errors that they know; this one they do not.
                cast("socket.socket", args[0]).close()
                tripped.refuse(f"reached for {_shown(address)}")
            return connect(*args, **kwargs)

        return guarded

    def guard_resolve(resolve: Callable[P, ResultT]) -> Callable[P, ResultT]:
        @wraps(resolve)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResultT:
            host = host_of(args, kwargs)
            if not (is_guards_passage() or is_local(host) or is_address(host)):
                tripped.refuse(f"looked up {host!r}")
            return resolve(*args, **kwargs)

        return guarded

    with (
        patched(socket.socket, CONNECTS, guard_connect),
        patched(socket, RESOLVES, guard_resolve),
        # Event loops are made of pairs, which some systems connect over loopback.
        patched(socket, ("socketpair",), _let_through),
    ):
        yield tripped


def _let_through(function: Callable[P, ResultT]) -> Callable[P, ResultT]:
    @wraps(function)
    def through(*args: P.args, **kwargs: P.kwargs) -> ResultT:
        with passage():
            return function(*args, **kwargs)

    return through


def _shown(address: object) -> str:
    if isinstance(address, tuple) and len(address) > 1:  # pyright: ignore[reportUnknownArgumentType]  # of any length
        return f"{address[0]}:{address[1]}"
    return f"the socket {address!r}"


def _offender() -> str:
    """Name the code that wants a connection: its nearest line that is no library's, or else the library."""
    here = list(_frames_below(currentframe()))
    for frames in (here, *_stacks_of_others(here)):
        for frame in frames:
            if not _is_carrier(frame):
                return f"{_module_of(frame)}, line {frame.f_lineno} of {frame.f_code.co_filename},"
    carriers = [
        name for frame in here if (name := _module_of(frame).partition(".")[0]) not in sys.stdlib_module_names
    ]
    return next((name for name in carriers if name in _CARRIERS), "somebody")


def _frames_below(frame: FrameType | None) -> Iterator[FrameType]:
    # What runs the event loop wants nothing of what runs in it.
    while frame is not None and _module_of(frame) != "asyncio.events":
        yield frame
        frame = frame.f_back


def _stacks_of_others(here: Sequence[FrameType]) -> Iterator[Sequence[FrameType]]:
    """Yield the stacks of tasks that wait in a library of this stack: it may have gone on in a task of its own."""
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:
        return
    libraries = {_module_of(frame) for frame in here} - sys.stdlib_module_names
    for task in tasks:
        frames = list(_frames_awaited(task.get_coro()))[::-1]
        waits_in = next(
            (_module_of(frame) for frame in frames if _module_of(frame).partition(".")[0] != "asyncio"), ""
        )
        if waits_in.partition(".")[0] in {name.partition(".")[0] for name in libraries} & _CARRIERS:
            yield frames


def _frames_awaited(awaited: object) -> Iterator[FrameType]:
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is not None:
            yield frame
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)


def _module_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _is_carrier(frame: FrameType) -> bool:
    name = _module_of(frame)
    return name.partition(".")[0] in _CARRIERS or name.startswith("executus_core.")
