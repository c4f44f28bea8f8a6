"""The HTTP clients that litellm makes for us, and their end."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Final, cast
from weakref import WeakKeyDictionary

from executus_model_litellm.engine import loaded_engine

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Callable


class _Usage:
    """Who uses litellm in one event loop."""

    def __init__(self, strangers: set[str]) -> None:
        self.users: set[int] = set()
        self.strangers = strangers


# litellm keeps its clients by event loop, in one cache of the process; so who uses them is kept for the process too.
_usages: Final[WeakKeyDictionary[AbstractEventLoop, _Usage]] = WeakKeyDictionary()


class Clients:
    """One source's share in the clients of the event loops that it was used in."""

    def began(self) -> None:
        """Note that the source is used in this event loop."""
        loop = asyncio.get_running_loop()
        usage = _usages.get(loop)
        if usage is None:
            # what is there already belongs to a host that uses litellm by itself
            usage = _usages[loop] = _Usage(set(_keys_of(loop)))
        usage.users.add(id(self))

    async def close(self) -> None:
        """Close the clients of this event loop, unless another source still uses them."""
        loop = asyncio.get_running_loop()
        usage = _usages.get(loop)
        if usage is None or id(self) not in usage.users:
            return
        usage.users.discard(id(self))
        if usage.users:
            return
        del _usages[loop]
        engine = loaded_engine()
        if engine is None:
            return
        cache = engine.in_memory_llm_clients_cache
        for key in [key for key in _keys_of(loop) if key not in usage.strangers]:
            cache.ttl_dict.pop(key, None)
            await _close(cache.cache_dict.pop(key, None))
        if not _usages:
            # made when first asked for, and again when it is missing
            await _close(vars(engine).pop("module_level_aclient", None))


def _keys_of(loop: AbstractEventLoop) -> list[str]:
    engine = loaded_engine()
    if engine is None:
        return []
    return [key for key in engine.in_memory_llm_clients_cache.cache_dict if key.endswith(f"-{id(loop)}")]


async def _close(client: object) -> None:
    if client is None:
        return
    for name in ("close", "aclose"):
        closing = getattr(client, name, None)
        if callable(closing):
            closed = cast("Callable[[], object]", closing)()
            if inspect.isawaitable(closed):
                await cast("Awaitable[object]", closed)
            return
