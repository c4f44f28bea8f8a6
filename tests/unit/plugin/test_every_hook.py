"""The whole plugin in the docstring of each hook does what it says."""

import inspect
from textwrap import dedent
from types import ModuleType

import pytest

from executus_core import hookspecs
from executus_core.plugin import PluginHost
from executus_core.plugin.compose import compose
from executus_core.plugin.portspec import COMMANDS_HOOK, OBSERVATION_HOOKS, PORTS
from executus_core.plugin.validation import HOOKS


def example(hook: str) -> ModuleType:
    text = inspect.getdoc(getattr(hookspecs, hook))
    module = ModuleType("example")
    exec(compile(dedent(text.partition("Example::")[2]), hook, "exec"), vars(module))
    return module


def host_of(hook: str) -> PluginHost:
    return PluginHost(plugins={"example": example(hook)}, entry_points=())


def test_there_is_a_hook_for_each_port_and_no_other() -> None:
    assert set(HOOKS) == {*(spec.hook for spec in PORTS.values()), COMMANDS_HOOK, *OBSERVATION_HOOKS}


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_its_example_is_an_active_plugin_with_a_summary(hook: str) -> None:
    info = host_of(hook).info("example")

    assert info.is_active, info.reason
    assert info.summary


@pytest.mark.parametrize("port", sorted(PORTS))
def test_its_example_serves_the_port(port: str) -> None:
    host = host_of(PORTS[port].hook)
    composition = compose(host)

    host.check_start()
    assert [plugin for plugin, _ in host.arrangements[port].info.providers] == ["example"]
    match port:
        case "model":
            assert len(composition.models) == 1
        case "tools":
            assert [tool.name for tool in composition.tools] == ["roll"]
            assert composition.tools[0].origin == "example"
        case "session_tools":
            assert list(composition.ports.session_tools) == ["notepad"]
        case "config":
            assert host.configuration.models == {"fast": "house/small"}
        case _:
            held = getattr(composition.ports, port)
            provider = held if PORTS[port].is_single else held[0]
            assert composition.ports.name_of(provider) == "example"


def test_the_example_of_commands_adds_its_command() -> None:
    assert [command.name for command in host_of(COMMANDS_HOOK).commands] == ["hello"]


@pytest.mark.parametrize("hook", OBSERVATION_HOOKS)
def test_the_example_of_an_observation_hook_observes(hook: str) -> None:
    (observer,) = compose(host_of(hook)).ports.observers

    assert observer.hears == {hook}
