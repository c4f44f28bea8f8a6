"""What a spec may look like, which address it leads to, and which key goes there."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from executus_core.errors import ConfigError, ModelAccessError, ModelError, ModelResolutionError
from executus_core.llm import Message, ModelRequest
from executus_core.testing import forbid_real_models
from executus_model_litellm.access import find_access
from executus_model_litellm.providers import KEYED, PROVIDERS
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels
from executus_model_litellm.spec import ModelSpec, clean_base_url, parse_spec


@pytest.mark.parametrize(
    ("text", "provider", "model", "base_url"),
    [
        ("openai/gpt-5-mini", "openai", "gpt-5-mini", ""),
        ("openrouter/openai/gpt-5-mini", "openrouter", "openai/gpt-5-mini", ""),
        ("ollama_chat/qwen3:8b", "ollama_chat", "qwen3:8b", ""),
        ("openai/qwen3@http://127.0.0.1:8000/v1", "openai", "qwen3", "http://127.0.0.1:8000/v1"),
        ("openai/qwen3@127.0.0.1:8000", "openai", "qwen3", "http://127.0.0.1:8000"),
        ("openai/qwen3@localhost:8000/v1/", "openai", "qwen3", "http://localhost:8000/v1"),
        (
            "openai/org/qwen3@https://llm.example.org/v1/chat/completions",
            "openai",
            "org/qwen3",
            "https://llm.example.org/v1",
        ),
        ("vertex_ai/claude@20240229", "vertex_ai", "claude@20240229", ""),
        ("vertex_ai/claude@20240229@http://[::1]:80", "vertex_ai", "claude@20240229", "http://[::1]:80"),
    ],
)
def test_a_spec_names_provider_model_and_address(text: str, provider: str, model: str, base_url: str) -> None:
    """The address is optional, and may be written as people write it."""
    assert parse_spec(text, PROVIDERS) == ModelSpec(provider, model, base_url)


@pytest.mark.parametrize(
    "text", ["fast", "gpt-5-mini", "nobody/gpt", "openai/", "/gpt", "openai/ ", "openai/a\nb"]
)
def test_what_names_no_provider_is_left_to_others(text: str) -> None:
    """A tier, another source's spec, a half of one."""
    assert parse_spec(text, PROVIDERS) is None


@given(st.text())
def test_no_text_breaks_the_reading_of_specs(text: str) -> None:
    """It is a spec, none, or an address that is wrong, and nothing else."""
    with suppress(ConfigError):
        spec = parse_spec(f"openai/{text}", PROVIDERS)
        assert spec is None or str(parse_spec(str(spec), PROVIDERS)) == str(spec)


@pytest.mark.parametrize(
    "text",
    ["", "http://", "ftp://host", "http://host:99999", "http://a b", "http://host/?x=1", "file:///etc"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """With an example of one."""
    with pytest.raises(ConfigError, match="give one such as"):
        clean_base_url(text)


async def test_a_spec_with_a_wrong_address_is_no_other_sources_spec() -> None:
    """It names a provider, so that its address is wrong is worth saying."""
    with pytest.raises(ModelResolutionError, match="no address of a model server"):
        await LitellmModels(Settings()).resolve("openai/gpt@http://")


async def test_further_providers_come_from_the_settings() -> None:
    """litellm learns of new ones faster than this plugin."""
    assert await LitellmModels(Settings()).resolve("brand_new/model") is None
    assert await LitellmModels(Settings(providers=("brand_new",))).resolve("brand_new/model") is not None


async def test_a_window_is_found_in_the_table_or_the_settings() -> None:
    """What nobody knows is 0, and what a person says goes before the table."""
    source = LitellmModels(Settings(context_tokens={"openai/mine": 5, "openai/gpt-4o-mini": 7}))
    windows = [
        source.find(spec).context_tokens
        for spec in (
            "openai/mine@http://h:1",
            "openai/gpt-4o-mini",
            "anthropic/claude-sonnet-4-5",
            "openai/none",
        )
    ]

    assert windows == [5, 7, 200000, 0]


KEY = "sk-env-123456"


@pytest.mark.parametrize(
    ("spec", "environ", "api_keys", "expected"),
    [
        (ModelSpec("openai", "m"), {"OPENAI_API_KEY": KEY}, {}, (KEY, "")),
        (ModelSpec("openai", "m"), {"OPENAI_API_KEY": KEY}, {"openai": "mine"}, ("mine", "")),
        (
            ModelSpec("openai", "m", "https://h.example"),
            {"OPENAI_API_KEY": KEY},
            {},
            (KEY, "https://h.example/v1"),
        ),
        (
            ModelSpec("openai", "m", "http://127.0.0.1:8"),
            {"OPENAI_API_KEY": KEY},
            {},
            ("none", "http://127.0.0.1:8/v1"),
        ),
        (
            ModelSpec("openai", "m", "http://h.example/v1"),
            {"OPENAI_API_KEY": KEY},
            {},
            ("none", "http://h.example/v1"),
        ),
        (ModelSpec("openai", "m", "http://h/v1"), {}, {"http://h/v1/": "mine"}, ("mine", "http://h/v1")),
        (ModelSpec("openai", "m", "http://h/v1"), {}, {"openai": "mine"}, ("none", "http://h/v1")),
        (
            ModelSpec("openai", "m"),
            {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://h/v1"},
            {},
            (KEY, "http://h/v1"),
        ),
        (ModelSpec("gemini", "m"), {"GOOGLE_API_KEY": KEY}, {}, (KEY, "")),
        (ModelSpec("anthropic", "m", "http://h/v1"), {}, {}, ("none", "http://h")),
        (ModelSpec("ollama_chat", "m"), {"OLLAMA_HOST": "0.0.0.0"}, {}, ("", "http://127.0.0.1:11434")),
        (ModelSpec("ollama_chat", "m"), {"OLLAMA_HOST": "gpu:9"}, {}, ("", "http://gpu:9")),
        (ModelSpec("ollama_chat", "m", "http://gpu:9/v1"), {}, {}, ("none", "http://gpu:9")),
        (ModelSpec("bedrock", "m"), {}, {}, ("", "")),
    ],
)
def test_a_key_goes_where_it_was_meant_for(
    monkeypatch: pytest.MonkeyPatch,
    spec: ModelSpec,
    environ: dict[str, str],
    api_keys: dict[str, str],
    expected: tuple[str, str],
) -> None:
    """Nobody who happens to listen on a port of this machine, or of the network, gets the key of a provider."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    settings = Settings(api_keys={name: SecretStr(value) for name, value in api_keys.items()})

    access = find_access(spec, settings.api_keys)

    assert (access.api_key, access.base_url) == expected
    assert "api_key=" not in repr(access)


@pytest.mark.parametrize("provider", KEYED, ids=lambda provider: provider.name)
async def test_a_missing_key_is_told_with_the_variable_to_set(provider) -> None:
    """At once: nothing is imported and nobody is asked for it."""
    source = LitellmModels(Settings())

    with pytest.raises(ModelAccessError, match=provider.key_variables[0]):
        await source.find(f"{provider.name}/{provider.model}").generate(ModelRequest([Message.user("Hello")]))


@pytest.mark.parametrize("provider", KEYED, ids=lambda provider: provider.name)
def test_a_model_tells_without_a_call_that_its_key_is_missing(
    provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the words of the call that would fail; with the key nothing is known to be wrong."""
    monkeypatch.delenv("EXECUTUS_TEST_NO_MODELS", raising=False)
    model = LitellmModels(Settings()).find(f"{provider.name}/{provider.model}")

    assert provider.key_variables[0] in model.problem
    monkeypatch.setenv(provider.key_variables[0], KEY)
    assert model.problem == ""


def test_a_model_tells_of_a_wrong_address_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at a model never raises."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://")

    model = LitellmModels(Settings()).find("openai/gpt-5-mini")

    assert "OPENAI_BASE_URL" in model.problem


async def test_real_models_are_not_asked_from_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch of the test kit holds for every address but those of this machine."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model = LitellmModels(Settings()).find("openai/gpt-5-mini")

    with forbid_real_models(), pytest.raises(ModelError, match="tests ask no real model"):
        await model.generate(ModelRequest([Message.user("Hello")]))


def test_the_table_of_providers_is_litellms() -> None:
    """Whatever stands in it, the installed litellm knows."""
    assert find_spec("litellm") is not None
    from executus_model_litellm.engine import get_engine

    engine = asyncio.run(get_engine())

    known = {getattr(provider, "value", provider) for provider in engine.provider_list}
    assert sorted(PROVIDERS - known) == []
