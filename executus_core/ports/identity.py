"""The identity port: who a run is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from executus_core.record.caller import Caller
    from executus_core.record.invocation import Invocation


class Identity(Protocol):
    """Turns an invocation into a caller.

    Contract: fails closed: whatever it raises ends the run before any model call. A caller that it does not know gets no
    scopes, not an exception. Called once per run, possibly many at once.
    """

    async def resolve(self, invocation: Invocation) -> Caller:
        """Find out who the run is for and what they may do."""
        ...
