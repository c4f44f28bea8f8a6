"""The suite that core has for every model provider, in each dialect that litellm speaks for us."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, ClassVar

import pytest
from pydantic import SecretStr

from executus_core.testing import ModelWireConformance
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels

if TYPE_CHECKING:
    from executus_core.llm import Model


_LITELLM = tuple(int(part) for part in version("litellm").split(".")[:2])
_UNTOLD = {
    **(
        {}
        if _LITELLM >= (1, 100)
        else {
            "test_thinking_tokens_are_a_part_of_those_that_went_out": "before 1.100 litellm counts Anthropic's by itself",
        }
    ),
    **(
        {}
        if _LITELLM >= (1, 104)
        else {
            "test_the_model_that_served_is_told[stream]": "before 1.104 litellm drops it from Anthropic's streams",
        }
    ),
}


class LitellmOnTheWire(ModelWireConformance):
    """Builds a model as a host does, by its spec."""

    provider: ClassVar[str]

    @pytest.fixture(autouse=True)
    def sources(self) -> None:
        self.sources_of: dict[int, LitellmModels] = {}

    def build_model(self, base_url: str, model_name: str, *, key: str, timeout_s: float) -> Model:
        settings = Settings(timeout_s=timeout_s, api_keys={base_url: SecretStr(key)})
        source = LitellmModels(settings)
        model = source.find(f"{self.provider}/{model_name}@{base_url}")
        assert model is not None
        self.sources_of[id(model)] = source
        return model

    async def close_model(self, model: Model) -> None:
        await self.sources_of[id(model)].aclose()


class TestOpenAI(LitellmOnTheWire):
    provider = "openai"
    dialect = "openai"


class TestAnthropic(LitellmOnTheWire):
    provider = "anthropic"
    dialect = "anthropic"
    sends_output_schema = False  # asked for in words
    known_failures: ClassVar = {
        "test_results_that_failed_are_marked": "litellm has no place for is_error; the text begins with 'Error:'",
        **_UNTOLD,
    }


class TestOllama(LitellmOnTheWire):
    provider = "ollama_chat"
    dialect = "ollama"
    sends_key = False
    known_failures: ClassVar = {
        "test_the_model_that_served_is_told": "litellm gives back the name that was asked for"
    }
