"""Which plugins take part, why the others don't, and what a start is refused for."""

import random
import sys

import pytest

from executus_core.config.load import load_configuration
from executus_core.errors import ConfigError, PluginError
from executus_core.plugin import PluginHost, PluginState
from executus_core.plugin.compose import compose

TOOLS = """
from executus_core import Plugin, hookimpl, tool
plugin = Plugin(summary="Tools", requires={requires!r})
@tool
def {name}() -> str:
    '''Do it.'''
    return "done"
@hookimpl
def executus_provide_tools(context):
    yield {name}
"""


def pack(name: str, *requires: str) -> str:
    return TOOLS.format(name=name, requires=requires)


def states(host: PluginHost) -> dict[str, str]:
    return {info.name: str(info.state) for info in host.infos}


def test_every_installed_plugin_takes_part_by_default(fake_dist, executus_host) -> None:
    fake_dist("dice", pack("roll"))
    info = executus_host().info("dice")

    assert info.is_active
    assert (info.distribution, info.version, info.target) == ("dice", "1.0.0", "dice")
    assert info.modules == ("dice",)
    assert info.import_s > 0
    assert [(one.kind, one.name) for one in info.provides] == [("tools", "roll")]


@pytest.mark.parametrize(
    ("table", "active"),
    [
        ({}, ["a", "b"]),
        ({"disable": ["a"]}, ["b"]),
        ({"autoload": False}, []),
        ({"autoload": False, "enable": ["a"]}, ["a"]),
        ({"autoload": False, "require": ["b"]}, ["b"]),
        ({"enable": ["a"]}, ["a", "b"]),
        ({"enable": ["a"], "disable": ["a"]}, ["b"]),
    ],
)
def test_the_plugins_table_chooses(fake_dist, executus_host, table, active) -> None:
    fake_dist("a", pack("x"), module="sel_a")
    fake_dist("b", pack("y"), module="sel_b")
    host = executus_host({"plugins": table})

    assert [info.name for info in host.active()] == active
    assert all(info.reason for info in host.infos if not info.is_active)
    assert ("sel_a" in sys.modules) is ("a" in active)


def test_the_environment_is_an_exact_list(fake_dist, executus_host, tmp_path) -> None:
    fake_dist("a", pack("x"), module="env_a")
    fake_dist("b", pack("y"), module="env_b")

    def active(**environ: str) -> list[str]:
        host = executus_host(load_configuration(environ=environ, start=tmp_path))
        return [info.name for info in host.active()]

    assert active(EXECUTUS_PLUGINS="b") == ["b"]
    assert active(EXECUTUS_PLUGINS=" b , a ") == ["a", "b"]
    assert active(EXECUTUS_PLUGINS="") == []
    assert active(EXECUTUS_PLUGINS_DISABLE="b") == ["a"]
    assert active(EXECUTUS_PLUGINS="a,b", EXECUTUS_PLUGINS_DISABLE="a") == ["b"]


def test_a_name_that_is_not_installed_is_missing_and_gets_its_neighbour(fake_dist, executus_host) -> None:
    fake_dist("dice", pack("roll"))
    host = executus_host({"plugins": {"enable": ["dcie"]}})

    assert states(host) == {"dcie": "missing", "dice": "active"}
    with pytest.raises(PluginError, match=r"'dcie' is not usable \(missing\).* code .*Did you mean 'dice'\?"):
        host.check_start()


def test_settings_of_a_misspelt_plugin_are_told(fake_dist, executus_host) -> None:
    fake_dist("dice", pack("roll"))

    host = executus_host({"plugin": {"dcie": {"sides": 8}, "nowhere-near": {}, "dice": {}}})

    host.check_start()
    assert host.warnings == (
        "code has settings for 'dcie', which is not installed, so nobody reads them. Did you mean 'dice'?",
    )


def test_a_misspelt_disable_is_told_and_is_fatal_only_when_strict(fake_dist, executus_host) -> None:
    fake_dist("dice", pack("roll"))
    table = {"disable": ["dices", "nowhere-near"]}

    host = executus_host({"plugins": table})
    host.check_start()
    assert host.warnings == ("code disables 'dices', which is not installed. Did you mean 'dice'?",)
    with pytest.raises(ConfigError, match="Did you mean 'dice'"):
        executus_host({"plugins": {**table, "strict": True}}).check_start()


def test_a_part_of_a_name_is_no_name_and_is_told(fake_dist, executus_host) -> None:
    """Whoever disables 'audit' means the plugin with it in its name; what nothing resembles is left alone."""
    fake_dist("audit-ledger", pack("roll"))

    host = executus_host({"plugins": {"disable": ["audit", "nowhere-near"]}, "plugin": {"ledger": {}}})

    assert host.warnings == (
        "code disables 'audit', which is not installed. Did you mean 'audit-ledger'?",
        "code has settings for 'ledger', which is not installed, so nobody reads them. Did you mean 'audit-ledger'?",
    )


def test_what_is_required_and_not_active_is_refused_even_by_a_tolerant_start(
    fake_dist, executus_host
) -> None:
    fake_dist("dice", pack("roll"))

    for table in ({"require": ["dice"], "disable": ["dice"]}, {"require": ["audit"]}):
        host = executus_host({"plugins": table})
        with pytest.raises(PluginError, match="is required by code, and is not active"):
            host.check_start(strict=False)


def test_a_plugin_that_is_required_and_broken_has_no_line_that_starts_without_it(
    fake_dist, executus_host
) -> None:
    fake_dist("dice", "1 / 0")
    host = executus_host({"plugins": {"require": ["dice"]}})

    with pytest.raises(PluginError, match="ZeroDivisionError") as caught:
        host.check_start()
    assert "disable" not in str(caught.value)
    assert host.info("dice").is_required


def test_the_line_that_helps_keeps_what_the_file_disables_already(fake_dist, executus_host, tmp_path) -> None:
    (tmp_path / "executus.toml").write_text('[plugins]\ndisable = ["other"]\n')
    fake_dist("dice", "1 / 0")
    host = executus_host(load_configuration(environ={}, start=tmp_path))

    assert f'disable = ["other", "dice"] in {tmp_path / "executus.toml"}' in host.remedies[0]


def test_a_plugin_falls_with_what_it_requires(fake_dist, executus_host) -> None:
    fake_dist("a", pack("x", "b"), module="req_a")
    fake_dist("b", pack("y", "c"), module="req_b")
    fake_dist("c", pack("z"), module="req_c")

    assert set(states(executus_host()).values()) == {"active"}
    host = executus_host({"plugins": {"disable": ["c"]}})
    assert states(host) == {"a": "failed", "b": "failed", "c": "disabled"}
    assert host.info("b").reason == "requires plugin 'c', which is disabled"
    assert host.info("a").reason == "requires plugin 'b', which is failed"


def test_plugins_that_require_each_other_can_both_be_active(fake_dist, executus_host) -> None:
    fake_dist("a", pack("x", "b"), module="mutual_a")
    fake_dist("b", pack("y", "a"), module="mutual_b")

    assert states(executus_host()) == {"a": "active", "b": "active"}


def test_a_hook_that_raises_fails_its_plugin_whole(plugin_of) -> None:
    plugin = plugin_of("""
        @hookimpl
        def executus_provide_audit(context):
            yield Provider("one", list)
        @hookimpl
        def executus_provide_budget(context):
            raise SystemExit(3)
    """)
    host = PluginHost(plugins={"bad": plugin}, entry_points=())

    assert host.info("bad").reason == "a hook raised SystemExit: 3"
    assert host.info("bad").provides == ()
    assert compose(host).ports.audit == ()
    assert host._manager.get_plugins() == set()


def test_a_keyboard_interrupt_goes_through(fake_dist, executus_host) -> None:
    fake_dist("stops", "raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        executus_host()


def test_a_plugin_object_whose_attributes_bite_is_a_failure_of_its_own() -> None:
    class Bites:
        def __dir__(self) -> list[str]:
            raise SystemExit("no")

    host = PluginHost(plugins=[Bites()], entry_points=())

    assert host.info("Bites").reason == "reading it raised SystemExit: no"


def test_a_plugin_object_and_a_distribution_of_one_name_are_a_conflict(
    fake_dist, executus_host, plugin_of
) -> None:
    fake_dist("dice", pack("roll"))
    host = executus_host(plugins={"dice": plugin_of("")})

    assert host.info("dice").state is PluginState.CONFLICT
    assert host.info("dice").reason == "claimed by dice 1.0.0 and by code; uninstall one of them"


def test_two_plugin_objects_of_one_name_are_refused(plugin_of) -> None:
    with pytest.raises(ConfigError, match="two plugin objects are named 'made'"):
        PluginHost(plugins=[plugin_of(""), plugin_of("")], entry_points=())


def test_a_plugin_may_be_an_object_with_methods() -> None:
    from executus_core import Plugin, Provider, hookimpl

    class Audited:
        plugin = Plugin(summary="An object")

        def __init__(self) -> None:
            self.runs = []

        def start_run(self, info) -> None:
            self.runs.append(info)

        @hookimpl
        def executus_provide_audit(self):
            yield Provider("self", lambda: self)

    plugin = Audited()
    host = PluginHost(plugins=[plugin], entry_points=())

    assert compose(host).ports.audit == (plugin,)
    assert host.info("Audited").is_active


def test_hosts_of_one_process_share_nothing(fake_dist, executus_host) -> None:
    fake_dist("dice", pack("roll"))
    fake_dist("broken", "1 / 0")
    first = executus_host()
    second = executus_host({"plugins": {"disable": ["dice"]}})
    third = executus_host()

    assert states(first) == states(third) == {"broken": "failed", "dice": "active"}
    assert states(second) == {"broken": "failed", "dice": "disabled"}
    assert compose(first).tools != ()
    assert compose(second).tools == ()


def test_two_hosts_have_settings_of_their_own(provides) -> None:
    from executus_core import Plugin
    from executus_core.config import PluginSettings

    class Settings(PluginSettings):
        path: str = "none"

    class Audit:
        def __init__(self, settings: Settings) -> None:
            self.path = settings.path

        def start_run(self, info) -> None: ...

    plugin = provides("audit", Audit)
    plugin.plugin = Plugin(summary="Two", settings=Settings)
    paths = []
    for path in ("one", "two"):
        host = PluginHost({"plugin": {"p": {"path": path}}}, plugins={"p": plugin}, entry_points=())
        paths += [audit.path for audit in compose(host).ports.audit]

    assert paths == ["one", "two"]


def test_the_order_never_depends_on_how_plugins_were_found(plugin_of) -> None:
    from importlib.metadata import EntryPoint

    names = [f"pack-{letter}" for letter in "abcdefgh"]
    modules = {}
    for name in names:
        module = f"shuffled_{name[-1]}"
        modules[module] = plugin_of(
            "@hookimpl\ndef executus_provide_audit():\n    yield Provider('x', list)", module
        )
    sys.modules.update(modules)
    try:
        for seed in range(100):
            shuffled = [EntryPoint(name, f"shuffled_{name[-1]}", "executus.v1") for name in names]
            random.Random(seed).shuffle(shuffled)
            host = PluginHost({"ports": {"audit": ["pack-f", "pack-b"]}}, entry_points=shuffled)
            order = [plugin for plugin, _ in host.arrangements["audit"].info.providers]
            assert order == ["pack-f", "pack-b", *(name for name in names if name[-1] not in "fb")], seed
            assert [info.name for info in host.infos] == names
    finally:
        for module in modules:
            del sys.modules[module]


def test_a_command_of_two_plugins_is_told(plugin_of) -> None:
    source = "@hookimpl\ndef executus_register_commands(registry):\n    registry.add('runs', 'a:b', help='x')"
    host = PluginHost(plugins={"a": plugin_of(source), "b": plugin_of(source)}, entry_points=())

    assert [command.plugin for command in host.commands] == ["a"]
    assert host.warnings == ("plugins 'a' and 'b' both offer the command 'runs'; 'a' serves it",)


def test_a_config_plugin_lays_its_settings_under_the_hosts_own(provides) -> None:
    class Layer:
        def __init__(self, **tables) -> None:
            self.tables = tables

        def read(self):
            return self.tables

    first = provides(
        "config", lambda: Layer(models={"fast": "one", "smart": "one"}, defaults={"max_steps": 3})
    )
    second = provides("config", lambda: Layer(models={"smart": "two", "large": "two"}))
    host = PluginHost({"models": {"large": "mine"}}, plugins={"a": first, "b": second}, entry_points=())

    assert host.configuration.models == {"fast": "one", "smart": "two", "large": "mine"}
    assert host.configuration.defaults().max_steps == 3


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ({"plugins": {"disable": ["budget"]}}, "[plugins] was decided before it was asked"),
        ({"modles": {}}, "plugin 'a': configuration: unknown field 'modles'. Did you mean 'models'?"),
    ],
)
def test_a_config_plugin_that_says_what_it_may_not_fails(provides, tables, reason) -> None:
    class Layer:
        def read(self):
            return tables

    host = PluginHost(plugins={"a": provides("config", Layer)}, entry_points=())

    assert host.info("a").state is PluginState.FAILED
    assert reason in host.info("a").reason
