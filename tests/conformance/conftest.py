"""How a suite is tried on a provider that breaks one of its promises."""

from __future__ import annotations

import inspect
import itertools
from typing import TYPE_CHECKING

import pytest

from executus_core.testing import no_leaks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from executus_core.testing.conformance.base import Conformance

BASE_CHECK = "test_no_check_is_overridden"
"""The one check that is about the subclass and not about the provider."""


def parameter_sets(check: Callable[..., object]) -> Iterator[dict[str, object]]:
    """Give the arguments of each case of a parametrised check."""
    marks = [mark for mark in getattr(check, "pytestmark", ()) if mark.name == "parametrize"]
    for values in itertools.product(*(mark.args[1] for mark in marks)):
        yield dict(zip((mark.args[0] for mark in marks), values, strict=True))


async def outcome_of(suite: Conformance, check: str, fixtures: dict[str, Callable[[], object]]) -> str:
    """Run a check in all of its cases, each with fresh fixtures, and say whether it passed, failed or was skipped."""
    run = getattr(suite, check)
    for parameters in parameter_sets(run):
        needed = {
            name: make() for name, make in fixtures.items() if name in inspect.signature(run).parameters
        }
        try:
            async with no_leaks():
                await run(**needed, **parameters)
        except pytest.skip.Exception:
            return "skipped"
        except (Exception, pytest.fail.Exception):
            return "failed"
    return "passed"


@pytest.fixture
def assert_caught() -> Callable[..., object]:
    """Asserts that a check fails for a provider that breaks its promise."""

    async def look(suite: Conformance, check: str, **fixtures: Callable[[], object]) -> None:
        assert await outcome_of(suite, check, fixtures) == "failed"

    return look


@pytest.fixture
def assert_every_check_can_fail() -> Callable[[type[Conformance], Iterable[tuple[str, object]]], None]:
    """Asserts that each check of a suite has a provider that it catches."""

    def look(suite: type[Conformance], broken: Iterable[tuple[str, object]]) -> None:
        checks = {name for name in dir(suite) if name.startswith("test_")} - {BASE_CHECK}
        assert {name for name, _ in broken} == checks

    return look
