"""The suites that core has for every model, every model source and every plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from executus_core.testing import (
    ModelConformance,
    ModelServer,
    ModelSourceConformance,
    PluginConformance,
    call,
    hang,
    http_error,
)
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from executus_core.llm import Model


class TestModel(ModelConformance):
    @pytest.fixture(autouse=True)
    async def source(self) -> AsyncIterator[None]:
        self.servers: list[ModelServer] = []
        async with LitellmModels(Settings(timeout_s=20)) as self.source_used:
            yield
        for server in self.servers:
            server.__exit__(None, None, None)

    def ask(self, answer: object) -> Model:
        server = ModelServer("openai", lambda _: answer, strict=False)
        self.servers.append(server.__enter__())
        model = self.source_used.find(f"openai/test-model@{server.base_url}")
        assert model is not None
        return model

    @pytest.fixture
    def model(self, source: None) -> Model:
        return self.ask(["Let me see.", call("add", a=1, b=2)])

    def model_that_takes_its_time(self) -> Model:
        return self.ask(hang())

    def unavailable_model(self) -> Model:
        return self.ask(http_error(429))


class TestSource(ModelSourceConformance):
    known = "openai/gpt-4o-mini"

    @pytest.fixture
    async def model_source(self) -> AsyncIterator[LitellmModels]:
        async with LitellmModels(Settings()) as source:
            yield source


class TestPlugin(PluginConformance):
    plugin = "model-litellm"
    provides: ClassVar = {"model": ["litellm"]}
