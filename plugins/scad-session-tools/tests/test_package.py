"""The package as an installed plugin."""

import json
from pathlib import Path

from executus_core import Agent, Executor
from executus_core.testing import MemoryModels, PluginConformance, ScriptedModel, call
from executus_scad_session_tools.settings import Settings

TOOLS = {"check_scad", "export", "measure", "render_preview", "write_scad"}


class TestPlugin(PluginConformance):
    plugin = "scad-session-tools"


def test_every_setting_is_in_the_readme() -> None:
    """With its default, as TOML has it."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    rows = [line for line in readme.splitlines() if line.startswith("| `")]

    for name, field in Settings.model_fields.items():
        (row,) = [row for row in rows if f"`{name}`" in row.split("|")[1]]
        value = field.get_default(call_default_factory=True)
        assert json.dumps(value) in row.split("|")[2], name


async def test_an_agent_that_names_the_pack_gets_its_tools_in_a_discovered_host() -> None:
    """As the plugin's settings say; another agent gets none."""
    settings = {"plugin": {"scad-session-tools": {"binary": "openscad-of-the-settings"}}}
    model = ScriptedModel([call("write_scad", name="cube", source="cube(1);"), "Done.", "Hello."])

    async with Executor.discover(enable=["scad-session-tools"], settings=settings) as executor:
        executor.add_models(MemoryModels({"fast": model}))
        result = await executor.run(Agent(name="maker", tools=["scad"]), "Make it.")
        await executor.run(Agent(name="greeter"), "Good morning.")

    specs = {spec.name: spec for spec in model.requests[0].tools}
    described = [
        schema.get("description")
        for spec in specs.values()
        for schema in spec.parameters["properties"].values()
    ]
    assert specs.keys() == TOOLS
    assert all(described)
    assert not model.requests[-1].tools
    assert "'openscad-of-the-settings' was not found" in result.steps[0].result.text
