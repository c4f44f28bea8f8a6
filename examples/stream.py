"""Streaming to a terminal: the answer as it is written, and the tools as they work. ``python examples/stream.py``."""

import asyncio
import sys

from executus_core import Agent, Executor, tool
from executus_core.llm import TextDelta, ThinkingDelta
from executus_core.record.events import RunEvent, RunFinished, ToolFinished, ToolStarted
from executus_core.testing import ScriptedModel, call, thinking

DIM, PLAIN = ("\x1b[2m", "\x1b[0m") if sys.stdout.isatty() else ("", "")


@tool(effect="pure")
async def measure(place: str) -> str:
    """Measure the temperature of a place."""
    await asyncio.sleep(0.1)
    return f"{place}: 21 degrees"


def show(event: RunEvent) -> None:
    """Print one event the way a person wants to see it."""
    match event:
        case TextDelta(text):
            print(text, end="", flush=True)
        case ThinkingDelta(text):
            print(f"{DIM}{text}{PLAIN}", end="", flush=True)
        case ToolStarted(call=started):
            print(f"\n{DIM}→ {started.name} {started.arguments}{PLAIN}")
        case ToolFinished(result=result, duration=seconds):
            print(f"{DIM}← {result.text} ({seconds:.1f} s){PLAIN}")
        case RunFinished(result):
            print(f"\n{DIM}{result.status}, {result.usage.output_tokens} tokens, said by a script{PLAIN}")
        case _:
            pass


async def main() -> None:
    """Run an agent and watch it; leaving the block early would cancel the run and settle it."""
    measures = thinking("I can't know that, so I measure.", call("measure", place="the roof"))
    model = ScriptedModel([measures, "It is 21 degrees on the roof."])  # in place of a real one
    agent = Agent(name="weather", tools=["measure"])
    async with (
        Executor(models=model, registry=[measure]) as executor,
        executor.stream(agent, "How warm is it on the roof?") as run,
    ):
        async for event in run:
            show(event)


asyncio.run(main())
