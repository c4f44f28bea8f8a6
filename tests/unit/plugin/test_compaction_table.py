"""``[compaction]``: which compactor a discovered host has."""

from __future__ import annotations

import pytest

from executus_core import Agent, Executor, Plugin, Provider, hookimpl, tool
from executus_core.compact import DropToolResults, SlidingWindow, Summarise, Tiered
from executus_core.compact.choose import build_compactor
from executus_core.config.load import Configuration, Layer
from executus_core.errors import ConfigError
from executus_core.llm import Usage
from executus_core.testing import MemoryModels, ScriptedModel, call


class Pages:
    """A plugin with a model that reads pages, and the tool to read them."""

    plugin = Plugin(summary="Pages")

    def __init__(self, model: ScriptedModel) -> None:
        self.model = model

    @hookimpl
    def executus_provide_model(self, context):
        yield Provider("pages", lambda: MemoryModels({"fast": self.model}))

    @hookimpl
    def executus_provide_tools(self, context):
        @tool
        async def read(page: int) -> str:
            """Read a page."""
            return f"page {page} " * 300

        yield Provider("pages", lambda: read)


def count(request, answer):
    """Count as a provider would."""
    return Usage(sum(len(message.text) for message in request.messages) // 4, 5, cost_usd=0.0)


def reader() -> ScriptedModel:
    """Make a model that reads more than its window holds, and writes summaries when it is asked without tools."""
    pages = iter(range(20))

    def answer(request):
        if not request.tools:
            return "Pages are long."
        return next((call("read", page=page) for page in pages), "All read.")

    return ScriptedModel(answer, context_tokens=5_000, usage=count)


async def run(model: ScriptedModel, settings: dict[str, object], *others: object):
    """Run an agent in a discovered host."""
    plugins = {"pages": Pages(model), **{f"other{number}": one for number, one in enumerate(others)}}
    agent = Agent(name="reader", tools=("read",), max_steps=40)
    async with Executor.discover(enable=[], plugins=plugins, settings=settings) as executor:
        return await executor.run(agent, "Read all.")


def longest(model: ScriptedModel) -> int:
    """Give the size of the longest question, in tokens."""
    return max(count(request, None).input_tokens for request in model.requests)


async def test_a_discovered_host_keeps_long_runs_going_by_itself() -> None:
    """Nobody has to know that there is such a thing."""
    model = reader()

    result = await run(model, {})

    assert result.output == "All read."
    assert longest(model) < 5_000
    assert any("Pages are long." in message.text for message in result.messages)
    assert result.notes == ()


async def test_none_is_none() -> None:
    """Whoever wants the whole transcript gets it."""
    model = reader()

    await run(model, {"compaction": {"strategy": "none"}})

    assert longest(model) > 5_000


async def test_a_plugins_compactor_takes_the_place_of_the_built_in_one() -> None:
    """Whatever the table says."""
    model, asked = reader(), list[int]()

    class Watcher:
        plugin = Plugin(summary="Watches")

        @hookimpl
        def executus_provide_compactor(self, context):
            yield Provider("watcher", lambda: self.make)

        def make(self, threshold_tokens, on_fire):
            asked.append(threshold_tokens)
            return self

        async def compact(self, messages, tokens):
            return None

    await run(model, {"compaction": {"strategy": "window"}}, Watcher())

    assert asked == [3_500]
    assert longest(model) > 5_000


@pytest.mark.parametrize(
    ("table", "built"),
    [
        ({"strategy": "window", "keep_steps": 2}, SlidingWindow(keep_steps=2)),
        ({"strategy": "drop-tool-results", "target_ratio": 0.3}, DropToolResults(target_ratio=0.3)),
        (
            {"strategy": "summarise", "summary_tier": "fast"},
            Summarise(tier="fast", keep_steps=3, fallback=SlidingWindow(keep_steps=3)),
        ),
        (
            {"summary_tier": "fast"},
            Tiered(
                DropToolResults(),
                Summarise(tier="fast", keep_steps=3, fallback=SlidingWindow(keep_steps=3)),
                SlidingWindow(),
            ),
        ),
        ({"strategy": "none"}, None),
    ],
)
async def test_the_table_says_which_it_is(table: dict[str, object], built: object) -> None:
    """With its bounds."""
    configuration = Configuration((Layer.parse({"compaction": table}, source="code"),))

    assert build_compactor(configuration.compaction) == built


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"strategy": "forget"}, "'tiered', 'drop-tool-results', 'summarise', 'window' or 'none'"),
        ({"keep_steps": 0}, "keep_steps"),
        ({"target_ratio": 1}, "target_ratio"),
        ({"tier": "fast"}, "tier"),
        ({"summary_tier": "openai/x@http://me:secret@host/v1"}, "user or a password"),
    ],
)
def test_what_means_nothing_is_refused_when_it_is_read(table: dict[str, object], problem: str) -> None:
    """With its place, and no secret."""
    with pytest.raises(ConfigError) as caught:
        Executor.discover(enable=[], settings={"compaction": table})

    assert "compaction" in str(caught.value)
    assert problem in str(caught.value)
    assert "secret" not in str(caught.value)
