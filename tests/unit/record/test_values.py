"""Invocations, results, callers, tallies and the defaults."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from executus_core import Caller, ConfigError, Defaults, Invocation, PostRunResult, Result, RunStatus
from executus_core.errors import MaxStepsError
from executus_core.llm import Message, ToolCall, Usage
from executus_core.record.run import Note, RunTally, Step


def _result(error: BaseException | None = None) -> Result[None]:
    status = RunStatus.ERROR if error else RunStatus.OK
    return Result("r", status, "out", None, error, [], Usage(), [], 0.5, 1_767_225_600.0)


def test_an_unknown_surface_is_refused_with_the_nearest_one() -> None:
    """A typo in the visibility must not open a door."""
    with pytest.raises(ConfigError) as caught:
        Invocation(visibility="pubic")  # type: ignore[arg-type]

    assert str(caught.value) == "Invocation.visibility is 'pubic'. Did you mean 'public'?"


def test_an_invocation_is_immutable() -> None:
    """A run's start can't change while it runs."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Invocation().caller_id = "mallory"  # type: ignore[misc]


def test_a_result_raises_its_error_on_request() -> None:
    """Whoever wants an exception gets the run's own."""
    error = MaxStepsError(3)

    with pytest.raises(MaxStepsError) as caught:
        _result(error).raise_for_status()

    assert caught.value is error


def test_a_good_result_raises_nothing() -> None:
    """A run that ended by itself passes."""
    _result().raise_for_status()

    assert _result().ok
    assert not _result(ValueError()).ok


def test_a_result_knows_when_it_started_in_utc() -> None:
    """A moment without a time zone is nobody's moment."""
    assert _result().started_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_status_is_its_word() -> None:
    """Programs compare words, people read them."""
    assert RunStatus.BUDGET_EXCEEDED == "budget_exceeded"
    assert f"{RunStatus.OK}" == "ok"
    assert {str(status) for status in RunStatus} == {
        "ok", "error", "timeout", "killed", "cancelled", "budget_exceeded", "dry_run", "paused",
    }  # fmt: skip


def test_a_caller_holds_scopes_that_it_has_and_an_admin_holds_all() -> None:
    """Stage 2 of permission asks the caller."""
    wanted = frozenset({"net", "files"})

    assert Caller("a", scopes=frozenset({"net", "files", "more"})).holds(wanted)
    assert not Caller("a", scopes=frozenset({"net"})).holds(wanted)
    assert Caller("root", is_admin=True).holds(wanted)
    assert Caller("a").holds(frozenset())


def test_a_tally_counts_what_is_put_into_it() -> None:
    """Whoever holds a tally sees the run grow."""
    tally = RunTally()
    call = ToolCall("c", "add", "{}")
    tally.usages.append(Usage(1, 2, cost_usd=0.5))
    tally.calls.append(Step(1, call, Message.tool(call, "no", is_error=True), is_error=True, duration=0.0))

    assert (tally.steps, tally.tool_calls, tally.tool_errors) == (1, 1, 1)
    assert tally.usage == Usage(1, 2, cost_usd=0.5)


def test_defaults_are_those_of_the_contract() -> None:
    """The caps that an agent leaves empty are known numbers."""
    defaults = Defaults()

    assert (defaults.model_tier, defaults.max_steps, defaults.max_runtime_s) == ("fast", 12, 60)
    assert (defaults.max_consecutive_tool_errors, defaults.max_same_tool_call_repeats) == (3, 3)
    assert (defaults.compaction_threshold_ratio, defaults.critic_soft_timeout_s) == (0.7, 90)
    assert defaults.cleanup_timeout_s == 10


def test_defaults_that_would_stop_every_run_are_refused_together() -> None:
    """Every cap that is not above 0 is named."""
    with pytest.raises(ConfigError) as caught:
        Defaults(max_steps=0, max_runtime_s=-1)

    assert len(caught.value.problems) == 2
    assert "Defaults.max_steps is 0" in str(caught.value)


def test_a_note_reads_as_one_line() -> None:
    """Notes are shown to people."""
    assert str(Note("audit", "sqlite", "OSError: full")) == "audit (sqlite): OSError: full"
    assert str(Note("settle", "", "late")) == "settle: late"


def test_a_post_run_result_takes_a_list() -> None:
    """A hook may give whatever sequence it has."""
    assert PostRunResult([]).artifacts == ()
