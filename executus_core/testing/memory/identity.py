"""An identity that knows a fixed set of callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.record.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.record.invocation import Invocation

__all__ = ["MemoryIdentity"]


class MemoryIdentity:
    """Knows the callers that it was given; anybody else has an id and no scopes."""

    def __init__(self, callers: Iterable[Caller] = ()) -> None:
        """Keep the callers by id."""
        self._callers = {caller.id: caller for caller in callers}

    async def resolve(self, invocation: Invocation) -> Caller:
        """Find the caller of an invocation."""
        return self._callers.get(invocation.caller_id) or Caller(invocation.caller_id)
