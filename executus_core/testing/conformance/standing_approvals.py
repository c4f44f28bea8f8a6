"""What every store of standing approvals must do."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from executus_core.record.caller import Caller
from executus_core.record.permission import BoundCall, StandingApproval
from executus_core.testing.conformance.base import HOSTILE_TEXTS, Conformance, cancelled_at_once, interleaved

if TYPE_CHECKING:
    from executus_core.ports.permission import StandingApprovals
    from executus_core.record.permission import ApprovalScope

__all__ = ["StandingApprovalsConformance"]

ALICE = Caller("alice", tenant="tenant-1")
CALL = BoundCall(
    "write_file",
    "tools-common",
    '{"path":"a.txt","text":"hello"}',
    caller_id="alice",
    tenant="tenant-1",
    run_id="run-1",
    channel_id="channel-1",
)


class StandingApprovalsConformance(Conformance):
    """What every store of standing approvals must do.

    Give the fixture ``standing_approvals``: an empty store. Give ``reopen`` too, if the store outlives the process: it is
    asked for what survives.
    """

    @pytest.fixture
    def standing_approvals(self) -> StandingApprovals:
        """The store to check."""
        raise NotImplementedError("give the fixture 'standing_approvals'")

    async def reopen(self, standing_approvals: StandingApprovals) -> StandingApprovals:
        """Open the same store anew, as another process would after this one was killed."""
        return standing_approvals

    # -------------------------------------------------------------------------------------------- found and kept

    async def test_an_approval_holds_for_the_very_call(self, standing_approvals: StandingApprovals) -> None:
        """What was saved is found when ``save_approval`` returns: all of it, with who gave it and when."""
        approval = _approval("always")

        assert await standing_approvals.find_approval(CALL) is None
        await standing_approvals.save_approval(approval)

        assert await (await self.reopen(standing_approvals)).find_approval(CALL) == approval

    @pytest.mark.parametrize("field", ["tool", "origin", "arguments", "caller_id", "tenant"])
    async def test_an_approval_holds_for_no_other_call_and_no_other_caller(
        self, standing_approvals: StandingApprovals, field: str
    ) -> None:
        """Another tool, the same name from elsewhere, other arguments, another caller, another tenant: not covered."""
        await standing_approvals.save_approval(_approval("always"))
        for other in ("", "other", f"{getattr(CALL, field)} ", getattr(CALL, field).upper()):
            assert await standing_approvals.find_approval(evolve(CALL, **{field: other})) is None

    async def test_an_approval_reaches_as_far_as_it_says(self, standing_approvals: StandingApprovals) -> None:
        """One for the run ends with the run, one for the conversation with that, one for always with neither."""
        elsewhere = {
            "the same run": CALL,
            "another run": evolve(CALL, run_id="run-2"),
            "another channel": evolve(CALL, channel_id="channel-2"),
            "no channel": evolve(CALL, run_id="run-2", channel_id=""),
        }
        reaches: dict[ApprovalScope, set[str]] = {
            "run": {"the same run", "another channel"},
            "conversation": {"the same run", "another run"},
            "always": set(elsewhere),
        }
        for scope, expected in reaches.items():
            approval = _approval(scope)
            await standing_approvals.save_approval(approval)
            found = {name: await standing_approvals.find_approval(call) for name, call in elsewhere.items()}
            assert {name for name, one in found.items() if one == approval} == expected
            assert await standing_approvals.revoke_approval(ALICE, approval.id)

    async def test_an_approval_that_is_saved_again_is_replaced(
        self, standing_approvals: StandingApprovals
    ) -> None:
        """Its id names it."""
        first = _approval("always")
        second = evolve(first, call=evolve(CALL, arguments="{}"), by="bob")

        await standing_approvals.save_approval(first)
        await standing_approvals.save_approval(second)

        assert await standing_approvals.find_approval(CALL) is None
        assert list(await standing_approvals.list_approvals(ALICE)) == [second]

    @pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=lambda text: repr(text[:20]))
    async def test_hostile_texts_are_only_texts(
        self, standing_approvals: StandingApprovals, text: str
    ) -> None:
        """Whatever stands in arguments, names and reasons comes back as it was, and means nothing."""
        call = evolve(CALL, arguments=text, caller_id=f"alice{text}")
        approval = evolve(_approval("always"), call=call, by=text, reason=text)

        await standing_approvals.save_approval(approval)

        again = await self.reopen(standing_approvals)
        assert await again.find_approval(call) == approval
        assert await again.find_approval(evolve(call, arguments=f"{text}.")) is None

    # --------------------------------------------------------------------------------------------- listed, revoked

    async def test_a_caller_sees_what_is_theirs_oldest_first(
        self, standing_approvals: StandingApprovals
    ) -> None:
        """Callers are told apart by tenant and id, and nobody sees what is another's."""
        approvals = [_approval("always", name, arguments=f'{{"n":"{name}"}}') for name in ("b", "a", "c")]
        for approval in approvals:
            await standing_approvals.save_approval(approval)

        again = await self.reopen(standing_approvals)
        assert list(await again.list_approvals(ALICE)) == approvals
        for other in (Caller("bob", tenant="tenant-1"), Caller("alice"), Caller("", tenant="tenant-1")):
            assert not await again.list_approvals(other)

    async def test_a_revoked_approval_holds_no_more(self, standing_approvals: StandingApprovals) -> None:
        """It is gone when ``revoke_approval`` returns; what else was granted stays."""
        kept = _approval("always", "kept", arguments="{}")
        await standing_approvals.save_approval(_approval("always", "gone"))
        await standing_approvals.save_approval(kept)

        assert await standing_approvals.revoke_approval(ALICE, "gone")
        assert not await standing_approvals.revoke_approval(ALICE, "gone")

        again = await self.reopen(standing_approvals)
        assert await again.find_approval(CALL) is None
        assert list(await again.list_approvals(ALICE)) == [kept]

    async def test_nobody_revokes_what_is_another_callers(
        self, standing_approvals: StandingApprovals
    ) -> None:
        """An id that somebody guessed or saw is not enough."""
        await standing_approvals.save_approval(_approval("always", "mine"))

        for other in (Caller("bob", tenant="tenant-1"), Caller("alice", tenant="tenant-2"), Caller()):
            assert not await standing_approvals.revoke_approval(other, "mine")
        assert await standing_approvals.find_approval(CALL) is not None

    # ------------------------------------------------------------------------------------------- many and faults

    async def test_many_save_at_once_and_none_is_lost(self, standing_approvals: StandingApprovals) -> None:
        """Thirty that are given in turns are all there, each for its own call."""
        approvals = [_approval("always", f"id-{n}", arguments=f'{{"n":{n}}}') for n in range(30)]

        results = await interleaved(standing_approvals.save_approval(approval) for approval in approvals)

        assert set(results) == {None}
        again = await self.reopen(standing_approvals)
        assert [await again.find_approval(approval.call) for approval in approvals] == approvals

    async def test_a_save_that_nobody_waits_for_is_whole_or_absent(
        self, standing_approvals: StandingApprovals
    ) -> None:
        """Cancelling a save leaves no half approval, and the store goes on."""
        first, second = _approval("always", "first"), _approval("always", "second", arguments="{}")

        await cancelled_at_once(lambda: standing_approvals.save_approval(first))
        await standing_approvals.save_approval(second)

        assert list(await standing_approvals.list_approvals(ALICE)) in ([second], [first, second])


def _approval(scope: ApprovalScope, id: str = "id-1", arguments: str = CALL.arguments) -> StandingApproval:  # noqa: A002
    """Make an approval of alice's call."""
    given_at = datetime(2024, 2, 29, 12, 30, 15, 250_000, tzinfo=UTC)
    call = evolve(CALL, arguments=arguments)
    return StandingApproval(id, call, scope, by="carol", reason="go on", given_at=given_at)
