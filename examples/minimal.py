"""The least: a tier of two models, an executor, a run. ``python examples/minimal.py``."""

from executus_core import Agent, Executor, run_sync
from executus_core.errors import ModelUnavailableError
from executus_core.model import ModelRouter
from executus_core.testing import ScriptedModel

scripts = {  # in place of real models, of which one is busy
    "demo/large": ScriptedModel([ModelUnavailableError("too many requests")]),
    "demo/small": ScriptedModel(["Good morning."]),
}
models = ModelRouter(scripts, tiers={"fast": "demo/large, demo/small"})
greeter = Agent(name="greeter", model_tier="fast")
result = run_sync(greeter, "Say good morning", executor=Executor(models=models))
asked = ", ".join(name for name, script in scripts.items() if script.requests)
print(f"{result.output} (asked, all of them scripts: {asked})")
