"""What a call consumed, and what it cost: as the provider counted, and never guessed."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from executus_core import Agent, Executor
from executus_core.llm import Message, ModelRequest, Response, Usage
from executus_core.record.endpoint import Endpoint
from executus_core.testing import ModelServer
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels

KNOWN = "gpt-4o-mini"
USED = Usage(1_000, 200, thinking_tokens=50, cached_tokens=400)


def price_list() -> dict[str, float]:
    """Read the prices of the known model, in US dollars a token, from the table that litellm ships."""
    found = find_spec("litellm")
    assert found is not None
    assert found.origin is not None
    table = Path(found.origin).with_name("model_prices_and_context_window_backup.json")
    return json.loads(table.read_text(encoding="utf-8"))[KNOWN]


async def ask(spec: str, way: str) -> Response:
    async with LitellmModels(Settings(timeout_s=20)) as source:
        model = source.find(spec)
        assert model is not None
        request = ModelRequest([Message.user("Hello")])
        if way == "generate":
            return await model.generate(request)
        *_, response = [event async for event in model.stream(request)]
        assert isinstance(response, Response)
        return response


@pytest.mark.parametrize("way", ["generate", "stream"])
async def test_what_the_table_prices_has_its_price(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cached tokens at theirs, the rest of the input and the output at theirs."""
    prices = price_list()
    with ModelServer("openai", ["Hello."], models=[KNOWN], usage=USED) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)

        usage = (await ask(f"openai/{KNOWN}", way)).usage

    expected = 600 * prices["input_cost_per_token"] + 400 * prices["cache_read_input_token_cost"]
    expected += 200 * prices["output_cost_per_token"]
    assert usage.cost_usd == pytest.approx(expected)
    assert (usage.input_tokens, usage.output_tokens) == (1_000, 200)
    assert (usage.cached_tokens, usage.thinking_tokens) == (400, 50)


@pytest.mark.parametrize("way", ["generate", "stream"])
async def test_what_the_table_does_not_know_has_no_price(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """litellm's own word for it is 0, which a budget would believe."""
    with ModelServer("openai", ["Hello."], models=["no-such-model-7"], usage=USED) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)

        usage = (await ask("openai/no-such-model-7", way)).usage

    assert usage.cost_usd is None
    assert usage.input_tokens == 1_000


@pytest.mark.parametrize("spec", [f"openai/{KNOWN}", "anthropic/claude-haiku-4-5", "groq/openai/gpt-oss-20b"])
def test_a_price_list_comes_from_the_table(spec: str) -> None:
    """In US dollars per million tokens, as a budget reads it before anybody was asked."""
    model = LitellmModels(Settings()).find(spec)
    assert model is not None

    price = model.price

    assert price is not None
    assert 0 < price.input_usd < price.output_usd < 100
    assert price.cached_input_usd is None or 0 < price.cached_input_usd < price.input_usd


async def test_the_price_list_says_what_a_call_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the same sum that the call's own usage has."""
    with ModelServer("openai", ["Hello."], models=[KNOWN], usage=USED) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        usage = (await ask(f"openai/{KNOWN}", "generate")).usage
    model = LitellmModels(Settings()).find(f"openai/{KNOWN}")

    assert model is not None
    assert model.price is not None
    assert model.price.cost_of(usage) == pytest.approx(usage.cost_usd)


@pytest.mark.parametrize(
    "spec",
    [
        "openai/no-such-model-7",
        f"openai/{KNOWN}@http://127.0.0.1:8000/v1",
        "ollama_chat/llama3",  # 0 in the table, as whatever runs at home
        "gemini/gemini-exp-1206",  # 0 in the table, as whatever was free for a while
    ],
)
def test_what_nobody_knows_the_price_of_has_none(spec: str) -> None:
    """A budget would believe a 0."""
    model = LitellmModels(Settings()).find(spec)

    assert model is not None
    assert model.price is None


@pytest.mark.parametrize("way", ["whole", "in pieces"])
async def test_a_price_of_the_configuration_is_what_a_run_costs(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else knows what a server of one's own costs; where somebody does, the configuration goes before."""
    monkeypatch.chdir(tmp_path)  # away from the configuration of whoever runs the tests
    price = {
        "input_usd_per_million": 10,
        "output_usd_per_million": 100,
        "cached_input_usd_per_million": 1,
    }
    with ModelServer("openai", ["Hello."], models=[KNOWN], usage=USED) as server:
        settings = {
            "models": {"fast": f"box/{KNOWN}"},
            "endpoints": {"box": f"openai|{server.base_url}"},
            "prices": {f"box/{KNOWN}": price},
        }
        async with Executor.discover(enable=["model-litellm"], settings=settings) as executor:
            agent = Agent(name="greeter", model_tier="fast")
            if way == "whole":
                result = await executor.run(agent, "Hello")
            else:
                async with executor.stream(agent, "Hello") as run:
                    result = await run

    assert result.output == "Hello.", repr(result.error)
    assert result.usage.cost_usd == pytest.approx((600 * 10 + 400 * 1 + 200 * 100) / 1_000_000)


async def test_an_endpoint_has_prices_of_its_own() -> None:
    """As any server of the host's own."""
    endpoint = Endpoint("gate", "openai", "https://gate.example.org/v1")
    model = await LitellmModels(Settings()).resolve_at(endpoint, KNOWN)

    assert model is not None
    assert model.price is None


async def test_a_server_of_ones_own_has_prices_of_its_own() -> None:
    """Whatever its models are called: nobody knows what a call of them costs."""
    with ModelServer("openai", ["Hello."], models=[KNOWN], usage=USED) as server:
        usage = (await ask(f"openai/{KNOWN}@{server.base_url}", "generate")).usage

    assert usage.cost_usd is None


@pytest.mark.parametrize("way", ["generate", "stream"])
@pytest.mark.parametrize("dialect", ["openai", "anthropic", "ollama"])
async def test_a_model_may_end_without_a_word(dialect: str, way: str) -> None:
    """It did what it was asked to by its calls, say, and has nothing to add; that is an answer, and it was paid for."""
    provider = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama_chat"}[dialect]
    with ModelServer(dialect, [""]) as server:
        response = await ask(f"{provider}/test-model@{server.base_url}", way)

    assert response.message == Message.assistant("")
    assert response.usage.input_tokens > 0
