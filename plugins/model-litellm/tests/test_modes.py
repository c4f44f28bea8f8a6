"""How a model is best brought to answer with a value, and what is sent when it is asked for one."""

from __future__ import annotations

from importlib import import_module

import pytest

from executus_core.llm import Message, ModelRequest, ToolSpec
from executus_core.record.endpoint import Endpoint
from executus_core.testing import ModelServer
from executus_model_litellm.engine import get_engine
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels

ADD = ToolSpec("add", "Add.", {"type": "object", "properties": {}})
SCHEMA = {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]}

# fmt: off
MODES = [
    # spec, without tools, with tools
    ("openai/gpt-5-mini", "native", "native"),
    ("openai/gpt-3.5-turbo", "tool", "tool"),
    ("anthropic/claude-haiku-4-5", "native", "tool"),
    ("anthropic/claude-haiku-4-5@https://gate.example.org", "tool", "tool"),
    ("gemini/gemini-2.5-flash", "native", "tool"),
    ("groq/openai/gpt-oss-20b", "native", "tool"),
    ("mistral/mistral-small-latest", "native", "tool"),
    ("ollama_chat/qwen3:8b", "native", "tool"),
    ("openai/qwen3@http://127.0.0.1:8080/v1", "native", "tool"),
    ("huggingface/somebody/some-model", "prompted", "tool"),
]
# fmt: on


@pytest.mark.parametrize(("spec", "alone", "beside_tools"), MODES)
def test_each_model_has_a_mode(spec: str, alone: str, beside_tools: str) -> None:
    """The provider's own where it leaves the model its tools, else a tool where it calls tools, else words."""
    model = LitellmModels(Settings()).find(spec)

    assert model is not None
    assert (model.output_mode(has_tools=False), model.output_mode(has_tools=True)) == (alone, beside_tools)


@pytest.mark.parametrize("has_tools", [False, True])
@pytest.mark.parametrize("dialect", ["openai", "anthropic", "ollama"])
async def test_the_mode_is_what_is_sent(dialect: str, has_tools: bool) -> None:
    """A schema goes over the wire in the provider's own mode, and in words where the mode is another."""
    with ModelServer(dialect, ['{"sum": 3}']) as server:
        async with LitellmModels(Settings()) as source:
            model = await source.resolve_at(Endpoint("gpu", dialect, server.base_url), "test-model")
            assert model is not None
            mode = model.output_mode(has_tools=has_tools)
            tools = [ADD] if has_tools else []
            await model.generate(ModelRequest([Message.user("1 + 2?")], tools, output_schema=SCHEMA))

    (asked,) = server.requests
    assert (asked.output_schema is not None) == (mode == "native")
    assert ("must satisfy this JSON schema" in asked.texts[-1]) == (mode != "native")


async def test_a_model_that_litellm_was_told_of_has_the_mode() -> None:
    """A host may register models with litellm by itself."""
    model = LitellmModels(Settings()).find("mistral/brand-new")
    assert model is not None
    assert model.output_mode(has_tools=False) == "prompted"

    entry = {"litellm_provider": "mistral", "mode": "chat", "supports_response_schema": True, "max_tokens": 9}
    await get_engine()
    import_module("litellm").register_model({"mistral/brand-new": entry})

    assert model.output_mode(has_tools=False) == "native"
