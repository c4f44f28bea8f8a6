"""Whether a plugin was made for this executus, as far as its metadata says, before anything is imported."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from executus_core.hookspecs import API_VERSION
from executus_core.plugin.scan import CORE, canonical_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.plugin.scan import Candidate

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_AT_LEAST = re.compile(CORE + r"\s*>=\s*(\d{1,9}(?:\.\d{1,9})*)\s*")
_RELEASE = re.compile(r"(\d{1,9}(?:\.\d{1,9})*)")


def find_incompatibility(candidate: Candidate, core_version: Callable[[], str | None]) -> str | None:
    """Say why a plugin can't work with this executus, or give None.

    Args:
        candidate: The plugin.
        core_version: Gives the version of executus-core, or None; only asked when a plugin names a range.
    """
    if candidate.api != API_VERSION[0]:
        return f"{candidate.shipped_by} speaks plugin API {candidate.api}, and this executus speaks {API_VERSION[0]}"
    for requirement in find_core_requirement(candidate):
        if problem := _unsatisfied(requirement, core_version):
            return f"{candidate.shipped_by} needs {problem}"
    return None


def find_core_requirement(candidate: Candidate) -> list[str]:
    """Find what a plugin's distribution requires of executus-core, as it is written."""
    requires = candidate.distribution.requires if candidate.distribution else ()
    named = ((requirement, _NAME.match(requirement)) for requirement in requires)
    return [requirement for requirement, name in named if name and canonical_name(name[1]) == CORE]


def _unsatisfied(requirement: str, core_version: Callable[[], str | None]) -> str | None:
    if re.fullmatch(rf"\s*{CORE}\s*", requirement):
        return None
    version = core_version()
    if _is_plainly_satisfied(requirement, version or ""):
        return None
    from packaging.requirements import Requirement  # noqa: PLC0415 - few plugins need it

    try:
        parsed = Requirement(requirement)
        applies = parsed.marker is None or parsed.marker.evaluate({"extra": ""})
        fits = version is None or parsed.specifier.contains(version, prereleases=True)
    except ValueError as error:  # its own errors, and what Python says of a number with thousands of digits
        return f"'{requirement}', which can't be read: {str(error).splitlines()[0]}"
    if fits or not applies:
        return None
    return f"{CORE}{parsed.specifier}, and {version} is installed"


def _is_plainly_satisfied(requirement: str, version: str) -> bool:
    """Tell what nearly every plugin asks, ``executus-core>=1.2``, without importing a third of what the help costs."""
    least, release = _AT_LEAST.fullmatch(requirement), _RELEASE.fullmatch(version)
    return least is not None and release is not None and _numbers(least[1]) <= _numbers(release[1])


def _numbers(release: str) -> list[int]:
    """Give the numbers of a release; zeros at its end say nothing."""
    numbers = [int(number) for number in release.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers
