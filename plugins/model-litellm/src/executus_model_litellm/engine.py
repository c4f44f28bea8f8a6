"""The one module that imports litellm, quietly, when it is first needed.

Its import takes seconds and thousands of modules, asks a server for prices unless told not to, and reads a ``.env`` file. It
prints its errors to standard output unless told not to, where they would end up in somebody's JSON.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
import threading
import warnings
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast
from uuid import uuid4

from executus_model_litellm.errors import NotAskedError

if TYPE_CHECKING:
    from collections.abc import (
        Awaitable,
        Callable,
        Coroutine,
        Mapping,
        MutableMapping,
    )

    import httpx

_LOGGERS: Final = ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router")
_SHARE_A_CLIENT: Final = frozenset({"anthropic", "openai_like"})
# The message and the module of warnings that are for litellm's maintainers.
_WARNINGS: Final = (
    ("", r"litellm(\.|$)"),
    ("Item '.*ReadOnly|Pydantic serializer warnings", r"pydantic(\.|$)"),
)


class ClientCache(Protocol):
    """Where litellm keeps its HTTP clients."""

    cache_dict: MutableMapping[str, object]
    ttl_dict: MutableMapping[str, float]


class Engine(Protocol):
    """What is used of litellm."""

    model_cost: Mapping[str, Mapping[str, object]]
    in_memory_llm_clients_cache: ClientCache
    completion: Callable[..., object]
    cost_per_token: Callable[..., tuple[float, float]]
    supports_response_schema: Callable[..., bool]
    suppress_debug_info: bool
    set_verbose: bool
    telemetry: bool


class Handler(Protocol):
    """litellm's way to send a request over httpx."""

    client: httpx.AsyncClient


class _Loader:
    """Imports litellm once in this process, whichever thread asks first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.engine: Engine | None = None
        self.logging: Callable[..., object] = object
        self.client: Callable[..., Handler] = _no_client

    def load(self) -> Engine:
        with self._lock:
            engine = self.engine = self.engine or self._import()
        return engine

    def _import(self) -> Engine:
        _hush()
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
        engine = cast("Engine", import_module("litellm"))
        engine.suppress_debug_info = True
        engine.set_verbose = False
        engine.telemetry = False
        for name in _LOGGERS:
            _silence(logging.getLogger(name))
        self.logging = import_module("litellm.litellm_core_utils.litellm_logging").Logging
        sending = import_module("litellm.llms.custom_httpx.http_handler")
        self.client = sending.get_async_httpx_client
        _ask_once(sending.AsyncHTTPHandler)
        import_module("openai.resources.chat")  # or the SDK does, at its first call, in the event loop
        return engine


def _no_client(**_: object) -> Handler:
    raise NotImplementedError("litellm is not imported yet")


# Set where this plugin asks, so that a host that uses litellm by itself finds it as it was.
_asks_once: Final[ContextVar[bool]] = ContextVar("executus_asks_once", default=False)


def _ask_once(handler: type) -> None:
    """Take from our calls, and from no others, the retry that litellm makes on its own for a connection that broke.

    It would ask again what a provider has taken, and whose answer may have begun.
    """
    again = cast("Callable[..., Awaitable[object]]", vars(handler)["single_connection_post_request"])

    @wraps(again)
    async def ask_again(*args: object, **options: object) -> object:
        broken = sys.exc_info()[1]
        if broken is not None and _asks_once.get():
            raise broken
        return await again(*args, **options)

    setattr(handler, "single_connection_post_request", ask_again)  # noqa: B010 - litellm is known by its name only


_loader: Final = _Loader()


def loaded_engine() -> Engine | None:
    """Give litellm if it has been imported here."""
    return _loader.engine


async def get_engine() -> Engine:
    """Give litellm; where it has to be imported first, on a thread, so that nobody else waits."""
    return _loader.engine if _loader.engine is not None else await asyncio.to_thread(_loader.load)


def _hush() -> None:
    """Keep litellm's own warnings from whoever runs us: they are for its maintainers.

    Looked at before each call, since whoever catches warnings takes our filters away with theirs.
    """
    for message, module in _WARNINGS:
        kept = (
            "ignore",
            re.compile(message, re.IGNORECASE) if message else None,
            Warning,
            re.compile(module),
            0,
        )
        if kept not in warnings.filters:
            warnings.filterwarnings("ignore", message, module=module)


async def call(options: Mapping[str, object]) -> object:
    """Make one call.

    This does what ``litellm.acompletion`` does inside, without what stands around that: retries, tasks and threads for its
    logging that outlive the call, and a coroutine that nobody awaits when the caller is cancelled meanwhile.

    Raises:
        NotAskedError: It can't be made.
    """
    engine = await get_engine()
    _hush()
    provider = str(options["model"]).partition("/")[0]
    # for these litellm would stream over one client that all event loops of the process share
    own = {"client": _client_for(provider)} if provider in _SHARE_A_CLIENT else {}
    _asks_once.set(True)
    preparing = asyncio.get_running_loop().run_in_executor(None, _prepare, engine, {**options, **own})
    try:
        prepared = await asyncio.shield(preparing)
    except asyncio.CancelledError:
        preparing.add_done_callback(_drop)
        raise
    except Exception as error:
        raise NotAskedError(error) from error
    return await cast("Awaitable[object]", prepared) if asyncio.iscoroutine(prepared) else prepared


def _client_for(provider: str) -> Handler:
    """Give the client of this event loop; it follows nobody elsewhere, with a key in a header that httpx does not know."""
    handler = _loader.client(llm_provider=provider)
    handler.client.follow_redirects = False
    return handler


def _prepare(engine: Engine, options: Mapping[str, object]) -> object:
    """Translate a call into the provider's own; what comes back is a coroutine that makes it."""
    log = _loader.logging(
        model=options["model"],
        messages=options["messages"],
        stream=bool(options.get("stream")),
        call_type="acompletion",
        start_time=datetime.now(),  # noqa: DTZ005 - litellm compares it with others that have no zone
        litellm_call_id=str(uuid4()),
        function_id="",
    )
    return engine.completion(**options, acompletion=True, litellm_logging_obj=log)


def _drop(preparing: asyncio.Future[object]) -> None:
    """Close what was prepared for a caller that has gone."""
    if not preparing.cancelled() and preparing.exception() is None:
        prepared = preparing.result()
        if asyncio.iscoroutine(prepared):
            cast("Coroutine[object, object, object]", prepared).close()


def _silence(logger: logging.Logger) -> None:
    """Keep a logger from printing: whoever wants to read it adds a handler."""
    logger.handlers = [handler for handler in logger.handlers if type(handler) is not logging.StreamHandler]
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
