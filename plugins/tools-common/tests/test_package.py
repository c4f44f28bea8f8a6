"""The package as an installed plugin."""

from __future__ import annotations

from typing import ClassVar

from executus_core import Agent, Executor
from executus_core.testing import MemoryModels, PluginConformance, ScriptedModel


class TestPlugin(PluginConformance):
    plugin = "tools-common"
    provides: ClassVar[dict[str, list[str]]] = {
        "tools": ["asking", "calculator", "files", "json", "notes", "thinking", "times", "web"],
        "session_tools": ["todo"],
    }


# fmt: off
TOOLS = [
    "ask_user", "calculate", "edit_file", "http_request", "json_query", "list_files",
    "note_add", "note_list", "note_read", "note_remove", "note_search", "read_file", "run_status",
    "search_files", "think", "time_add", "time_between", "time_convert", "time_now", "todo_add",
    "todo_list", "todo_update", "web_fetch", "write_file",
]
# fmt: on


async def test_an_agent_that_names_everything_gets_every_tool() -> None:
    """With a description and a schema that a model can follow."""
    model = ScriptedModel(["done"])
    async with Executor.discover(enable=["tools-common"]) as executor:
        executor.add_models(MemoryModels({"fast": model}))
        await executor.run(Agent(name="x", tools=["*", "todo"]), "go")

    specs = {spec.name: spec for spec in model.requests[0].tools}
    assert sorted(specs) == TOOLS
    for name, spec in specs.items():
        assert len(spec.description) > 20, name
        for parameter, schema in spec.parameters["properties"].items():
            assert schema.get("description"), f"{name}: {parameter}"
