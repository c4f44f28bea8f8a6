"""Asks providers outside of any run: bounded, and so that one that fails hides no other."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Final, cast

from attrs import frozen

from executus_core.clock import SYSTEM_CLOCK
from executus_core.plugin.loading import describe
from executus_core.record.finding import ModelFinding
from executus_core.run.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from executus_core.ports.model_source import ModelSource
    from executus_core.ports.ports import Ports

FIND_TIMEOUT_S: Final = 3.0
"""Seconds that a model source gets to look; its contract says about one."""


@frozen
class FailedFinding(ModelFinding):
    """A model source that could not look."""


async def ask_provider(ports: Ports, method: Callable[..., object], *args: object, seconds: float) -> object:
    """Call a provider's method.

    Raises:
        CancelledError: Only when the caller's own task was cancelled.
        Exception: Whatever the provider raised, or that it took too long.
    """
    task = asyncio.current_task()
    guard = Guard(
        "", ports, ports.clock or SYSTEM_CLOCK, lambda: task is not None and task.cancelling() > 0, Counter()
    )
    return await guard.ask(method, *args, seconds=seconds)


async def find_models(
    ports: Ports, sources: Iterable[ModelSource], base_url: str
) -> tuple[ModelFinding, ...]:
    """Ask all sources that can look, at once; what they found comes in their order."""
    able = [(source, look) for source in sources if callable(look := getattr(source, "find_models", None))]
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_find_models(ports, ports.name_of(source), look, base_url))
            for source, look in able
        ]
    return tuple(finding for task in tasks for finding in task.result())


async def _find_models(
    ports: Ports, plugin: str, look: Callable[..., object], base_url: str
) -> list[ModelFinding]:
    try:
        return _as_findings(await ask_provider(ports, look, base_url, seconds=FIND_TIMEOUT_S))
    except Exception as error:  # noqa: BLE001 - foreign code may raise anything
        return [FailedFinding(f"Plugin '{plugin}'", problem=f"could not look: {describe(error)}")]


def _as_findings(found: object) -> list[ModelFinding]:
    if not isinstance(found, (list, tuple)):
        raise TypeError(f"find_models gave a {type(found).__name__}, not a sequence of ModelFinding")
    findings: list[ModelFinding] = []
    for one in cast("Sequence[object]", found):
        if not isinstance(one, ModelFinding):
            raise TypeError(f"find_models gave a {type(one).__name__} in place of a ModelFinding")
        findings.append(one)
    return findings
