"""A host that discovers: whatever is installed and configured takes part, and so does a plugin that is only an object.

With a real model: ``python examples/discover.py --model openai/gpt-5-mini "What is in the box?"``.
"""

import argparse
import asyncio
from collections.abc import Iterator

from executus_core import Agent, Executor, Plugin, Provider, Tool, hookimpl, tool
from executus_core.testing import MemoryModels, ScriptedModel, call


@tool(effect="pure")
def look_into_the_box() -> list[str]:
    """Name what is in the box."""
    return ["a key", "a map"]


def build_script() -> MemoryModels:
    """Make a model source that knows one model, a script."""
    return MemoryModels({"scripted": ScriptedModel([call("look_into_the_box"), "A key and a map."])})


class Box:
    """A plugin that is not packaged: what its hooks offer, an installed one would offer in the same way."""

    plugin = Plugin(summary="A box, and a script to open it")

    @hookimpl
    def executus_provide_tools(self) -> Iterator[Tool]:
        """Offer the tool."""
        yield look_into_the_box

    @hookimpl
    def executus_provide_model(self) -> Iterator[Provider]:
        """Offer the script, for those who have no model."""
        yield Provider("script", build_script)


async def main(prompt: str, model: str) -> None:
    """Show who takes part, and run an agent with all of them."""
    async with Executor.discover(plugins={"box": Box()}) as executor:
        for plugin in executor.plugins:
            print(f"{plugin.name}: {plugin.state}, {plugin.summary}")
        agent = Agent(name="finder", tools=["look_into_the_box"], model_tier=model)
        result = await executor.run(agent, prompt)
        print(result.output if result.ok else result.error)
        print(f"({result.status}, answered by the model '{model}')")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ask what is in the box.")
    parser.add_argument("prompt", nargs="?", default="What is in the box?")
    parser.add_argument("--model", default="scripted", help="a spec, for example openai/gpt-5-mini")
    options = parser.parse_args()
    asyncio.run(main(options.prompt, options.model))
