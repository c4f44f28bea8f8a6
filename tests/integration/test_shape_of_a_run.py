"""How much of the house a reader walks through to follow one run."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import define, field

import executus_core
from executus_core import Agent, Executor, tool
from executus_core.llm import Message, Response, TextPart, ToolCall, Usage

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from executus_core.llm import ModelRequest

HOUSE = f"{Path(executus_core.__file__).parent}/"

MAX_FILES = 12
MAX_FUNCTIONS = 40


@tool
async def add(a: int, b: int) -> str:
    """Add two numbers."""
    return str(a + b)


class TwoSteps:
    """A model that calls the tool once and then answers; it lives outside of the house, as real ones do."""

    name = "two-steps"
    context_tokens = 0

    async def generate(self, request: ModelRequest) -> Response:
        if request.messages[-1].role == "tool":
            return Response(Message("assistant", (TextPart("It is 5."),)), Usage(cost_usd=0.0))
        call = ToolCall("call_1", "add", '{"a": 2, "b": 3}')
        return Response(Message("assistant", (), (call,)), Usage(cost_usd=0.0))


@define
class Trace:
    """The functions of the house that were called, and which file called into which."""

    functions: set[tuple[str, str]] = field(factory=set[tuple[str, str]])
    calls: dict[tuple[str, str], str] = field(factory=dict[tuple[str, str], str])

    @property
    def files(self) -> set[str]:
        return {file for file, _ in self.functions}

    @property
    def two_way_pairs(self) -> list[tuple[str, str]]:
        return sorted(
            (here, there) for here, there in self.calls if here < there and (there, here) in self.calls
        )

    def see(self, frame: FrameType, event: str, argument: object) -> None:
        if event != "call" or (callee := _file(frame.f_code)) is None:
            return
        self.functions.add((callee, frame.f_code.co_qualname))
        caller = frame.f_back and _file(frame.f_back.f_code)
        if frame.f_back and caller and caller != callee:
            self.calls.setdefault(
                (caller, callee), f"{frame.f_back.f_code.co_qualname} -> {frame.f_code.co_qualname}"
            )

    def report(self) -> str:
        lines = [
            f"{len(self.files)} files, {len(self.functions)} functions, {len(self.two_way_pairs)} two-way pairs"
        ]
        for file in sorted(self.files):
            functions = sorted(name for home, name in self.functions if home == file)
            lines += [f"  {file}: {', '.join(functions)}"]
        for here, there in self.two_way_pairs:
            lines += [f"  {here} <-> {there}: {self.calls[here, there]}, {self.calls[there, here]}"]
        return "\n".join(lines)


def _file(code: CodeType) -> str | None:
    """Name the file of a function of the house; a comprehension is no function, though older Pythons make one of it."""
    if code.co_name.startswith("<") and code.co_name != "<lambda>":
        return None
    return code.co_filename.removeprefix(HOUSE) if code.co_filename.startswith(HOUSE) else None


@pytest.fixture(scope="module")
def trace() -> Trace:
    """Trace one run of two steps, after another one has loaded and cached what is made once for a process."""
    executor = Executor(models={"fast": TwoSteps()}, registry=[add])
    agent = Agent(name="adder", tools=("add",))
    trace = Trace()

    async def run() -> None:
        await executor.run(agent, "What is 2 + 3?")
        sys.setprofile(trace.see)
        try:
            result = await executor.run(agent, "What is 2 + 3?")
        finally:
            sys.setprofile(None)
        assert result.output == "It is 5.", result.error

    asyncio.run(run())
    return trace


def test_a_run_visits_few_files(trace: Trace, capsys: pytest.CaptureFixture[str]) -> None:
    """A reader follows a two-step run through at most twelve files."""
    with capsys.disabled():
        print(f"\na run of two steps visits {trace.report()}")  # noqa: T201 - the figure is there to be read

    assert len(trace.files) <= MAX_FILES, trace.report()


def test_a_run_visits_few_functions(trace: Trace) -> None:
    """A reader follows a two-step run through at most forty functions."""
    assert len(trace.functions) <= MAX_FUNCTIONS, trace.report()


def test_no_two_files_call_each_other(trace: Trace) -> None:
    """A run goes downwards: no file is called by one that it calls."""
    assert not trace.two_way_pairs, trace.report()
