"""Who must be looked at when a test has ended: fakes that were asked too much or too little report here.

A run turns whatever a model raises into ``Result.error``, so a fake can't make a test fail by raising. It remembers instead,
and the pytest plugin asks it once the test is over. Outside of pytest nobody watches and nothing is kept.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

__all__ = ["Watched", "watch", "watching"]


class Watched(Protocol):
    """A fake that knows what went wrong with it."""

    def problems(self) -> Sequence[str]:
        """Say what went wrong so far, one sentence each."""
        ...


_watchers: list[list[Watched]] = []


def watch(fake: Watched) -> None:
    """Have a fake looked at when the current test ends; does nothing when nobody watches."""
    if _watchers:
        _watchers[-1].append(fake)


@contextmanager
def watching() -> Generator[list[Watched]]:
    """Collect the fakes that are made inside of the block."""
    fakes: list[Watched] = []
    _watchers.append(fakes)
    try:
        yield fakes
    finally:
        _watchers.pop()
