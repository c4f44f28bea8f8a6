"""An executor that finds its parts, opens them, and closes them."""

import asyncio
import logging

import pytest

from executus_core import Agent, Executor
from executus_core.errors import ConfigError, ModelResolutionError, PluginError
from executus_core.testing import ScriptedModel

AGENT = Agent(name="clerk")


@pytest.fixture(autouse=True)
def no_configuration(tmp_path, monkeypatch) -> None:
    """Nothing of the machine that runs the test takes part."""
    monkeypatch.chdir(tmp_path)
    for variable in ("EXECUTUS_PLUGINS", "EXECUTUS_PLUGINS_DISABLE"):
        monkeypatch.delenv(variable, raising=False)


class Models:
    def __init__(self, *answers: str, knows: str = "house/small") -> None:
        self.model = ScriptedModel(answers)
        self.knows = knows

    async def resolve(self, spec: str) -> ScriptedModel | None:
        return self.model if spec == self.knows else None


class Opens:
    """A provider that tells when it opens and closes."""

    def __init__(
        self, name: str, log: list[str], *, fails: BaseException | None = None, close_fails: bool = False
    ) -> None:
        self.name, self.log, self.fails, self.close_fails = name, log, fails, close_fails

    async def __aenter__(self):
        if self.fails:
            raise self.fails
        self.log.append(f"open {self.name}")
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.log.append(f"close {self.name}")
        if self.close_fails:
            raise OSError("disk full")

    def start_run(self, info) -> None: ...

    async def check(self, caller_id, estimate): ...

    async def commit(self, reservation, spend) -> None: ...

    async def resolve(self, spec) -> None: ...


def discover(plugins, **arguments) -> Executor:
    return Executor.discover(enable=[], plugins=plugins, **arguments)


async def test_a_run_goes_through_discovered_plugins(provides) -> None:
    models = provides("model", lambda: Models("hello"))
    settings = {"models": {"fast": "house/small"}, "defaults": {"max_steps": 5}}

    async with discover({"house": models}, settings=settings) as executor:
        result = await executor.run(AGENT, "Good morning")

    assert (result.status, result.output) == ("ok", "hello")
    assert executor.defaults.max_steps == 5
    assert [info.name for info in executor.plugins if info.is_active] == ["house"]


async def test_installed_plugins_are_chosen_by_name_in_code(fake_dist) -> None:
    source = """
        from executus_core import Plugin, hookimpl
        plugin = Plugin(summary="x")
        @hookimpl
        def executus_on_event(): ...
    """
    fake_dist("one-of-two", source)
    fake_dist("two-of-two", "raise SystemExit('imported')")

    enabled = Executor.discover(enable=["one-of-two"])
    batteries = ["audit-sqlite", "model-litellm", "scad-session-tools", "tools-common"]
    disabled = Executor.discover(disable=["two-of-two", *batteries])

    for executor in (enabled, disabled):
        assert [use.name for use in executor.ports.plugins] == ["one-of-two"]
    with pytest.raises(PluginError, match="imported"):
        Executor.discover()
    with pytest.raises(TypeError, match=r"enable=\['one-of-two'\]"):
        Executor.discover(enable="one-of-two")


async def test_the_nearest_file_above_the_working_folder_is_read(tmp_path, monkeypatch, provides) -> None:
    (tmp_path / "executus.toml").write_text('[models]\nfast = "house/small"\n[defaults]\nmax_steps = 7\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)

    assert discover({}).defaults.max_steps == 7
    assert discover({}, settings={"defaults": {"max_steps": 8}}).defaults.max_steps == 8


async def test_a_file_may_be_named(tmp_path) -> None:
    path = tmp_path / "other.toml"
    path.write_text("[defaults]\nmax_steps = 9\n")

    assert discover({}, config=path).defaults.max_steps == 9
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        discover({}, config=tmp_path / "nowhere.toml")


async def test_providers_open_before_runs_and_close_after_them_in_reverse(provides) -> None:
    log: list[str] = []
    plugins = {
        "audit": provides("audit", lambda: Opens("audit", log)),
        "budget": provides("budget", lambda: Opens("budget", log)),
    }

    async with discover(plugins):
        log.append("runs")

    assert log == ["open audit", "open budget", "runs", "close budget", "close audit"]


async def test_a_provider_with_only_aclose_is_closed(provides) -> None:
    log: list[str] = []

    class Closes:
        def start_run(self, info) -> None: ...

        async def aclose(self) -> None:
            log.append("closed")

    async with discover({"a": provides("audit", Closes)}):
        pass

    assert log == ["closed"]


async def test_one_object_that_serves_two_ports_opens_once(plugin_of) -> None:
    log: list[str] = []
    plugin = plugin_of("""
        @hookimpl
        def executus_provide_audit():
            yield Provider("a", lambda: both)
        @hookimpl
        def executus_provide_budget():
            yield Provider("b", lambda: both)
    """)
    plugin.both = Opens("both", log)

    async with discover({"p": plugin}):
        pass

    assert log == ["open both", "close both"]


@pytest.mark.parametrize("error", [OSError("no disk"), SystemExit(1), asyncio.CancelledError()])
async def test_one_of_many_that_does_not_open_is_left_out_loudly(provides, caplog, error) -> None:
    log: list[str] = []
    plugins = {
        "bad": provides("audit", lambda: Opens("bad", log, fails=error)),
        "good": provides("audit", lambda: Opens("good", log)),
    }

    with caplog.at_level(logging.WARNING):
        async with discover(plugins) as executor:
            assert len(executor.ports.audit) == 1
            assert [note.provider for note in executor.left_out] == ["bad"]

    assert log == ["open good", "close good"]
    assert "'made' was left out" in caplog.text


async def test_a_model_source_that_does_not_open_is_not_asked(provides) -> None:
    plugins = {
        "a": provides("model", lambda: Opens("a", [], fails=OSError("no key"))),
        "b": provides("model", lambda: Models("hi")),
    }

    async with discover(plugins, settings={"models": {"fast": "house/small"}}) as executor:
        result = await executor.run(AGENT, "x")

    assert result.output == "hi"


async def test_a_chain_that_does_not_open_stops_the_start_and_closes_what_was_open(provides) -> None:
    log: list[str] = []
    plugins = {
        "audit": provides("audit", lambda: Opens("audit", log)),
        "budget": provides("budget", lambda: Opens("budget", log, fails=OSError("no disk"))),
    }

    with pytest.raises(
        PluginError,
        match="plugin 'budget': provider 'made' of port 'budget' can't be opened: OSError: no disk",
    ):
        async with discover(plugins):
            raise AssertionError
    assert log == ["open audit", "close audit"]


async def test_what_is_required_must_open(provides) -> None:
    plugins = {"bad": provides("audit", lambda: Opens("bad", [], fails=OSError("no disk")))}

    with pytest.raises(PluginError, match="can't be opened"):
        async with discover(plugins, settings={"plugins": {"require": ["bad"]}}):
            raise AssertionError


async def test_one_that_does_not_close_does_not_keep_the_others_open(provides, caplog) -> None:
    log: list[str] = []
    plugins = {
        "a": provides("audit", lambda: Opens("a", log)),
        "b": provides("audit", lambda: Opens("b", log, close_fails=True)),
    }

    async with discover(plugins):
        pass

    assert log[-2:] == ["close b", "close a"]
    assert "plugin b: 'made' did not close: OSError: disk full" in caplog.text


async def test_cancelling_the_start_goes_through_and_closes_what_was_open(provides) -> None:
    log: list[str] = []
    waiting = asyncio.Event()

    class Slow(Opens):
        async def __aenter__(self):
            waiting.set()
            await asyncio.sleep(3600)

    plugins = {
        "a": provides("audit", lambda: Opens("a", log)),
        "b": provides("audit", lambda: Slow("b", log)),
    }

    async def start() -> None:
        async with discover(plugins):
            raise AssertionError

    task = asyncio.create_task(start())
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["open a", "close a"]


@pytest.mark.parametrize(
    ("models", "tier", "said"),
    [
        ({}, "fast", "no model for 'fast': no model source knows it"),
        (
            {"fast": "house/big"},
            "fast",
            "no model for 'fast', which [models] sets to 'house/big': no model source knows it",
        ),
        ({"fast": "house/small"}, "fsat", "Did you mean 'fast'?"),
    ],
)
async def test_a_tier_that_leads_nowhere_says_where_it_led(provides, models, tier, said) -> None:
    async with discover({"m": provides("model", Models)}, settings={"models": models}) as executor:
        result = await executor.run(AGENT.model_copy(update={"model_tier": tier}), "x")

    assert isinstance(result.error, ModelResolutionError)
    assert said in str(result.error)


async def test_a_tier_may_stand_for_another_tier(provides) -> None:
    settings = {"models": {"fast": "smart", "smart": "house/small"}}

    async with discover({"m": provides("model", lambda: Models("hi"))}, settings=settings) as executor:
        assert (await executor.run(AGENT, "x")).output == "hi"


async def test_a_missing_model_mentions_a_failed_plugin(plugin_of) -> None:
    async with discover({"broken": plugin_of("")}, strict=False) as executor:
        result = await executor.run(AGENT, "x")

    assert "no active plugin provides models" in str(result.error)
    assert "Plugin 'broken' failed and may have served it." in str(result.error)


async def test_observers_of_plugins_see_the_run(plugin_of, provides) -> None:
    plugin = plugin_of("""
        seen = []
        @hookimpl
        def executus_on_run_start(run):
            seen.append(run.name)
        @hookimpl
        def executus_on_event():
            seen.append("event")
        @hookimpl
        async def executus_on_run_end(result):
            seen.append(result.output)
    """)
    plugins = {"watch": plugin, "m": provides("model", lambda: Models("done", knows="fast"))}

    async with discover(plugins) as executor:
        await executor.run(AGENT, "x")

    assert plugin.seen[0] == "clerk"
    assert "done" in plugin.seen
    assert "event" in plugin.seen


async def test_an_executor_of_explicit_parts_knows_no_plugins() -> None:
    async with Executor(models=ScriptedModel(["hi"])) as executor:
        assert (await executor.run(AGENT, "x")).output == "hi"

    assert executor.plugins == ()
    assert executor.left_out == ()
