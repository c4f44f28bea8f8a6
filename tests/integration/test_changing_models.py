"""What a host says of its models may change while it runs: for the runs that begin then, all at once, or not at all."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from executus_core import Agent, Executor, Plugin, Provider, hookimpl
from executus_core.errors import ConfigError
from executus_core.llm import Message, Response, Usage
from executus_core.testing import MemoryModels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from executus_core.llm import ModelRequest

AGENT: Agent = Agent(name="clerk", model_tier="fast")


@pytest.fixture(autouse=True)
def no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine that runs the test takes part."""
    monkeypatch.chdir(tmp_path)
    for variable in ("EXECUTUS_PLUGINS", "EXECUTUS_PLUGINS_DISABLE", "EXECUTUS_MODEL"):
        monkeypatch.delenv(variable, raising=False)


class Says:
    """A model that says its name, however often it is asked."""

    context_tokens = 0

    def __init__(self, name: str) -> None:
        self.name = name

    async def generate(self, request: ModelRequest) -> Response:
        return Response(Message.assistant(self.name), Usage())


class Rules:
    """Settings that a test changes."""

    def __init__(self, **tables: object) -> None:
        self.tables: dict[str, object] = tables
        self.changed = asyncio.Event()
        self.taken = asyncio.Event()
        self.reads = 0

    def read(self) -> dict[str, object]:
        self.reads += 1
        self.changed.clear()
        return dict(self.tables)

    async def wait_for_change(self) -> None:
        self.taken.set()  # whoever waits again has dealt with the last change
        await self.changed.wait()

    async def change(self, **tables: object) -> None:
        """Change, and wait until that was dealt with."""
        await self.taken.wait()
        self.taken.clear()
        self.tables = tables
        self.changed.set()
        await self.taken.wait()


class Dies(Rules):
    async def wait_for_change(self) -> None:
        self.taken.set()
        raise asyncio.CancelledError("by itself")


class Host:
    """An unpackaged plugin with two models, and settings that may change."""

    def __init__(self, rules: Rules) -> None:
        self.plugin = Plugin(summary="A host's own")
        self.rules = rules
        self.models = MemoryModels({f"house/{size}": Says(size) for size in ("small", "large")})

    @hookimpl
    def executus_provide_config(self) -> Iterator[Provider]:
        yield Provider("rules", lambda: self.rules)

    @hookimpl
    def executus_provide_model(self) -> Iterator[Provider]:
        yield Provider("models", lambda: self.models)


def discover(rules: Rules, **arguments: object) -> Executor:
    return Executor.discover(enable=[], plugins={"host": Host(rules)}, **arguments)


async def served_by(executor: Executor) -> str:
    result = await executor.run(AGENT, "Who are you?")
    result.raise_for_status()
    return result.output


async def test_a_change_holds_for_the_runs_that_begin_then() -> None:
    rules = Rules(models={"fast": "house/small"})

    async with discover(rules) as executor:
        assert await served_by(executor) == "small"
        before = await executor.resolve_model("fast")
        await rules.change(models={"fast": "house/large, house/small"})

        assert await served_by(executor) == "large"
        assert before.name == "house/small", "a run that goes on keeps its model"
        assert not executor.faults


async def test_a_wrong_change_is_told_whole_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    rules = Rules(models={"fast": "house/small"})

    async with discover(rules) as executor:
        with caplog.at_level(logging.ERROR, "executus.plugin"):
            await rules.change(
                models={"fast": "a", "a": "fast", "none": ""}, endpoints={"box": {"url": "nowhere"}}
            )

        assert await served_by(executor) == "small"
        assert dict(executor.faults) == {("config", "host"): 1}
        (record,) = caplog.records
        said = record.getMessage()
        assert "plugin host: its change of the settings is not taken over" in said
        for part in ("fast = a = fast", "the chain is empty", "has no type", "no address of a model server"):
            assert part in said

        await rules.change(models={"fast": "house/large"})
        assert await served_by(executor) == "large"


async def test_settings_that_can_not_be_read_any_more_change_nothing() -> None:
    rules = Rules(models={"fast": "house/small"})

    async with discover(rules) as executor:
        rules.read = lambda: 1 / 0  # type: ignore[method-assign, return-value, assignment]
        with pytest.raises(ConfigError, match="plugin 'host': reading its settings raised ZeroDivisionError"):
            await executor.reload_models()

        assert await served_by(executor) == "small"


async def test_a_source_that_can_not_wait_is_followed_no_longer(caplog: pytest.LogCaptureFixture) -> None:
    """It is told once, and neither a run nor the end of the host suffers."""
    rules = Dies(models={"fast": "house/small"})

    async with discover(rules) as executor:
        await rules.taken.wait()
        assert await served_by(executor) == "small"
        assert dict(executor.faults) == {("config", "host"): 1}

    assert "its settings are no longer followed: waiting for a change raised CancelledError" in caplog.text


async def test_nobody_waits_for_changes_once_the_host_is_closed() -> None:
    async with discover(Rules(models={"fast": "house/small"})):
        assert [task for task in asyncio.all_tasks() if task.get_name() == "executus-settings-of-host"]

    assert not [task for task in asyncio.all_tasks() if task.get_name() == "executus-settings-of-host"]


async def test_a_host_may_have_everything_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that was read at the start, the environment and the plugins, laid over one another as at the start."""
    file = tmp_path / "executus.toml"
    file.write_text('[models]\nfast = "house/small"')

    async with discover(Rules(models={"fast": "house/none"})) as executor:
        assert await served_by(executor) == "small"
        monkeypatch.chdir("/")

        file.write_text('[models]\nfast = "house/large"')
        await executor.reload_models()
        assert await served_by(executor) == "large"

        monkeypatch.setenv("EXECUTUS_TIER_FAST", "house/small")
        await executor.reload_models()
        assert await served_by(executor) == "small"

        file.write_text('[models]\nslow = "slwo"\n[endpoints.box]\ntoken_env = "BOX_TOKEN"')
        with pytest.raises(ConfigError) as caught:
            await executor.reload_models()
        assert len(caught.value.problems) == 4
        assert await served_by(executor) == "small"


async def test_an_executor_of_explicit_parts_has_nothing_to_read() -> None:
    with pytest.raises(ConfigError, match="explicit parts read no settings"):
        await Executor(models=Says("me")).reload_models()


def test_what_is_wrong_with_models_is_refused_before_anything_runs() -> None:
    with pytest.raises(ConfigError) as caught:
        discover(
            Rules(),
            settings={
                "models": {"fast": "smrat", "smart": "house/small", "a": "b", "b": "a", "none": []},
                "endpoints": {"box": {"type": "openai", "url": "http://box", "token_env": "NO_SUCH_TOKEN"}},
            },
        )

    token, fast, none, circle = (problem.partition(": ")[2] for problem in caught.value.problems)
    assert token.endswith("the environment variable 'NO_SUCH_TOKEN', which token_env names, is not set")
    assert fast.startswith("[models] fast: there is no tier 'smrat'")
    assert fast.endswith("Known: 'a', 'b', 'house/large', 'house/small', 'none', 'smart'.")
    assert none.startswith("[models] none: the chain is empty")
    assert circle == "[models] a: [models] goes round in a circle: a = b = a"
