"""What every identity must do."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from executus_core.record.caller import Caller
from executus_core.record.invocation import Invocation
from executus_core.testing.conformance.base import HOSTILE_TEXTS, Conformance, cannot_check, interleaved

if TYPE_CHECKING:
    from executus_core.ports.identity import Identity

__all__ = ["IdentityConformance"]


class IdentityConformance(Conformance):
    """What every identity must do.

    Give the fixture ``identity``, and a caller that it knows.

    Attributes:
        known: A caller that the identity knows, as it should answer; None when it knows none from a test.
        unknown_id: The id of a caller that it does not know.
    """

    known: Caller | None = None
    unknown_id: str = "nobody-knows-me"

    @pytest.fixture
    def identity(self) -> Identity:
        """The identity to check."""
        raise NotImplementedError("give the fixture 'identity'")

    async def test_a_known_caller_gets_what_is_theirs(self, identity: Identity) -> None:
        """The caller has the scopes, the tenant and the name that the host gave them."""
        if self.known is None:
            cannot_check("known")

        assert await identity.resolve(Invocation(caller_id=self.known.id)) == self.known

    async def test_an_unknown_caller_gets_no_scopes(self, identity: Identity) -> None:
        """Who is not known may do nothing, and is no exception."""
        _assert_powerless(await identity.resolve(Invocation(caller_id=self.unknown_id)))

    @pytest.mark.parametrize("caller_id", HOSTILE_TEXTS, ids=lambda text: repr(text[:20]))
    async def test_a_strange_id_gets_no_scopes(self, identity: Identity, caller_id: str) -> None:
        """An id that is blank, long or made to break something is that of somebody unknown."""
        _assert_powerless(await identity.resolve(Invocation(caller_id=caller_id)))

    async def test_an_id_that_looks_like_a_known_one_is_unknown(self, identity: Identity) -> None:
        """Blanks and invisible characters around an id make another id, with no scopes."""
        if self.known is None:
            cannot_check("known")

        for lookalike in (
            f" {self.known.id}",
            f"{self.known.id}\x00",
            f"{self.known.id}\u200b",
            f"{self.known.id}%",
        ):
            _assert_powerless(await identity.resolve(Invocation(caller_id=lookalike)))

    async def test_many_runs_at_once_keep_apart(self, identity: Identity) -> None:
        """Runs of different callers that start together each get their own."""
        if self.known is None:
            cannot_check("known")
        ids = [self.known.id, self.unknown_id] * 20

        callers = await interleaved(identity.resolve(Invocation(caller_id=caller_id)) for caller_id in ids)

        for caller_id, caller in zip(ids, callers, strict=True):
            if caller_id == self.known.id:
                assert caller == self.known
            else:
                _assert_powerless(caller)


def _assert_powerless(caller: object) -> None:
    assert isinstance(caller, Caller)
    assert caller.scopes == frozenset()
    assert not caller.is_admin
