"""The suite for identities: what is in memory passes it, and what breaks a promise does not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from executus_core.record.caller import Caller
from executus_core.testing import IdentityConformance, MemoryIdentity

if TYPE_CHECKING:
    from collections.abc import Callable


class TestMemoryIdentity(IdentityConformance):
    known = Caller("alice", "Alice", {"net"}, tenant="tenant-1")

    @pytest.fixture
    def identity(self) -> MemoryIdentity:
        return MemoryIdentity([self.known, Caller("root", is_admin=True)])


ALICE = Caller("alice", "Alice", {"net"}, tenant="tenant-1")


class Identity(MemoryIdentity):
    def __init__(self):
        super().__init__([ALICE, Caller("root", is_admin=True)])


class MakesAdmins(Identity):
    async def resolve(self, invocation):
        return evolve(await super().resolve(invocation), is_admin=True)


class RaisesForStrangers(MemoryIdentity):
    def __init__(self):
        self.callers = {"alice": ALICE}

    async def resolve(self, invocation):
        return self.callers[invocation.caller_id]


class TrimsIds(Identity):
    async def resolve(self, invocation):
        return await super().resolve(evolve(invocation, caller_id=invocation.caller_id.strip()))


class RemembersOneCaller(Identity):
    async def resolve(self, invocation):
        self.invocation = invocation
        await asyncio.sleep(0)
        return await super().resolve(self.invocation)


BROKEN = [
    ("test_a_known_caller_gets_what_is_theirs", MakesAdmins),
    ("test_an_unknown_caller_gets_no_scopes", RaisesForStrangers),
    ("test_a_strange_id_gets_no_scopes", MakesAdmins),
    ("test_an_id_that_looks_like_a_known_one_is_unknown", TrimsIds),
    ("test_many_runs_at_once_keep_apart", RemembersOneCaller),
]


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(check: str, provider: Callable[[], object], assert_caught) -> None:
    """The check fails for a provider that breaks just its promise."""
    await assert_caught(TestMemoryIdentity(), check, identity=provider)


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(TestMemoryIdentity, BROKEN)
