"""What two providers of one port mean, what one means that can't be built, and what becomes of tools."""

import logging

import pytest

from executus_core.errors import ConfigError, PluginError
from executus_core.plugin import PluginHost
from executus_core.plugin.compose import compose
from executus_core.plugin.portspec import PORTS, Cardinality
from executus_core.record.plugin import PluginContext

SINGLE = [name for name, spec in PORTS.items() if spec.is_single]
SEVERAL = [
    name for name, spec in PORTS.items() if not spec.is_single and name not in ("model", "tools", "config")
]


def serving(port: str) -> type:
    """A class with the methods of a port."""
    return type("Serving", (), dict.fromkeys(PORTS[port].methods, lambda self: None))


def failing() -> object:
    raise SystemExit("the port is taken")


def host(config=None, **plugins) -> PluginHost:
    return PluginHost(config, plugins=plugins, entry_points=())


@pytest.mark.parametrize("port", SINGLE)
def test_two_providers_of_a_single_port_are_an_error_that_gives_the_line(provides, port: str) -> None:
    plugins = {"a": provides(port, serving(port), "one"), "b": provides(port, serving(port), "two")}

    with pytest.raises(ConfigError) as caught:
        host(None, **plugins).check_start()
    assert (
        f"port '{port}' takes one provider, and there are 'one' of plugin 'a' and 'two' of plugin 'b'"
        in str(caught.value)
    )
    assert f'[ports] {port} = "a" in executus.toml' in str(caught.value)

    chosen = host({"ports": {port: "b"}}, **plugins)
    chosen.check_start()
    assert chosen.arrangements[port].info.providers == (("b", "two"),)
    assert type(getattr(compose(chosen).ports, port)).__name__ == "Serving"


@pytest.mark.parametrize("port", SEVERAL)
def test_many_providers_of_a_port_come_in_order_of_plugin_or_of_the_list(provides, port: str) -> None:
    plugins = {name: provides(port, serving(port), f"from-{name}") for name in "cab"}

    assert [plugin for plugin, _ in host(None, **plugins).arrangements[port].info.providers] == [
        "a",
        "b",
        "c",
    ]
    listed = host({"ports": {port: ["from-c", "b"]}}, **plugins)
    assert [plugin for plugin, _ in listed.arrangements[port].info.providers] == ["c", "b", "a"]
    assert listed.arrangements[port].why == f"[ports] {port} in code"


@pytest.mark.parametrize("port", sorted({*SINGLE, *SEVERAL, "model"}))
def test_a_provider_that_can_not_be_built_is_left_out_loudly_or_stops_the_start(
    provides, caplog, port: str
) -> None:
    plugins = {"bad": provides(port, failing, "x")}

    if PORTS[port].cardinality is not Cardinality.MANY:
        with pytest.raises(
            PluginError, match=f"plugin 'bad': provider 'x' of port '{port}' can't be built: SystemExit"
        ):
            compose(host(None, **plugins))
        return
    with caplog.at_level(logging.WARNING):
        composition = compose(host(None, **plugins))
    assert [(note.port, note.provider) for note in composition.left_out] == [(port, "bad")]
    assert "the port is taken" in caplog.text
    for table in ({"require": ["bad"]}, {"strict": True}):
        with pytest.raises(PluginError, match="can't be built"):
            compose(host({"plugins": table}, **plugins))


@pytest.mark.parametrize("port", [name for name, spec in PORTS.items() if spec.methods and name != "config"])
def test_a_provider_without_its_ports_methods_is_told_so(provides, port: str) -> None:
    with pytest.raises(PluginError, match=f"is a object, which has no '{PORTS[port].methods[0]}'"):
        compose(host({"plugins": {"strict": True}}, p=provides(port, object)))


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("tow", "names 'tow', which is not known. Did you mean 'two'?"),
        ("idle", "names 'idle', which provides nothing for it."),
        (["two"], "is a list, and port 'critic' takes one provider: write one name"),
        ("twin", "names 'twin', which could be 'twin/one', 'twin/three': write one of these"),
        ("broken", "names plugin 'broken', which is failed: has no hooks"),
    ],
)
def test_a_choice_that_means_nothing_says_why(provides, plugin_of, choice, said: str) -> None:
    twin = plugin_of("""
        @hookimpl
        def executus_provide_critic():
            yield Provider("one", lambda: None)
            yield Provider("three", lambda: None)
    """)
    idle = plugin_of("@hookimpl\ndef executus_provide_audit(): ...")
    plugins = {
        "a": provides("critic", serving("critic"), "two"),
        "twin": twin,
        "idle": idle,
        "broken": plugin_of(""),
    }
    made = host({"ports": {"critic": choice}, "plugins": {}}, **plugins)

    assert said in made.arrangements["critic"].problem
    assert made.ports[[port.spec.name for port in made.ports].index("critic")].is_undecided


def test_disabling_the_chosen_plugin_needs_no_second_line(provides) -> None:
    config = {"ports": {"critic": "a", "audit": ["a", "b"]}, "plugins": {"disable": ["a"]}}
    made = host(config, a=provides("critic", serving("critic")), b=provides("audit", serving("audit")))

    made.check_start()
    assert compose(made).ports.critic is None
    assert len(compose(made).ports.audit) == 1


def test_a_port_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"code: \[ports\] there is no port 'adit'. Did you mean 'audit'\?"):
        host({"ports": {"adit": "x"}}).check_start()


def test_a_factory_gets_what_it_declares_by_name(provides) -> None:
    given: list[object] = []

    class Audit:
        start_run = None

        def __init__(self, *args: object, **kwargs: object) -> None:
            given.append((args, kwargs))

    def plain():
        return Audit()

    def with_context(context):
        return Audit(context)

    def with_defaults(path="x", clock=None):
        return Audit(path)

    for factory in (plain, with_context, with_defaults, Audit):
        compose(host(None, p=provides("audit", factory)))

    (none, context, default, bare) = [args for args, _ in given]
    assert none == bare == ()
    assert default == ("x",)
    assert isinstance(context[0], PluginContext)
    assert context[0].plugin == "p"


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (
            lambda path: None,
            "its factory needs 'path'; a factory is given 'context' and 'settings', and no more",
        ),
        (lambda settings: None, "plugin 'p' has no settings; declare them: Plugin(..., settings=...)"),
        ("no_such_module:thing", "No module named 'no_such_module'"),
        ("json:dmps", "'json:dmps': there is no 'dmps' in it. Did you mean 'dumps'?"),
        ("json:__version__", "its factory is a str and can't be called"),
    ],
)
def test_a_factory_that_can_not_be_called_says_why(provides, factory, said: str) -> None:
    with pytest.raises(PluginError) as caught:
        compose(host(None, p=provides("budget", factory)))
    assert said in str(caught.value)


def test_a_factory_in_text_is_imported_when_the_port_is_built(fake_dist, executus_host) -> None:
    import sys

    source = """
        from executus_core import Plugin, Provider, hookimpl
        plugin = Plugin(summary="Late")
        @hookimpl
        def executus_provide_audit():
            yield Provider("late", "late_audit:Audit")
    """
    fake_dist("late", source, files={"late_audit.py": "class Audit:\n    def start_run(self, info): ...\n"})
    made = executus_host()

    assert "late_audit" not in sys.modules
    assert len(compose(made).ports.audit) == 1
    assert "late_audit" in sys.modules


def test_wrong_settings_name_plugin_and_source_when_the_port_is_built(provides) -> None:
    from executus_core import Plugin
    from executus_core.config import PluginSettings

    class Settings(PluginSettings):
        rows: int = 1

    def audit(settings):
        raise AssertionError

    plugin = provides("audit", audit)
    plugin.plugin = Plugin(summary="x", settings=Settings)

    with pytest.raises(ConfigError, match=r"plugin 'p': code \[plugin.p\]: field 'rows'"):
        compose(host({"plugin": {"p": {"rows": "many"}}}, p=plugin))
    plugin.plugin = Plugin(summary="x", settings=dict)
    with pytest.raises(PluginError, match="no subclass of PluginSettings"):
        compose(host({"plugins": {"strict": True}}, p=plugin))


TOOL = """
@tool
def {name}() -> str:
    '''Say who.'''
    return "{says}"
@hookimpl
def executus_provide_tools():
    yield {name}
"""


def test_two_packs_that_clash_are_an_error_that_names_both_and_the_line(plugin_of) -> None:
    made = host(
        None,
        dice=plugin_of(TOOL.format(name="roll", says="a")),
        film=plugin_of(TOOL.format(name="roll", says="b")),
    )

    with pytest.raises(ConfigError) as caught:
        compose(made)
    assert "two tools are named 'roll': of plugin 'dice' and of plugin 'film'" in str(caught.value)
    assert "[tools] prefix = [\"film\"] in executus.toml makes it 'film__roll'" in str(caught.value)


def test_the_line_of_a_clash_tells_the_tools_apart(plugin_of) -> None:
    plugins = {name: plugin_of(TOOL.format(name="roll", says=name)) for name in ("dice", "film")}
    tools = compose(host({"tools": {"prefix": ["film"]}}, **plugins)).tools

    assert [(tool.name, tool.origin) for tool in tools] == [("roll", "dice"), ("film__roll", "film")]


def test_a_tolerant_start_gives_both_clashing_tools_their_plugins_name_and_says_so(plugin_of, caplog) -> None:
    plugins = {name: plugin_of(TOOL.format(name="roll", says=name)) for name in ("dice", "film")}
    tools = compose(host(None, **plugins), strict=False).tools

    assert [tool.name for tool in tools] == ["dice__roll", "film__roll"]
    assert "two tools are named 'roll'" in caplog.text


def test_a_pack_may_be_built_by_a_factory(plugin_of) -> None:
    pack = plugin_of("""
        @tool
        def one() -> str:
            '''One.'''
            return "1"
        @tool
        def two() -> str:
            '''Two.'''
            return "2"
        @hookimpl
        def executus_provide_tools():
            yield Provider("numbers", lambda: [one, two])
            yield Provider("more", lambda: [])
    """)

    assert [tool.name for tool in compose(host(None, p=pack)).tools] == ["one", "two"]


def test_what_is_no_tool_is_refused(plugin_of) -> None:
    bare = plugin_of("@hookimpl\ndef executus_provide_tools():\n    yield len")
    built = plugin_of("@hookimpl\ndef executus_provide_tools():\n    yield Provider('x', lambda: [len])")
    twice = plugin_of(
        "@hookimpl\ndef executus_provide_audit():\n    yield Provider('x', len)\n    yield Provider('x', len)"
    )

    assert (
        "yields a builtin_function_or_method; yield a Tool or a Provider"
        in host(None, p=bare).info("p").reason
    )
    with pytest.raises(PluginError, match="gives a builtin_function_or_method, not a tool"):
        compose(host(None, p=built))
    assert host(None, p=twice).info("p").reason == "'executus_provide_audit' offers 'x' twice"


def test_two_session_tool_packs_of_one_name_are_an_error_that_names_both(provides) -> None:
    plugins = {name: provides("session_tools", serving("session_tools"), "scad") for name in "ab"}

    with pytest.raises(ConfigError, match="named 'scad': of plugin 'a' and of plugin 'b'"):
        compose(host(None, **plugins))


def test_the_plugins_that_take_part_stand_in_the_ports(fake_dist, executus_host) -> None:
    fake_dist(
        "seen",
        """
        from executus_core import Plugin, hookimpl
        plugin = Plugin(summary="Sees")
        @hookimpl
        def executus_on_run_end(result): ...
        """,
        version="4.2",
    )
    ports = compose(executus_host()).ports

    assert [(use.name, use.distribution, use.version) for use in ports.plugins] == [("seen", "seen", "4.2")]
    assert ports.name_of(ports.observers[0]) == "seen"


PACK = """
from executus_core import Provider, SessionTools, hookimpl, tool
@tool
def read() -> str:
    '''Read.'''
    return ""
read.source = "a plugin that everybody trusts"
@hookimpl
def executus_provide_tools():
    yield Provider("files", lambda: [read])
@hookimpl
def executus_provide_session_tools():
    yield Provider("kit", lambda: lambda session: SessionTools([read]))
"""


async def test_tools_carry_what_brought_them_whatever_they_say_of_that_themselves(
    fake_dist, executus_host
) -> None:
    """A host's lists go by what is installed, not by what a plugin claims."""
    from executus_core import Agent, Invocation
    from executus_core.model.resolve import as_model_source
    from executus_core.plugin.executor import Executor
    from executus_core.testing import ScriptedModel
    from executus_core.tool import Source

    fake_dist("files-pack", PACK)
    made = executus_host()

    (read,) = compose(made).tools
    executor = Executor.from_host(made)
    executor.add_models(as_model_source(ScriptedModel()))
    seen = []
    for narrowed in (["pack:kit"], ["distribution:files-pack"], ["pack:files"]):
        invocation = Invocation(allowed_tools=narrowed, dry_run=True)
        result = await executor.run(Agent(name="x", tools=("kit",)), "go", invocation)
        seen.append([spec.name for spec in result.request.tools])

    assert read.source == Source("files-pack", "files", "files-pack")
    assert seen == [["read"], ["read"], []]


async def test_the_lists_of_the_configuration_hold_in_every_run(plugin_of) -> None:
    """Deny adds up over the layers, of allow the strongest decides."""
    from executus_core import Caller, Invocation
    from executus_core.config.load import Configuration, Layer
    from executus_core.plugin.executor import Executor

    layers = [
        {"tools": {"allow": ["roll", "toss"]}},
        {"tools": {"allow": ["*"], "deny": ["to*"]}},
        {"tools": {"deny": ["plugin:film"]}},
    ]
    configuration = Configuration(tuple(Layer.parse(layer, source="test") for layer in layers))
    plugins = {
        "dice": plugin_of(TOOL.format(name="roll", says="a")),
        "coin": plugin_of(TOOL.format(name="toss", says="b")),
        "film": plugin_of(TOOL.format(name="reel", says="c")),
    }
    executor = Executor.from_host(host(configuration, **plugins))

    toolbox = await executor.registry.build(["*"], Invocation(), Caller(is_admin=True))

    assert configuration.allowed_tools == ("roll", "toss")
    assert configuration.denied_tools == ("to*", "plugin:film")
    assert list(toolbox.tools) == ["roll"]


@pytest.mark.parametrize(
    "offer",
    [
        "return PrefixedToolset([read], 'docs')",
        "yield PrefixedToolset([read], 'docs')",
        "yield [*PrefixedToolset([read], 'docs')]",
        "yield Provider('docs', lambda: PrefixedToolset([read], 'docs'))",
    ],
)
def test_a_plugin_may_offer_a_toolset(plugin_of, offer: str) -> None:
    made = plugin_of(f"""
        from executus_core.tool import PrefixedToolset
        @tool
        def read() -> str:
            '''Read.'''
            return ""
        @hookimpl
        def executus_provide_tools():
            {offer}
    """)

    assert [(tool.name, tool.origin) for tool in compose(host(None, p=made)).tools] == [("docs__read", "p")]
