"""Values over real HTTP: each dialect is asked in the mode that suits it, and wrong answers go back to the model."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any  # noqa: TID251 - an output of any type

import pytest
from pydantic import BaseModel, SecretStr

from executus_core import Agent, Executor, Output, tool
from executus_core.record.events import PartialOutput
from executus_core.testing import ModelServer, call
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from executus_core.llm import JsonObject
    from executus_core.testing.wire.server import DialectName


class Line(BaseModel):
    """A position."""

    sku: str
    count: int


class Invoice(BaseModel):
    """An invoice."""

    number: str
    lines: list[Line]


@tool
async def look_up(number: str) -> str:
    """Look an invoice up."""
    return f"{number} has two boxes"


DATA: JsonObject = {"number": "A-17", "lines": [{"sku": "box", "count": 2}]}
INVOICE = Invoice.model_validate(DATA)
GOOD = json.dumps(DATA)
PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama_chat"}


@asynccontextmanager
async def serve(
    dialect: DialectName, script: Sequence[Any]
) -> AsyncIterator[tuple[Executor, str, ModelServer]]:
    """Serve a script over HTTP, and give an executor, the spec and the server."""
    with ModelServer(dialect, script) as server:
        source = LitellmModels(Settings(api_keys={server.base_url: SecretStr("a-key")}))
        spec = f"{PROVIDERS[dialect]}/test-model@{server.base_url}"
        try:
            yield Executor(models=source, registry=[look_up]), spec, server
        finally:
            await source.aclose()


def answer_of(mode: str, data: JsonObject) -> Any:
    return call("final_output", **data) if mode == "tool" else json.dumps(data)


@pytest.mark.parametrize(
    ("dialect", "has_tools", "mode"),
    [
        ("openai", False, "native"),
        ("ollama", False, "native"),
        ("anthropic", False, "tool"),
        ("openai", True, "tool"),
        ("anthropic", True, "tool"),
    ],
)
async def test_each_dialect_is_asked_as_it_can_be(dialect, has_tools, mode) -> None:
    wrong = {"number": "A-17", "lines": [{"sku": "box", "count": "two"}]}
    script: Sequence[Any] = [answer_of(mode, wrong), answer_of(mode, DATA)]
    if has_tools:
        script = [call("look_up", number="A-17"), *script]
    async with serve(dialect, script) as (executor, spec, server):
        agent = Agent(name="x", model_tier=spec, tools=["look_up"] if has_tools else [], output_type=Invoice)
        result = await executor.run(agent, "Read A-17.")

    assert result.error is None
    assert result.value == INVOICE
    asked = server.requests[0]
    assert (asked.output_schema is not None) is (mode == "native")
    assert ("final_output" in [offered.name for offered in asked.tools]) is (mode == "tool")
    assert "lines.0.count" in json.dumps(server.requests[-1].body)


@pytest.mark.parametrize("dialect", ["openai", "anthropic", "ollama"])
@pytest.mark.parametrize("mode", ["native", "tool", "prompted"])
async def test_every_mode_works_in_every_dialect_and_grows_in_sight(dialect, mode) -> None:
    """The wire is asked piece by piece; what has no mode of its own is asked in words."""
    seen: list[Any] = []
    async with serve(dialect, [answer_of(mode, DATA)]) as (executor, spec, _):
        value = await executor.generate(spec, "Read A-17.", Invoice, mode=mode, on_partial=seen.append)

    assert value == INVOICE
    assert seen[-1] == DATA
    assert "A-17".startswith(seen[1].get("number", "")) if len(seen) > 1 else True


@pytest.mark.parametrize("dialect", ["openai", "anthropic", "ollama"])
@pytest.mark.parametrize("form", [int | str, list[Line], {"type": "array", "items": {"type": "integer"}}])
async def test_what_is_no_object_is_put_into_one_for_the_provider(dialect, form) -> None:
    data: JsonObject = {
        "value": [{"sku": "a", "count": 1}] if form == list[Line] else [1] if isinstance(form, dict) else 3
    }
    mode = "tool" if dialect == "anthropic" else "native"
    async with serve(dialect, [answer_of(mode, data)]) as (executor, spec, _):
        value = await executor.generate(spec, "go", Output[Any](form, mode))

    assert value == ([Line(sku="a", count=1)] if form == list[Line] else data["value"])


async def test_a_stream_shows_the_value_of_a_call() -> None:
    async with serve("openai", [call("final_output", **DATA)]) as (executor, spec, _):
        agent = Agent(name="x", model_tier=spec, output_type=Output(Invoice, "tool"))
        async with executor.stream(agent, "go") as run:
            states = [event.value async for event in run if isinstance(event, PartialOutput)]

    assert states[-1] == DATA
