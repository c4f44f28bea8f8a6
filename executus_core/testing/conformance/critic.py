"""What every critic must do."""
# ruff: noqa: ARG002, S101 - a capability that is not given ignores what it is asked; a suite is made of assertions

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, cast

import pytest

from executus_core.llm.message import Message
from executus_core.record.run import KillCause
from executus_core.testing.conformance.base import (
    HOSTILE_TEXTS,
    Conformance,
    answer,
    cannot_check,
    interleaved,
    run_info,
    tool_call,
)
from executus_core.testing.hotpath import assert_returns_at_once

if TYPE_CHECKING:
    from executus_core.ports.critic import Critic, CriticHandle, NotifyingCriticHandle
    from executus_core.record.run import RunInfo

__all__ = ["CriticConformance"]


class CriticConformance(Conformance):
    """What every critic must do.

    Give the fixture ``critic``: one that supervises every run. Give ``make_it_speak`` and ``make_it_kill`` too, if a test
    can provoke that: only then can the suite see what comes of it.
    """

    @pytest.fixture
    def critic(self) -> Critic:
        """The critic to check."""
        raise NotImplementedError("give the fixture 'critic'")

    async def make_it_speak(self, critic: Critic, handle: CriticHandle) -> bool:
        """Bring the critic to have something to say to the run; False when a test can't."""
        return False

    async def make_it_kill(self, critic: Critic, handle: CriticHandle) -> bool:
        """Bring the critic to kill the run; False when a test can't."""
        return False

    # ------------------------------------------------------------------------------------------------- the hot path

    async def test_watching_returns_at_once(self, critic: Critic) -> None:
        """The plain methods do no I/O and do not wait, and seeing gives nothing."""
        handle = await _monitor(critic)
        call, response = tool_call(), answer("Hm.", tool_call())

        for what, record in (
            ("record_step", lambda: handle.record_step(1, response)),
            ("record_tool_start", lambda: handle.record_tool_start(call)),
        ):
            assert assert_returns_at_once(f"the handle's {what}", record) is None, f"{what} must give nothing"
        for what, ask in (
            ("steer", handle.steer),
            ("deadline", handle.deadline),
            ("max_steps", handle.max_steps),
            ("kill_cause", handle.kill_cause),
        ):
            assert_returns_at_once(f"the handle's {what}", ask)
        await handle.stop()

    async def test_answers_are_of_their_kind(self, critic: Critic) -> None:
        """A handle gives messages, a moment, a number of steps and a cause, or None."""
        handle = await _monitor(critic)
        handle.record_step(1, answer("Hm.", tool_call()))

        assert all(isinstance(message, Message) for message in handle.steer())
        assert isinstance(handle.deadline(), (int, float, type(None)))
        assert isinstance(handle.max_steps(), (int, type(None)))
        assert isinstance(handle.kill_cause(), (KillCause, type(None)))
        await handle.stop()

    async def test_watching_changes_nothing(self, critic: Critic) -> None:
        """The responses that a critic sees belong to the run."""
        handle = await _monitor(critic)
        response = answer("Hm.", tool_call(), image=True)
        before = copy.deepcopy(response)

        handle.record_step(1, response)
        handle.record_tool_start(response.message.tool_calls[0])
        handle.steer()

        assert response == before
        await handle.stop()

    @pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=lambda text: repr(text[:20]))
    async def test_hostile_output_does_not_break_it(self, critic: Critic, text: str) -> None:
        """Whatever a model writes, the critic sees it without raising."""
        handle = await _monitor(critic)

        handle.record_step(1, answer(text, tool_call(text, text, text)))
        handle.record_tool_start(tool_call(text, text, text))
        handle.steer()

        await handle.stop()

    # ---------------------------------------------------------------------------------------------------- its word

    async def test_what_it_says_is_given_once(self, critic: Critic) -> None:
        """A message is steered into the run at the next step, and not again at the one after."""
        handle = await _monitor(critic)
        if not await self.make_it_speak(critic, handle):
            cannot_check("make_it_speak")

        said = handle.steer()

        assert said
        assert all(isinstance(message, Message) for message in said)
        assert not handle.steer()
        await handle.stop()

    async def test_a_kill_stays(self, critic: Critic) -> None:
        """Once given, the cause is given again, also after the end, and says why."""
        handle = await _monitor(critic)
        assert handle.kill_cause() is None
        if not await self.make_it_kill(critic, handle):
            cannot_check("make_it_kill")

        cause = handle.kill_cause()
        assert isinstance(cause, KillCause)
        assert cause.reason
        handle.record_step(2, answer())
        await handle.stop()

        assert handle.kill_cause() == cause

    async def test_a_kill_is_told(self, critic: Critic) -> None:
        """A handle that promises to tell of changes calls back once there is a cause."""
        handle = await _monitor(critic)
        if not hasattr(handle, "on_change"):
            cannot_check("on_change")
        looks: list[KillCause | None] = []
        cast("NotifyingCriticHandle", handle).on_change(lambda: looks.append(handle.kill_cause()))
        if not await self.make_it_kill(critic, handle):
            cannot_check("make_it_kill")

        assert any(looks), "on_change was not called after kill_cause() had something to say"
        await handle.stop()

    # ------------------------------------------------------------------------------------------------ many and ends

    async def test_many_runs_at_once_keep_apart(self, critic: Critic) -> None:
        """Each run has a handle of its own, and what concerns one does not reach the others."""
        handles = [await _monitor(critic, run_info(f"run-{number}")) for number in range(20)]

        assert len({id(handle) for handle in handles}) == len(handles)
        if await self.make_it_kill(critic, handles[0]):
            assert [handle.kill_cause() for handle in handles[1:]] == [None] * (len(handles) - 1)
        assert set(await interleaved(handle.stop() for handle in handles)) == {None}

    async def test_it_ends_with_its_run(self, critic: Critic) -> None:
        """Stopping a handle that has not seen a single step works, and leaves no task behind."""
        handle = await _monitor(critic)

        assert await interleaved([handle.stop()]) == [None]


async def _monitor(critic: Critic, info: RunInfo | None = None) -> CriticHandle:
    handle = await critic.monitor(info or run_info(), 90.0)
    assert handle is not None, "the suite checks a critic that supervises every run; this one declined"
    return handle
