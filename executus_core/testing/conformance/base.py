"""What all suites share: how they are run, the values they feed to a provider, and what they check of every port."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, ClassVar, NoReturn, TypeVar

import pytest
import pytest_asyncio

from executus_core.llm.exchange import Response
from executus_core.llm.message import ImagePart, Message, TextPart, ToolCall
from executus_core.llm.usage import Usage
from executus_core.record.run import PluginUse, RunInfo
from executus_core.testing.leaks import no_leaks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable

__all__ = ["HOSTILE_TEXTS", "Conformance", "answer", "cannot_check", "interleaved", "run_info", "tool_call"]

ResultT = TypeVar("ResultT")

HOSTILE_TEXTS = (
    "",
    "\ud800 a lone surrogate",
    "a null \x00 and an escape \x1b[31m",
    "'; DROP TABLE runs; --",
    "../../etc/passwd",
    '{"cut": [1, 2',
    "x" * 100_000,
)
"""Texts that real models, tools and people send, and that naive code trips over."""


class Conformance:
    """Base of all suites.

    An author subclasses a suite, and gives the fixture that is named after the port. A check that can't be met is not
    overridden but marked: list its name and the reason in ``known_failures``, and it is expected to fail. A check with
    several cases is named as a whole, or by one case as pytest shows it: ``test_a_text_comes_back[stream]``.

    Attributes:
        known_failures: Names of checks, or of cases, that this provider does not pass, with the reason.
    """

    known_failures: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls) -> None:
        """Have asynchronous checks run also where pytest-asyncio is in strict mode; expect the known failures."""
        super().__init_subclass__()
        for name, check in list(vars(cls).items()):
            if name.startswith("test_") and inspect.iscoroutinefunction(check):
                setattr(cls, name, pytest.mark.asyncio(check))

    @pytest.fixture(autouse=True)
    def expect_known_failure(self, request: pytest.FixtureRequest) -> None:
        """Expect the failure of a check that the author says is known."""
        case = request.node.name
        reason = self.known_failures.get(
            getattr(request.node, "originalname", case), self.known_failures.get(case)
        )
        if reason is not None:
            request.applymarker(pytest.mark.xfail(reason=reason, strict=True))

    @pytest_asyncio.fixture(autouse=True)
    async def nothing_is_left(self) -> AsyncGenerator[None]:
        """Check, once the provider is closed, that it left no task and no thread."""
        async with no_leaks():
            yield

    def test_no_check_is_overridden(self) -> None:
        """A subclass adds checks and capabilities, and takes no check away; what it can't pass stands in known_failures."""
        suites = [
            suite for suite in type(self).__mro__ if suite.__module__.startswith(__name__.rpartition(".")[0])
        ]
        checks = {name for suite in suites for name in vars(suite) if name.startswith("test_")}
        own = [owner for owner in type(self).__mro__ if owner not in suites]
        overridden = sorted(name for owner in own for name in vars(owner) if name in checks)
        unknown = sorted(name for name in self.known_failures if name.partition("[")[0] not in checks)

        assert not overridden, (
            f"{type(self).__name__} overrides {', '.join(overridden)}; use known_failures, with a reason"
        )
        assert not unknown, (
            f"known_failures of {type(self).__name__} names no check of the suite: {', '.join(unknown)}"
        )


def cannot_check(capability: str) -> NoReturn:
    """Skip a check whose capability the author did not give.

    Args:
        capability: Which attribute, method or fixture of the suite would make it checkable.
    """
    pytest.skip(f"not checkable: this suite does not give '{capability}'")


def run_info(run_id: str = "run-1", *, caller_id: str = "alice", durable: bool = True) -> RunInfo:
    """Make what a run starts with."""
    return RunInfo(
        run_id,
        subject_id="greeter",
        name="Greeter",
        caller_id=caller_id,
        channel_id="channel-1",
        guild_id="guild-1",
        model_tier="fast",
        inputs={"input": "Good morning", "times": 3},
        max_steps=12,
        max_runtime_s=60.0,
        tenant="tenant-1",
        durable=durable,
        plugins=(PluginUse("audit", "executus-audit", "1.0"),),
    )


def tool_call(id: str = "call-1", name: str = "add", arguments: str = '{"a": 1, "b": 2}') -> ToolCall:  # noqa: A002
    """Make a tool call."""
    return ToolCall(id, name, arguments)


def answer(text: str = "Let me see.", *calls: ToolCall, image: bool = False) -> Response:
    """Make a model's response that consumed 10 tokens in and 5 out, for a cent."""
    parts = (TextPart(text), ImagePart(b"\x89PNG\x00\xff")) if image else (TextPart(text),)
    usage = Usage(10, 5, thinking_tokens=2, cached_tokens=4, cost_usd=0.01)
    return Response(
        Message("assistant", parts, calls), usage, "vendor/model-1", "tool_calls" if calls else "stop"
    )


async def interleaved(jobs: Iterable[Coroutine[object, object, ResultT]]) -> list[ResultT | BaseException]:
    """Run jobs side by side, and give what each came to: what one raises does not stop the others."""
    return await asyncio.gather(*jobs, return_exceptions=True)


async def cancelled_at_once(call: Callable[[], Awaitable[object]]) -> bool:
    """Start a call, cancel it where it first waits, and tell whether it waited at all."""

    async def make() -> None:
        await call()

    task = asyncio.create_task(make())
    await asyncio.sleep(0)
    waited = not task.done()
    task.cancel()
    await asyncio.wait([task])
    return waited
