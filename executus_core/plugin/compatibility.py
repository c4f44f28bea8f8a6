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
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - only a plugin that names a range needs it

    try:
        parsed = Requirement(requirement)
    except InvalidRequirement as error:
        return f"'{requirement}', which can't be read: {str(error).splitlines()[0]}"
    if parsed.marker is not None and not parsed.marker.evaluate({"extra": ""}):
        return None
    version = core_version()
    if version is None or parsed.specifier.contains(version, prereleases=True):
        return None
    return f"{CORE}{parsed.specifier}, and {version} is installed"
