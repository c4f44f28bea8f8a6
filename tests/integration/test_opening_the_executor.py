"""Providers that must be opened are opened before any run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pytest

from executus_core import Agent, Executor, ExecutusError, Plugin, Provider, hookimpl
from executus_core.testing import MemoryAudit, ScriptedModel

if TYPE_CHECKING:
    from collections.abc import Iterator


class OpenedAudit(MemoryAudit):
    """An audit with a connection, as it were."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        return None


class Pack:
    """A plugin object with a model and an audit."""

    plugin = Plugin(summary="A model and an audit")

    def __init__(self) -> None:
        self.model = ScriptedModel(["hello"])

    @hookimpl
    def executus_provide_audit(self) -> Iterator[Provider]:
        yield Provider("opened", OpenedAudit)

    @hookimpl
    def executus_provide_model(self) -> Iterator[Provider]:
        yield Provider("one", lambda: self)

    async def resolve(self, spec: str) -> ScriptedModel:
        return self.model


async def test_a_run_before_the_providers_are_open_is_refused_with_the_line_that_helps() -> None:
    """Else the first runs would go unrecorded."""
    executor = Executor.discover(enable=[], plugins={"pack": Pack()})

    with pytest.raises(ExecutusError, match=r"async with Executor\.discover"):
        await executor.run(Agent(name="x"), "hi")

    async with executor:
        assert (await executor.run(Agent(name="x"), "hi")).output == "hello"
