"""What the test kit adds to pytest, seen from a project that uses it and from one that does not."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["pytester"]

PLUGIN = "executus_core.testing.plugin"
ASK = """
import asyncio, contextlib, pytest, socket
from executus_core.llm import Message, ModelRequest
from executus_core.testing import ScriptedModel

def ask(model):
    with contextlib.suppress(Exception):  # as a run does
        asyncio.run(model.generate(ModelRequest([Message.user("Hello")])))
"""


@pytest.fixture
def outcomes(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Runs tests in a project of their own; the plugin comes by its entry point, or by name where core is not installed."""

    def run(source: str, ini: str = "") -> pytest.RunResult:
        pytester.makeini(f"[pytest]\nasyncio_default_fixture_loop_scope = function\n{ini}")
        pytester.makepyfile(ASK + source)
        installed = any(entry.value == PLUGIN for entry in entry_points(group="pytest11"))
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *(() if installed else ("-p", PLUGIN)))

    return run


def test_a_request_beyond_the_script_fails_the_test(outcomes) -> None:
    """Even though whoever asked kept the exception to itself."""
    result = outcomes("def test_extra(): ask(ScriptedModel([]))")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["ScriptedModel 'scripted' got request 1, but its script ends after 0;*"])


def test_an_entry_that_nobody_asked_for_fails_the_test(outcomes) -> None:
    """A test whose run ended early has not shown what it says."""
    result = outcomes("def test_missing(): ScriptedModel(['one'])")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["ScriptedModel 'scripted' got 0 of the 1 requests*"])


def test_a_question_beyond_an_approvers_script_fails_the_test(outcomes) -> None:
    """The approver is as strict as the model: a run takes what it raises for a denial."""
    result = outcomes(
        "from executus_core.testing import ScriptedApprover\ndef test_it(): ScriptedApprover(['allow'])"
    )

    result.assert_outcomes(failed=1)


def test_an_answer_that_no_tool_asked_for_fails_the_test(outcomes) -> None:
    """The asker is as strict as the model."""
    result = outcomes(
        "from executus_core.testing import ScriptedAsker\ndef test_it(): ScriptedAsker(['blue'])"
    )

    result.assert_outcomes(failed=1)


def test_a_model_that_is_not_strict_is_left_alone(outcomes) -> None:
    """Whoever looks himself says so."""
    outcomes("def test_own(): ask(ScriptedModel([], strict=False))").assert_outcomes(passed=1)


def test_a_script_that_was_followed_passes(outcomes) -> None:
    """Through the fixture and by hand."""
    outcomes(
        """
def test_it(scripted):
    ask(scripted("one"))
    ask(ScriptedModel(["one"]))
"""
    ).assert_outcomes(passed=1)


def test_a_model_of_a_fixture_is_looked_at_too(outcomes) -> None:
    """A fixture of one test belongs to the test."""
    outcomes(
        """
@pytest.fixture
def model(): return ScriptedModel(["one"])
def test_it(model): pass
"""
    ).assert_outcomes(failed=1)


def test_a_model_that_tests_share_is_left_to_them(outcomes) -> None:
    """No single test can tell whether a module's model is used up."""
    outcomes(
        """
@pytest.fixture(scope="module")
def model(): return ScriptedModel(["one", "two"])
def test_one(model): ask(model)
def test_two(model): ask(model)
"""
    ).assert_outcomes(passed=2)


def test_a_failed_test_keeps_its_own_reason(outcomes) -> None:
    """What the model says is shown beside it, since it may be the cause."""
    result = outcomes(
        """
def test_it():
    ask(ScriptedModel([]))
    assert "the reason" == ""
"""
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 'the reason' == ''*", "*Captured test kit*", "*got request 1*"])


def test_skips_and_expected_failures_stay_what_they_are(outcomes) -> None:
    """A test that was skipped is not held to its script; one that is expected to fail may fail by it."""
    outcomes(
        """
def test_skipped():
    ScriptedModel(["one"])
    pytest.skip("not today")

@pytest.mark.xfail(strict=True)
def test_expected(): ScriptedModel(["one"])
"""
    ).assert_outcomes(skipped=1, xfailed=1)


CONNECT = """
def test_far():
    with pytest.raises(OSError):
        socket.create_connection(("203.0.113.7", 443), 0.001)
"""


@pytest.mark.executus_network("allow")  # the pytest inside has a policy of its own
def test_the_network_is_left_alone_unless_somebody_asks(outcomes) -> None:
    """A project that happens to have executus installed sees no change."""
    result = outcomes(
        """
import os
def test_it():
    assert socket.socket.connect.__objclass__
    assert socket.getaddrinfo.__module__ == "socket" and not hasattr(socket.getaddrinfo, "__wrapped__")
    assert "EXECUTUS_TEST_NO_MODELS" not in os.environ
"""
    )

    result.assert_outcomes(passed=1)


@pytest.mark.executus_network("allow")  # the pytest inside has a policy of its own
def test_the_ini_option_forbids_the_network_and_real_models(outcomes) -> None:
    """In tests and in their fixtures; a marker allows a single test."""
    outcomes(
        """
import os
from executus_core.errors import BlockedAddressError

@pytest.fixture
def refused():
    with pytest.raises(BlockedAddressError):
        socket.getaddrinfo("example.com", 443)

def test_forbidden(refused):
    assert os.environ["EXECUTUS_TEST_NO_MODELS"] == "1"
    with pytest.raises(BlockedAddressError):
        socket.create_connection(("203.0.113.7", 443), 1)

@pytest.mark.executus_network("allow")
def test_allowed():
    assert not hasattr(socket.getaddrinfo, "__wrapped__")
""",
        ini="executus_network = forbid",
    ).assert_outcomes(passed=2)


def test_the_marker_forbids_the_network_for_one_test(outcomes) -> None:
    """Without any configuration."""
    outcomes(
        """
@pytest.mark.executus_network("forbid")
def test_forbidden(): socket.getaddrinfo("example.com", 443)
"""
    ).assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("source", "ini", "said"),
    [
        (
            "def test_it(): pass",
            "executus_network = forbids",
            "the ini option executus_network is 'forbids'",
        ),
        (
            "@pytest.mark.executus_network('off')\ndef test_it(): pass",
            "",
            "the marker executus_network of *is 'off'",
        ),
        ("@pytest.mark.executus_network\ndef test_it(): pass", "", "the marker executus_network of *is ''"),
    ],
)
def test_a_policy_that_does_not_exist_stops_the_session(outcomes, source: str, ini: str, said: str) -> None:
    """A typo must not open the network."""
    result = outcomes(source, ini)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{said}; it must be 'forbid', 'guarded' or 'allow'*"])


def test_its_fixtures_are_there(outcomes) -> None:
    """Those for plugins come along."""
    outcomes(
        """
def test_it(fake_clock, fake_dist, executus_host, scripted):
    assert fake_clock.monotonic() == 0
"""
    ).assert_outcomes(passed=1)


def test_loading_it_costs_next_to_nothing() -> None:
    """It is loaded in every pytest run of whoever has core installed."""
    code = (
        "import sys, json, pytest; before = set(sys.modules); "
        f"import {PLUGIN}; print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = json.loads(run.stdout)

    assert {
        name for name in loaded if name.partition(".")[0] not in {"attr", "attrs", "executus_core"}
    } == set()
    assert {name for name in loaded if name.startswith("executus_core.")} == {
        "executus_core.testing",
        "executus_core.testing.plugin",
        "executus_core.testing.plugins",
        "executus_core.testing.watch",
    }
