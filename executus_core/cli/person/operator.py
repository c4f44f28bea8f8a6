"""Who uses the command line: the account on this machine, with the scopes that it says."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from attrs import frozen

from executus_core.record.caller import Caller

if TYPE_CHECKING:
    from executus_core.record.invocation import Invocation


def operator_id() -> str:
    """Name the person by the account on this machine; "" where it has no name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


@frozen
class OperatorIdentity:
    """Takes the person at the command line for whom they are.

    Attributes:
        scopes: What they say that they may do. It is their machine; saying it makes it visible.
    """

    scopes: tuple[str, ...] = ()

    async def resolve(self, invocation: Invocation) -> Caller:
        """Give a caller with these scopes."""
        return Caller(invocation.caller_id, invocation.caller_id, frozenset(self.scopes))
