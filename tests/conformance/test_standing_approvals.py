"""The suite for standing approvals: what is in memory passes it, and what breaks a promise does not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from executus_core.permission import ApprovalMemory, FileApprovals
from executus_core.record.permission import BoundCall, StandingApproval
from executus_core.testing import MemoryStandingApprovals, StandingApprovalsConformance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class TestMemoryStandingApprovals(StandingApprovalsConformance):
    @pytest.fixture
    def standing_approvals(self) -> MemoryStandingApprovals:
        return MemoryStandingApprovals()


class TestFileApprovals(StandingApprovalsConformance):
    @pytest.fixture
    def standing_approvals(self, tmp_path: Path) -> FileApprovals:
        return FileApprovals(tmp_path / "deep" / "approvals.jsonl")

    async def reopen(self, standing_approvals: FileApprovals) -> FileApprovals:
        return FileApprovals(standing_approvals.path)


class Store(MemoryStandingApprovals):
    """One that looks at every approval, as the naive do."""

    async def find_approval(self, call):
        return next((approval for approval in self.held if self.covers(approval, call)), None)

    def covers(self, approval: StandingApproval, call) -> bool:
        return approval.covers(call)


class ForgetsWho(Store):
    async def save_approval(self, approval):
        self.add(evolve(approval, by=""))


class SharesWithEverybody(Store):
    def covers(self, approval, call):
        return approval.covers(evolve(call, caller_id=approval.call.caller_id))


class HoldsForever(Store):
    def covers(self, approval, call):
        return evolve(approval, scope="always").covers(call)


class KeepsBoth(Store):
    async def save_approval(self, approval):
        self.add(evolve(approval, id=f"{approval.id} {len(self.held)}"))


class TrimsTexts(Store):
    async def save_approval(self, approval):
        self.add(evolve(approval, reason=approval.reason[:100]))


class ListsNewestFirst(Store):
    async def list_approvals(self, caller):
        return (await super().list_approvals(caller))[::-1]


class RevokesNothing(Store):
    async def revoke_approval(self, caller, approval_id):
        return any(approval.id == approval_id for approval in await self.list_approvals(caller))


class RevokesForAnybody(Store):
    async def revoke_approval(self, caller, approval_id):
        kept = [approval for approval in self.held if approval.id != approval_id]
        is_gone = len(kept) < len(self.held)
        self.__init__(kept)
        return is_gone


class LosesUpdates(Store):
    async def save_approval(self, approval):
        before = list(self.held)
        await asyncio.sleep(0)
        self.__init__([*before, approval])


class SavesInHalves(Store):
    async def save_approval(self, approval):
        self.add(evolve(approval, given_at=None))
        await asyncio.sleep(0)
        self.add(approval)


BROKEN = [
    ("test_an_approval_holds_for_the_very_call", ForgetsWho),
    ("test_an_approval_holds_for_no_other_call_and_no_other_caller", SharesWithEverybody),
    ("test_an_approval_reaches_as_far_as_it_says", HoldsForever),
    ("test_an_approval_that_is_saved_again_is_replaced", KeepsBoth),
    ("test_hostile_texts_are_only_texts", TrimsTexts),
    ("test_a_caller_sees_what_is_theirs_oldest_first", ListsNewestFirst),
    ("test_a_revoked_approval_holds_no_more", RevokesNothing),
    ("test_nobody_revokes_what_is_another_callers", RevokesForAnybody),
    ("test_many_save_at_once_and_none_is_lost", LosesUpdates),
    ("test_a_save_that_nobody_waits_for_is_whole_or_absent", SavesInHalves),
]


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(check: str, provider: Callable[[], object], assert_caught) -> None:
    """The check fails for a provider that breaks just its promise."""
    await assert_caught(TestMemoryStandingApprovals(), check, standing_approvals=provider)


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(TestMemoryStandingApprovals, BROKEN)


async def test_what_is_held_in_memory_is_bounded() -> None:
    """The oldest gives way, and its call asks again."""
    memory = ApprovalMemory(max_held=2)
    given = [_given(n) for n in range(3)]
    for approval in given:
        await memory.save_approval(approval)

    assert [await memory.find_approval(approval.call) for approval in given] == [None, *given[1:]]


def _given(number: int) -> StandingApproval:
    return StandingApproval(str(number), BoundCall("add", "code", f"[{number}]", "alice"), "always")
