"""Models of a server of the host's own: asked there, with the token that the host has for it and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from pydantic import SecretStr

from executus_core import Agent, Executor, Provider, hookimpl
from executus_core.errors import ModelAccessError, ModelError, ModelResolutionError, ModelUnavailableError
from executus_core.llm import Message, ModelRequest
from executus_core.record.endpoint import Endpoint
from executus_core.testing import MemoryAudit, ModelServer, http_error, redirect_to
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels

if TYPE_CHECKING:
    from pathlib import Path

    from executus_core.llm import StreamingModel

TOKEN = "sk-endpoint-7c1f2e9b"
ELSEWHERE = "sk-environment-5a4d3c"
DIALECTS = ["openai", "anthropic", "ollama"]
REQUEST = ModelRequest([Message.user("Hello")])


def key_in(server: ModelServer) -> str:
    """Give what the server was asked with, in either of the headers that carry a key."""
    headers = server.requests[0].headers
    return headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")


async def ask(model: StreamingModel, way: str) -> None:
    if way == "generate":
        await model.generate(REQUEST)
    else:
        _ = [event async for event in model.stream(REQUEST)]


class Audited:
    """A plugin that records runs in memory."""

    def __init__(self) -> None:
        self.audit = MemoryAudit()

    @hookimpl
    def executus_provide_audit(self) -> Provider:
        """Provide the record."""
        return Provider("memory", lambda: self.audit)


@pytest.fixture
def other_keys(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Keys of providers that are for no endpoint, in the environment and in the settings."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_API_KEY"):
        monkeypatch.setenv(name, ELSEWHERE)
    return Settings(api_keys=dict.fromkeys(["openai", "anthropic", "ollama_chat"], SecretStr(ELSEWHERE)))


@pytest.mark.parametrize("token", [TOKEN, ""])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_endpoint_is_asked_with_its_own_token(
    dialect: str, token: str, other_keys: Settings
) -> None:
    """Or with none: a key of the provider is not for whoever serves its wire."""
    with ModelServer(dialect, ["Hello."], models=["qwen3:8b"], key=token) as server:
        async with LitellmModels(other_keys) as source:
            model = await source.resolve_at(Endpoint("gpu", dialect, server.base_url, token), "qwen3:8b")
            assert model is not None
            response = await model.generate(REQUEST)

    assert response.message.text == "Hello."
    assert model.name == "gpu/qwen3:8b"
    assert key_in(server) in {token, "none"}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_one_variable_is_all_that_a_host_needs(
    dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``type|url|token`` in the environment makes an endpoint; its token stands in no record of the run."""
    monkeypatch.chdir(tmp_path)  # away from the configuration of whoever runs the tests
    failing = [http_error(500, f"no place for {TOKEN}"), "Hello."]
    with ModelServer(dialect, failing, key=TOKEN) as server:
        monkeypatch.setenv("EXECUTUS_ENDPOINT_BOX", f"{dialect}|{server.base_url}|{TOKEN}")
        settings = {"models": {"fast": "box/test-model"}, "failover": {"backoff_s": 0.001}}
        recording = Audited()
        async with Executor.discover(
            enable=["model-litellm"], settings=settings, plugins={"recording": recording}
        ) as executor:
            result = await executor.run(Agent(name="greeter", model_tier="fast"), "Hello")

    assert result.output == "Hello.", repr(result.error)
    (record,) = recording.audit.records.values()
    assert [event.payload["candidate"] for event in record.events if event.type == "model.attempt"]
    assert TOKEN not in repr(record)
    assert TOKEN not in repr(result)


@pytest.mark.parametrize("way", ["generate", "stream"])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_token_goes_to_no_other_server(dialect: str, way: str) -> None:
    """One that is sent on by a redirect neither: whoever it leads to is a stranger."""
    with (
        ModelServer(dialect, lambda _: http_error(500), strict=False) as stranger,
        ModelServer(dialect, [redirect_to(stranger.url)]) as server,
    ):
        async with LitellmModels(Settings()) as source:
            model = await source.resolve_at(Endpoint("gpu", dialect, server.base_url, TOKEN), "test-model")
            assert model is not None
            with pytest.raises(ModelUnavailableError):
                await ask(model, way)

    assert key_in(server) == TOKEN
    assert all(TOKEN not in str(dict(asked.headers)) for asked in stranger.requests)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("status", [401, 500])
async def test_a_token_is_not_shown(dialect: str, status: int) -> None:
    """Neither where the server repeats it, nor by who holds it; the endpoint is named, and where to look."""
    endpoint = Endpoint("gpu", dialect, "", TOKEN)
    with ModelServer(dialect, [http_error(status, f"wrong key {TOKEN}")]) as server:
        async with LitellmModels(Settings()) as source:
            model = await source.resolve_at(evolve(endpoint, url=server.base_url), "test-model")
            assert model is not None
            with pytest.raises(ModelError) as failure:
                await model.generate(REQUEST)

    said = str(failure.value)
    assert "'gpu/test-model'" in said
    assert status == 500 or "the token of the endpoint 'gpu'" in said
    for shown in (said, repr(failure.value), repr(model), repr(vars(model)), repr(endpoint)):
        assert TOKEN not in shown


async def test_a_server_that_is_down_is_named_with_its_address() -> None:
    """The name that the host has for it tells nobody which machine to look at."""
    with ModelServer(strict=False) as server:
        endpoint = Endpoint("gpu", "openai", server.base_url)
    async with LitellmModels(Settings()) as source:
        model = await source.resolve_at(endpoint, "qwen3")
        assert model is not None
        with pytest.raises(ModelUnavailableError, match=f"'gpu/qwen3' at {endpoint.url}"):
            await model.generate(REQUEST)


async def test_an_endpoint_is_resolved_once_for_as_long_as_it_is_the_same() -> None:
    """A token that changed is another endpoint."""
    source = LitellmModels(Settings())
    endpoint = Endpoint("gpu", "openai", "http://127.0.0.1:8000/v1", TOKEN)

    first = await source.resolve_at(endpoint, "qwen3")

    assert await source.resolve_at(evolve(endpoint), "qwen3") is first
    assert await source.resolve_at(evolve(endpoint, token="another"), "qwen3") is not first
    assert await source.resolve_at(endpoint, "qwen3:32b") is not first


async def test_an_endpoint_of_an_unknown_type_is_left_to_others() -> None:
    """As a spec of an unknown provider is; one that the settings add is known."""
    endpoint = Endpoint("gpu", "brand_new", "http://127.0.0.1:8000/v1")

    assert await LitellmModels(Settings()).resolve_at(endpoint, "qwen3") is None
    assert await LitellmModels(Settings(providers=("brand_new",))).resolve_at(endpoint, "qwen3") is not None


async def test_an_endpoint_without_an_address_is_told() -> None:
    """By its name; what may be a secret in it is not repeated."""
    source = LitellmModels(Settings())

    with pytest.raises(ModelResolutionError, match=r"no model for 'gpu/qwen3'.*no address of a model server"):
        await source.resolve_at(Endpoint("gpu", "openai", "http://"), "qwen3")
    with pytest.raises(ModelResolutionError) as failure:
        await source.resolve_at(Endpoint("gpu", "openai", f"http://me:{TOKEN}@host/v1"), "qwen3")
    assert TOKEN not in str(failure.value)


async def test_the_window_of_an_endpoints_model_is_set_by_its_name_there() -> None:
    """The table of litellm knows providers, and no machines."""
    source = LitellmModels(Settings(context_tokens={"gpu/qwen3": 32_768}))
    endpoint = Endpoint("gpu", "openai", "http://127.0.0.1:8000/v1")
    models = [await source.resolve_at(endpoint, name) for name in ("qwen3", "other")]

    assert [model.context_tokens for model in models if model] == [32_768, 0]


async def test_an_expired_token_is_a_matter_of_access() -> None:
    """No other try mends that."""
    with ModelServer("openai", key="the new one") as server:
        async with LitellmModels(Settings()) as source:
            model = await source.resolve_at(Endpoint("gpu", "openai", server.base_url, TOKEN), "test-model")
            assert model is not None
            with pytest.raises(ModelAccessError):
                await model.generate(REQUEST)
