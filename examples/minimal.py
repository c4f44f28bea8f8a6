"""The least: an agent, a tool, a model. ``python examples/minimal.py``."""

from executus_core import Agent, Executor, run_sync, tool
from executus_core.testing import ScriptedModel, call


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


model = ScriptedModel([call("add", a=2, b=3), "2 + 3 is 5."])  # in place of a real one
clerk = Agent(name="clerk", tools=["add"])
result = run_sync(clerk, "What is 2 + 3?", executor=Executor(models=model, registry=[add]))
print(f"{result.output} (said a script; the tool gave {result.steps[0].result.text})")
