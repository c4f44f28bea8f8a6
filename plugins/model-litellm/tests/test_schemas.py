"""Tools with schemas of the real world in whole runs, and what of them goes over each provider's wire."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from executus_core import Agent, Executor, Tool
from executus_core.errors import ModelError, ToolArgumentError
from executus_core.llm import Message, ModelRequest, ToolSpec
from executus_core.model.dialect import ANTHROPIC, GEMINI, OLLAMA, OPENAI, PLAIN
from executus_core.testing import HOSTILE_SCHEMAS, REAL_SCHEMAS, ModelServer, call, raw_call
from executus_model_litellm.engine import get_engine
from executus_model_litellm.offers import Offers, as_wire, choose_dialect, render_schema
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels
from executus_model_litellm.spec import parse_spec

if TYPE_CHECKING:
    from collections.abc import Mapping

PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama_chat"}
EDIT = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "minLength": 1},
        "filter[id]": {"type": "integer", "minimum": 1},
        "at": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    },
    "required": ["path"],
    "additionalProperties": False,
}


class SchemaHandler:
    """Validates by a plain JSON schema, as a host does for tools of another server."""

    is_async = True
    takes_context = False

    def __init__(self, schema, called) -> None:
        self.parameters = schema
        self.called = called
        self._validator = Draft202012Validator(schema)

    def validate(self, arguments: str) -> Mapping[str, object]:
        value = json.loads(arguments)
        if problem := next(self._validator.iter_errors(value), None):
            raise ToolArgumentError(problem.message)
        return value

    async def call(self, arguments, context):
        self.called.append(arguments)
        return "done"


@pytest.mark.parametrize("dialect", PROVIDERS)
async def test_a_run_offers_any_schema_and_validates_by_the_tools_own(dialect: str) -> None:
    """What a provider was not told is checked here: the tool is called with what its own schema takes, and nothing else."""
    called: list[object] = []
    schemas = {"edit": EDIT, **{f"tool_{at}": schema for at, schema in enumerate(REAL_SCHEMAS.values())}}
    tools = [Tool(name, name, SchemaHandler(schema, called)) for name, schema in schemas.items()]
    script = [
        call("edit", **{"path": "", "filter[id]": 0}),
        call("edit", **{"path": "a", "filter[id]": 0}),
        call("edit", **{"path": "a", "filter[id]": 7, "at": None}),
        "Done.",
    ]
    with ModelServer(dialect, script) as server:
        async with LitellmModels(Settings()) as models:
            executor = Executor(models=models, registry=tools)
            tier = f"{PROVIDERS[dialect]}/test-model@{server.base_url}"
            result = await executor.run(Agent(name="editor", tools=["*"], model_tier=tier), "Edit.")

    assert result.output == "Done.", repr(result.error)
    assert [step.is_error for step in result.steps] == [True, True, False]
    assert called == [{"path": "a", "filter[id]": 7, "at": None}]
    assert [tool.name for tool in server.requests[0].tools] == sorted(schemas)


async def test_strict_mode_is_asked_for_and_its_nulls_do_not_reach_the_tool() -> None:
    """A tool whose schema the mode can't say is offered as before."""
    called: list[object] = []
    strict = {**EDIT, "properties": {**EDIT["properties"], "deep": {**EDIT, "required": []}}}
    tools = [
        Tool("edit", "Edit.", SchemaHandler(strict, called)),
        Tool("open", "Open.", SchemaHandler({"type": "object"}, called)),
    ]
    written = '{"path": "a", "filter[id]": null, "at": null, "deep": {"path": null, "filter[id]": null, "at": null}}'
    with ModelServer("openai", [raw_call("edit", written), "Done."]) as server:
        async with LitellmModels(Settings(strict_tools=True)) as models:
            agent = Agent(name="editor", tools=["*"], model_tier=f"openai/test-model@{server.base_url}")
            result = await Executor(models=models, registry=tools).run(agent, "Edit.")

    assert result.output == "Done.", repr(result.error)
    assert called == [{"path": "a", "at": None, "deep": {"at": None}}]
    edit, opened = (tool["function"] for tool in server.requests[0].body["tools"])
    assert edit["strict"] is True
    assert edit["parameters"]["required"] == ["path", "filter[id]", "at", "deep"]
    assert "strict" not in opened


@pytest.mark.parametrize("name", [*REAL_SCHEMAS, *HOSTILE_SCHEMAS])
async def test_litellm_passes_on_to_gemini_what_it_is_given(name: str) -> None:
    """It would take what has no type for an object, and put null for an empty choice: there is nothing of that left."""
    await get_engine()
    translation = import_module("litellm.llms.vertex_ai.common_utils")
    schema = {**REAL_SCHEMAS, **HOSTILE_SCHEMAS}[name]
    (offer,) = Offers(is_strict=False).offer([ToolSpec("one", "One.", schema)], GEMINI)
    (given,), (same,) = as_wire([offer]), as_wire([offer])

    passed = translation._build_vertex_schema(given["function"]["parameters"])

    assert in_lower_case(passed) == same["function"]["parameters"]


def in_lower_case(schema: object) -> object:
    """Gemini's types are in capitals."""
    if isinstance(schema, list):
        return [in_lower_case(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    said = {name: in_lower_case(one) for name, one in schema.items()}
    return {**said, "type": said["type"].lower()} if isinstance(said.get("type"), str) else said


@pytest.mark.parametrize(
    ("spec", "base_url", "is_strict", "dialect"),
    [
        ("openai/gpt-5-mini", "", False, OPENAI),
        ("openai/gpt-5-mini", "https://eu.api.openai.com/v1", False, OPENAI),
        ("openai/qwen3@http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1", False, PLAIN),
        ("openai/gpt-5-mini@https://gate.example.org", "https://gate.example.org/v1", True, OPENAI),
        ("azure/gpt-5@https://x.openai.azure.com", "https://x.openai.azure.com", False, OPENAI),
        ("anthropic/claude-haiku-4-5", "", False, ANTHROPIC),
        ("vertex_ai/claude-sonnet-4-5", "", False, ANTHROPIC),
        ("vertex_ai/gemini-2.5-flash", "", False, GEMINI),
        ("gemini/gemini-2.5-flash", "", False, GEMINI),
        ("ollama_chat/qwen3:8b", "http://127.0.0.1:11434", False, OLLAMA),
        ("mistral/mistral-small-latest", "", False, PLAIN),
        ("openrouter/anthropic/claude-haiku-4-5", "", True, PLAIN),
    ],
)  # fmt: skip
def test_the_dialect_is_that_of_who_serves(
    spec: str, base_url: str, is_strict: bool, dialect: object
) -> None:
    """A server of OpenAI's wire may be anything."""
    providers = {
        "openai",
        "azure",
        "anthropic",
        "vertex_ai",
        "gemini",
        "ollama_chat",
        "mistral",
        "openrouter",
    }
    parsed = parse_spec(spec, providers)

    assert parsed is not None
    assert choose_dialect(parsed, base_url, is_strict=is_strict) is dialect


def test_a_tool_is_rendered_once_for_each_dialect() -> None:
    """However many steps and runs offer it; and never taken for another that was at its place in memory."""
    offers = Offers(is_strict=False)
    spec = ToolSpec("edit", "Edit.", EDIT)

    (first,) = offers.offer([spec], PLAIN)
    (again,) = offers.offer([ToolSpec("edit", "Edit.", EDIT)], PLAIN)
    (other,) = offers.offer([spec], OLLAMA)

    assert again is first
    assert other is not first
    for number in range(2_000):
        (made,) = offers.offer([ToolSpec("edit", "", {"type": "object", "title": str(number)})], PLAIN)
        assert str(number) in made.text
    assert len(offers._kept) <= 500


async def test_a_schema_that_is_none_names_its_tool() -> None:
    """Whoever wrote the tool finds it."""
    async with LitellmModels(Settings()) as models:
        model = models.find("openai/test-model@http://127.0.0.1:9/v1")
        assert model is not None
        with pytest.raises(
            ModelError, match=r"the tool 'odd' can't be offered to a model: .*'properties\.a' is a set"
        ):
            await model.generate(
                ModelRequest([Message.user("Hi.")], [ToolSpec("odd", "", {"properties": {"a": {1}}})])
            )


def test_an_output_schema_is_strict_where_nothing_is_optional() -> None:
    """Else null would stand in the answer for what was left out; what is no object is sent as it is."""
    closed = {**EDIT, "properties": {"path": {"type": "string"}}}

    assert render_schema(closed, OPENAI)["json_schema"]["strict"] is True
    assert render_schema(EDIT, OPENAI)["json_schema"]["strict"] is False
    assert render_schema({"type": "array", "title": "Some list"}, OPENAI)["json_schema"] == {
        "name": "Some_list",
        "schema": {"type": "array", "title": "Some list"},
        "strict": False,
    }
