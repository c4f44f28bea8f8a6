"""Telling foreign code what happens, without letting it end a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable


class Listener(NamedTuple):
    """A plain callable of foreign code.

    Attributes:
        call: What to call; it returns at once.
        owner: The object that it belongs to; when one of its listeners fails, all of them are dropped.
    """

    call: Callable[..., object]
    owner: object


@define(eq=False)
class Signal:
    """Calls its listeners in order; one that raises is reported and not called again."""

    _listeners: tuple[Listener, ...]
    _report: Callable[[object, BaseException], None]
    _calls: tuple[Callable[..., object], ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Flatten the listeners for the hot path."""
        self._calls = tuple(listener.call for listener in self._listeners)

    def __call__(self, *args: object) -> None:
        """Tell every listener."""
        for call in self._calls:
            try:
                call(*args)
            except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
                owner = next((listener.owner for listener in self._listeners if listener.call is call), None)
                self._report(owner, error)

    def drop(self, owner: object) -> None:
        """Forget the listeners of an owner."""
        self._listeners = tuple(listener for listener in self._listeners if listener.owner is not owner)
        self._calls = tuple(listener.call for listener in self._listeners)

    def forget(self) -> None:
        """Forget everybody, also who is told of failures: nothing is signalled any more."""
        self._listeners = self._calls = ()
        self._report = _ignore


def _ignore(_owner: object, _error: BaseException) -> None:
    """Take a failure that comes when the run is long over."""
