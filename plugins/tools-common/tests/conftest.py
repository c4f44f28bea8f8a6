"""What the tests of small tools share: one call through a whole run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeAlias

import pytest

from executus_core import Agent, Caller, Executor, Invocation, Ports, Tool
from executus_core.testing import FakeClock, MemoryIdentity, ScriptedModel, call, only_the_guard

Tell: TypeAlias = Callable[..., Awaitable[str]]


@pytest.fixture(autouse=True)
def _guarded() -> Iterator[None]:
    """The pack's only way to the network, in all of its tests."""
    with only_the_guard():
        yield


@pytest.fixture
def tell() -> Tell:
    """Have a model call one tool, and give what it is told."""

    async def tell(
        tools: Sequence[Tool],
        name: str,
        /,
        *,
        ports: Ports | None = None,
        caller: Caller | None = None,
        **arguments,
    ) -> str:
        if caller is not None:
            ports = Ports(identity=MemoryIdentity([caller]))
        model = ScriptedModel([call(name, **arguments), "done"])
        invocation = Invocation(caller_id=caller.id if caller else "")
        executor = Executor(models=model, registry=tools, ports=ports or Ports(clock=FakeClock()))
        result = await executor.run(Agent(name="x", tools=[name]), "go", invocation)
        assert result.status == "ok", result.error
        return result.steps[0].result.text

    return tell
