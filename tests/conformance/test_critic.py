"""The suite for critics: what is in memory passes it, and what breaks a promise does not."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from executus_core.testing import CriticConformance, ScriptedCritic
from executus_core.testing.memory.critic import ScriptedCriticHandle

if TYPE_CHECKING:
    from collections.abc import Callable


class TestScriptedCritic(CriticConformance):
    @pytest.fixture
    def critic(self) -> ScriptedCritic:
        return ScriptedCritic()

    async def make_it_speak(self, critic, handle) -> bool:
        handle.send("Look at the clock.")
        return True

    async def make_it_kill(self, critic, handle) -> bool:
        handle.kill("it goes in circles")
        return True


def critic_of(handle: type[ScriptedCriticHandle]) -> Callable[[], ScriptedCritic]:
    class Critic(ScriptedCritic):
        async def monitor(self, info, soft_timeout):
            return handle(self, info, soft_timeout)

    Critic.__name__ = handle.__name__
    return Critic


class ThinksAtOnce(ScriptedCriticHandle):
    def record_step(self, index, response):
        time.sleep(0.002)


class GivesATextAsDeadline(ScriptedCriticHandle):
    def deadline(self):
        return "in a minute"


class RenamesTheModel(ScriptedCriticHandle):
    def record_step(self, index, response):
        response.model = "seen"


class ReadsArguments(ScriptedCriticHandle):
    def record_tool_start(self, call):
        json.loads(call.arguments)


class RepeatsItself(ScriptedCriticHandle):
    def steer(self):
        return list(self._waiting)


class ForgivesAtTheNextStep(ScriptedCriticHandle):
    def record_step(self, index, response):
        self._kill_cause = None


class TellsNobody(ScriptedCriticHandle):
    def on_change(self, look_again):
        pass


class OneHandleForAll(ScriptedCritic):
    one = None

    async def monitor(self, info, soft_timeout):
        self.one = self.one or ScriptedCriticHandle(self, info, soft_timeout)
        return self.one


class CannotStop(ScriptedCriticHandle):
    async def stop(self):
        return self.steps[-1]


BROKEN = [
    ("test_watching_returns_at_once", critic_of(ThinksAtOnce)),
    ("test_answers_are_of_their_kind", critic_of(GivesATextAsDeadline)),
    ("test_watching_changes_nothing", critic_of(RenamesTheModel)),
    ("test_hostile_output_does_not_break_it", critic_of(ReadsArguments)),
    ("test_what_it_says_is_given_once", critic_of(RepeatsItself)),
    ("test_a_kill_stays", critic_of(ForgivesAtTheNextStep)),
    ("test_a_kill_is_told", critic_of(TellsNobody)),
    ("test_many_runs_at_once_keep_apart", OneHandleForAll),
    ("test_it_ends_with_its_run", critic_of(CannotStop)),
]


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(check: str, provider: Callable[[], object], assert_caught) -> None:
    """The check fails for a provider that breaks just its promise."""
    await assert_caught(TestScriptedCritic(), check, critic=provider)


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(TestScriptedCritic, BROKEN)
