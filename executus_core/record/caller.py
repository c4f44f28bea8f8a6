"""Who a run is for, and where its output goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable


def _scopes(scopes: Iterable[str]) -> frozenset[str]:
    return frozenset(scopes)


@frozen
class Caller:
    """The person or service that a run is for, as the host knows them.

    Attributes:
        id: The host's stable id; "" for nobody in particular.
        name: A name to show.
        scopes: What the caller may do: stage 2 of permission grants a tool when all of its scopes are here.
        is_admin: Whether the caller holds every scope.
        tenant: Which tenant the caller belongs to; budgets, lanes, stores and palettes are keyed by it.
    """

    id: str = ""
    name: str = ""
    scopes: frozenset[str] = field(default=frozenset(), converter=_scopes)
    is_admin: bool = False
    tenant: str = ""

    def holds(self, scopes: frozenset[str]) -> bool:
        """Tell whether the caller holds all of the scopes."""
        return self.is_admin or scopes <= self.scopes


def _place(target_id: str) -> str:
    """Show where a target is; of a URL no more than its host, since the rest is often secret."""
    scheme, mark, rest = target_id.partition("://")
    host = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
    return repr(f"{scheme}://{host}/..." if mark else target_id)


@frozen
class Target:
    """Where a delivery goes.

    Attributes:
        kind: Which delivery serves it, for example "channel" or "folder".
        id: Which one of that kind.
        run_id: Whose output goes there; the executor fills it in, and two targets are the same place whatever it says.
    """

    kind: str
    id: str = field(repr=_place)
    run_id: str = field(default="", eq=False)
