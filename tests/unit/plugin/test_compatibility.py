"""Whether a plugin fits the core that is installed, told from its metadata alone."""

import re
import subprocess
import sys
from textwrap import dedent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from executus_core.plugin.compatibility import find_incompatibility
from executus_core.plugin.scan import Candidate, Distribution

RELEASES = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
VERSIONS = st.builds("{}{}".format, RELEASES, st.sampled_from(["", ".dev1", "a1", "rc2", ".post1", "+local"]))


def judge(requirement: str, installed: str) -> str | None:
    candidate = Candidate("dice", 1, "dice", Distribution("dice", "1.0", (requirement,)))
    return find_incompatibility(candidate, lambda: installed)


@given(st.sampled_from([">=", ">", "<", "<=", "~=", "==", "!="]), RELEASES, VERSIONS)
@example(">=", "0.1", "0.1.0")
@example(">=", "0.1.0", "0.1")
@example(">=", "0.0", "0")
@example(">=", "0.10", "0.9")
@example(">=", "1.0", "1.0rc2")
def test_a_plugin_fits_exactly_when_its_range_holds_the_installed_core(
    operator: str, bound: str, installed: str
) -> None:
    """Also on the short way round the library for versions, which most plugins take."""
    if operator == "~=" and "." not in bound:
        bound += ".0"
    requirement = f"executus-core{operator}{bound}"

    problem = judge(requirement, installed)

    assert (problem is None) == Requirement(requirement).specifier.contains(installed, prereleases=True)


@pytest.mark.parametrize("requirement", ["executus-core>=", "executus-core >= 1.x", "executus-core>=1 2"])
def test_a_range_that_can_not_be_read_is_a_reason(requirement: str) -> None:
    """Nobody can tell whether such a plugin fits."""
    assert re.search(r"needs '.*', which can't be read", judge(requirement, "0.1.0") or "")


def test_a_number_of_very_many_digits_is_only_a_number() -> None:
    """Metadata is a stranger's text."""
    assert judge(f"executus-core>={'9' * 5000}", "0.1.0")


def test_what_most_plugins_ask_is_told_without_the_library_for_versions() -> None:
    """It costs a third of what asking for help does."""
    code = """
        import sys
        from executus_core.plugin.compatibility import find_incompatibility
        from executus_core.plugin.scan import Candidate, Distribution
        for requirement in ("executus-core>=0.1", "executus-core >= 0.1.0", "executus-core"):
            candidate = Candidate("dice", 1, "dice", Distribution("dice", "1.0", (requirement,)))
            assert find_incompatibility(candidate, lambda: "0.1.2") is None
        sys.exit("packaging" in sys.modules)
    """
    assert subprocess.run([sys.executable, "-c", dedent(code)], timeout=60, check=False).returncode == 0
