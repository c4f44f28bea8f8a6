"""What goes wrong on the wire, as errors of ours: one sentence each, by a table."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpcore
import httpx

from executus_core.errors import (
    BadResponseError,
    HostUnreachableError,
    NetworkError,
    NetworkTimeoutError,
)

if TYPE_CHECKING:
    from collections.abc import Generator

_MAX_REASON_CHARS = 200

_SENTENCES: tuple[tuple[type[Exception], type[NetworkError], str], ...] = (
    (httpcore.ConnectTimeout, NetworkTimeoutError, "{where} did not take the connection in time; try later"),
    (
        httpcore.TimeoutException,
        NetworkTimeoutError,
        "{where} did not answer in time; try later, or ask for less",
    ),
    (httpcore.ConnectError, HostUnreachableError, "{where} can't be reached: {reason}"),
    (ssl.SSLError, HostUnreachableError, "{where} can't be reached: {reason}"),  # from httpcore before 1.0.6
    (httpcore.NetworkError, HostUnreachableError, "the connection to {where} broke off; try again"),
    (httpcore.RemoteProtocolError, BadResponseError, "{where} did not answer in proper HTTP: {reason}"),
    (httpcore.LocalProtocolError, NetworkError, "the request to {where} can't be sent as it is: {reason}"),
    (httpx.RemoteProtocolError, BadResponseError, "{where} did not answer in proper HTTP: {reason}"),
    (
        httpx.StreamError,
        NetworkError,
        "{where} wants the request elsewhere, and its body can't be sent twice",
    ),
)
"""First match wins; the reason is the library's own."""


@contextmanager
def translated(where: str) -> Generator[None]:
    """Turn what the libraries raise in the block into errors of ours.

    Args:
        where: Whom the request is for.
    """
    try:
        yield
    except tuple(kind for kind, _, _ in _SENTENCES) as raised:
        _, error, sentence = next(row for row in _SENTENCES if isinstance(raised, row[0]))
        raise error(sentence.format(where=where, reason=_reason(raised))) from raised


def _reason(error: Exception) -> str:
    met = error.__cause__ or error.__context__
    if met is not None and isinstance(met.__cause__, ConnectionRefusedError):  # anyio's words say less
        return "it refuses connections on that port"
    return (str(error) or type(error).__name__)[:_MAX_REASON_CHARS]
