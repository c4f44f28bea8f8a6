"""Whether a connection is opened by the guard: what a tripwire asks that lets nothing else out."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_by_the_guard = ContextVar("executus_by_the_guard", default=False)


@contextmanager
def passage() -> Generator[None]:
    """Mark what the block looks up and connects to as the guard's own doing."""
    token = _by_the_guard.set(True)
    try:
        yield
    finally:
        _by_the_guard.reset(token)


def is_guards_passage() -> bool:
    """Tell whether the guard is at work here, in this task or thread."""
    return _by_the_guard.get()
