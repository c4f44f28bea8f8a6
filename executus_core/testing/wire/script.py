"""What a model server is going to answer, and what of it came otherwise."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from executus_core.testing.wire.faults import check_wire_entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.testing.wire.faults import WireEntry, WireEntryFunction
    from executus_core.testing.wire.request import WireRequest

__all__ = ["OutOfScriptError", "WireScript"]


class OutOfScriptError(Exception):
    """The script has no answer to a request; the server says so, and the test hears of it."""


class WireScript:
    """One entry per request that the server accepts, in the order in which they come."""

    def __init__(self, owner: str, script: Iterable[WireEntry] | WireEntryFunction) -> None:
        """Keep the entries.

        Args:
            owner: Whose script it is, for messages.
            script: One entry per expected request, or one function that answers every request.
        """
        self._owner = owner
        self._answer_all = script if callable(script) else None
        self._entries: list[WireEntry] = [] if callable(script) else list(script)
        for position, entry in enumerate(self._entries, 1):
            check_wire_entry(entry, f"entry {position} of the script of {owner}")
        self._taken = 0
        self._faults: list[str] = []

    def take(self, asked: WireRequest) -> WireEntry:
        """Give the next entry.

        Raises:
            OutOfScriptError: There is none.
        """
        self._taken += 1
        if self._answer_all:
            return self._answer_all
        if self._taken <= len(self._entries):
            return self._entries[self._taken - 1]
        last = asked.messages[-1] if asked.messages else None
        raise self.fault(
            f"got request {self._taken}, but its script ends after {len(self._entries)}; add an entry, or find out why it "
            f"was asked again. The last message of the request: {last!r:.200}"
        )

    async def ask(self, function: WireEntryFunction, asked: WireRequest) -> WireEntry:
        """Have a function of the request give the entry.

        Raises:
            OutOfScriptError: It failed, or gave no entry.
        """
        try:
            given = function(asked)
            entry = await given if inspect.isawaitable(given) else given
            check_wire_entry(entry, f"what a function in the script of {self._owner} gave")
        except AssertionError as error:
            raise self.fault(
                f"was asked what a test does not expect: an assertion failed: {error}"
            ) from error
        except Exception as error:
            raise self.fault(f"has a function in its script that failed: {error!r}") from error
        return entry

    def fault(self, what: str) -> OutOfScriptError:
        """Remember what went wrong, for the test to hear of it."""
        self._faults.append(f"{self._owner} {what}")
        return OutOfScriptError(self._faults[-1])

    def problems(self) -> list[str]:
        """Say what went wrong so far: requests beyond the script, failed assertions, entries that nobody asked for."""
        unused = self._entries[self._taken :]
        if not unused:
            return list(self._faults)
        left_over = (
            f"{self._owner} got {self._taken} of the {len(self._entries)} requests of its script; "
            f"the next entry, that nobody asked for: {unused[0]!r:.200}"
        )
        return [*self._faults, left_over]
