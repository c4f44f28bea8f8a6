"""How suites treat their authors: what is not given is skipped by name, what is known is expected, nothing is overridden."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest

from executus_core.testing.conformance.base import HOSTILE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["pytester"]

PLUGIN = "executus_core.testing.plugin"
IMPORTS = """
import asyncio, pytest
from executus_core.testing import IdentityConformance, MemoryIdentity
"""


@pytest.fixture
def outcomes(pytester: pytest.Pytester) -> Callable[[str], pytest.RunResult]:
    """Runs an author's tests, with pytest-asyncio in its strict mode."""

    def run(source: str) -> pytest.RunResult:
        pytester.makeini("[pytest]\nasyncio_mode = strict\nasyncio_default_fixture_loop_scope = function")
        pytester.makepyfile(IMPORTS + source)
        installed = any(entry.value == PLUGIN for entry in entry_points(group="pytest11"))
        arguments = ("-p", "no:cacheprovider", "-rs", *(() if installed else ("-p", PLUGIN)))
        # in a process of its own: hypothesis does not survive being imported twice
        return pytester.runpytest_subprocess(*arguments)

    return run


NOTHING_GIVEN = """
from executus_core.testing import *

class OnlyGenerates:
    name, context_tokens = "m", 0
    async def generate(self, request):
        return await ScriptedModel(["It is 3."]).generate(request)

class OnlyResolves:
    async def resolve(self, spec):
        return OnlyGenerates() if spec == "fast" else None

class TestAudit(AuditConformance):
    audit = pytest.fixture(lambda self: MemoryAudit())
class TestBudget(BudgetConformance):
    open_budget = pytest.fixture(lambda self: lambda: MemoryBudget(max_runs=3))
class TestCritic(CriticConformance):
    critic = pytest.fixture(lambda self: ScriptedCritic())
class TestCheckpointer(CheckpointerConformance):
    checkpointer = pytest.fixture(lambda self: MemoryCheckpoints())
class TestPalette(PaletteConformance):
    palette = pytest.fixture(lambda self: MemoryPalette())
class TestDelivery(DeliveryConformance):
    delivery = pytest.fixture(lambda self: MemoryDelivery())
class TestIdentity(IdentityConformance):
    identity = pytest.fixture(lambda self: MemoryIdentity())
class TestInputFiles(InputFilesConformance):
    input_files = pytest.fixture(lambda self: MemoryInputFiles())
class TestModelSource(ModelSourceConformance):
    model_source = pytest.fixture(lambda self: OnlyResolves())
class TestModel(ModelConformance):
    model = pytest.fixture(lambda self: OnlyGenerates())
"""
CAPABILITIES = {
    *(
        "read_back",
        "overspend",
        "make_it_speak",
        "make_it_kill",
        "skill",
        "agent",
        "failing_skill",
        "known",
        "root",
    ),
    *("tiers", "stream", "model_that_takes_its_time", "unavailable_model"),
}


def test_what_is_not_given_is_skipped_by_its_name(outcomes) -> None:
    """An author sees what the suites could not look at; all else passes."""
    result = outcomes(NOTHING_GIVEN)

    assert {line.split("'")[1] for line in result.outlines if "does not give" in line} == CAPABILITIES
    assert result.parseoutcomes().keys() == {"passed", "skipped"}


def test_a_suite_without_its_fixture_says_which(outcomes) -> None:
    """Forgetting the one thing to give is told in words."""
    result = outcomes("class TestIt(IdentityConformance): pass")

    result.stdout.fnmatch_lines(["*NotImplementedError: give the fixture 'identity'*"])


def test_an_asynchronous_fixture_works_where_marks_are_needed(outcomes) -> None:
    """A provider that opens a connection is opened in the loop of its test."""
    result = outcomes(
        """
import pytest_asyncio

class TestIt(IdentityConformance):
    @pytest_asyncio.fixture
    async def identity(self):
        self.loop = asyncio.get_running_loop()
        yield MemoryIdentity()

    async def test_its_own(self, identity):
        assert asyncio.get_running_loop() is self.loop
"""
    )

    counts = result.parseoutcomes()
    assert not counts.keys() & {"failed", "errors"}
    assert counts["passed"] > 5


def test_a_check_is_not_overridden(outcomes) -> None:
    """Taking a check away, also in a base class of the author's, is told with the remedy."""
    result = outcomes(
        """
class Lenient:
    async def test_an_unknown_caller_gets_no_scopes(self): pass

class TestIt(Lenient, IdentityConformance):
    @pytest.fixture
    def identity(self): return MemoryIdentity()
"""
    )

    result.stdout.fnmatch_lines(
        ["*TestIt overrides test_an_unknown_caller_gets_no_scopes; use known_failures, with a reason*"]
    )


def test_a_known_failure_is_expected_and_told_when_it_is_mended(outcomes) -> None:
    """A check that fails as announced is no failure; one that passes against its announcement is."""
    result = outcomes(
        """
class Admits(MemoryIdentity):
    async def resolve(self, invocation):
        caller = await super().resolve(invocation)
        return type(caller)(caller.id, is_admin=caller.id == "nobody-knows-me")

class TestIt(IdentityConformance):
    known_failures = {
        "test_an_unknown_caller_gets_no_scopes": "everybody is admitted, see #7",
        "test_a_strange_id_gets_no_scopes": "mended long ago",
    }

    @pytest.fixture
    def identity(self): return Admits()
"""
    )

    counts = result.parseoutcomes()
    assert counts["xfailed"] == 1
    assert counts["failed"] == len(HOSTILE_TEXTS)
    result.stdout.fnmatch_lines(["*XPASS(strict)* mended long ago*"])


def test_a_known_failure_may_be_one_case_of_a_check(outcomes) -> None:
    """The other cases of the check must pass as ever."""
    result = outcomes(
        """
class Admits(MemoryIdentity):
    async def resolve(self, invocation):
        caller = await super().resolve(invocation)
        return type(caller)(caller.id, is_admin=caller.id == "../../etc/passwd")

class TestIt(IdentityConformance):
    known_failures = {"test_a_strange_id_gets_no_scopes['../../etc/passwd']": "paths are admitted, see #8"}

    @pytest.fixture
    def identity(self): return Admits()
"""
    )

    counts = result.parseoutcomes()
    assert counts["xfailed"] == 1
    assert not counts.keys() & {"failed", "errors"}


def test_a_known_failure_that_names_no_check_is_told(outcomes) -> None:
    """A typo would expect nothing."""
    result = outcomes(
        """
class TestIt(IdentityConformance):
    known_failures = {"test_an_unknown_caller": "no"}

    @pytest.fixture
    def identity(self): return MemoryIdentity()
"""
    )

    result.assert_outcomes(failed=1, passed=8, skipped=3)
    result.stdout.fnmatch_lines(
        ["*known_failures of TestIt names no check of the suite: test_an_unknown_caller*"]
    )


def test_a_task_that_a_provider_leaves_is_an_error(outcomes) -> None:
    """Every check looks whether its provider, once closed, left something running."""
    result = outcomes(
        """
class Lingers(MemoryIdentity):
    async def resolve(self, invocation):
        self.task = asyncio.create_task(asyncio.Event().wait(), name="lingering")
        return await super().resolve(invocation)

class TestIt(IdentityConformance):
    @pytest.fixture
    def identity(self): return Lingers()
"""
    )

    assert result.parseoutcomes()["errors"] >= 1
    result.stdout.fnmatch_lines(["*AssertionError: left behind: task 'lingering'*"])
